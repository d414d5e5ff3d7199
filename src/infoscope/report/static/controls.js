// Network, measure, lag, order and the one threshold of all views.

function drawControls() {
  const network = currentNetwork();
  const matrix = currentMatrix(network);
  $("networks").hidden = networks.length < 2;
  setSegments($("networks"), networks.map((each) => [each.name, each.name]), network.name, (name) => change({ network: name }));
  $("description").textContent = network.description;
  const orders = { rank: "rank, sources first", role: "role, then rank", cluster: "similar nodes", name: "name" };
  setOptions($("order"), Object.keys(network.orders).map((key) => [key, orders[key]]), orderName(network));
  for (const id of ["measure", "lag"]) $(id).closest("label").hidden = !matrix;
  document.querySelector(".rule").hidden = !matrix;
  $("limits").textContent = limitsInWords(network, matrix);
  if (!matrix) return;
  const measures = new Map(network.matrices.map((each) => [each.measure, each.title]));
  setOptions($("measure"), [...measures], matrix.measure);
  const lags = lagsOf(network, matrix.measure).map((each) => [String(each.lag), plural(each.lag, "step", "steps")]);
  setOptions($("lag"), lags, String(matrix.lag));
  drawThreshold(matrix);
}

function limitsInWords(network, matrix) {
  const n = network.names.length;
  const parts = [];
  if (network.nodesOfAll > n) parts.push(`The page keeps the ${n.toLocaleString("en")} nodes with the largest edges, of ${network.nodesOfAll.toLocaleString("en")}.`);
  if (matrix?.places) parts.push(`The page keeps the ${matrix.sorted.length.toLocaleString("en")} largest edges, of ${matrix.edgesOfAll.toLocaleString("en")}; the tables of the run have all.`);
  if (matrix?.reasons.lacking) {
    const why = matrix.reasons.texts.join("; ");
    parts.push(`${plural(matrix.reasons.lacking, "pair has", "pairs have")} no estimate${why ? `: ${why}` : ""}.`);
  }
  if (!network.matrices.length) parts.push("This network has no matrix in the run.");
  return parts.join(" ");
}

const scaleOf = (matrix) => ({ low: matrix.highest <= 0 ? matrix.lowest : 0, high: Math.max(matrix.highest, (matrix.highest <= 0 ? matrix.lowest : 0) + 1) });

function drawThreshold(matrix) {
  const rule = ruleFor(matrix);
  const kept = keptBy(matrix, rule);
  const code = codeOf(matrix, rule);
  const { low, high } = scaleOf(matrix);
  const slider = $("threshold");
  slider.min = low;
  slider.max = high;
  slider.step = 1;
  slider.value = code;
  $("scale-low").textContent = formatted(matrix.value(low), Math.min(2, decimals(matrix)));
  $("scale-high").textContent = valueText(matrix, high);
  $("false-key").hidden = !matrix.falseEdges;
  const expected = expectedInWords(matrix, rule, kept.length);
  const edges = plural(kept.length, "edge", "edges");
  const words = ruleInWords(matrix, rule);
  slider.setAttribute("aria-valuetext", `${words}, ${edges}${expected ? `, ${expected}` : ""}`);
  const output = $("count");
  output.dataset.edges = kept.length;
  output.replaceChildren(make("b", {}, kept.length.toLocaleString("en")), ` ${kept.length === 1 ? "edge" : "edges"} ${words}`, make("small", {}, expected));
  drawRules(matrix, rule);
  drawCurve(matrix, code);
}

function expectedInWords(matrix, rule, count) {
  if (rule.level !== undefined) {
    const { correction, level } = matrix.levels[rule.level];
    return correction === "fdr"
      ? `${brief(Number((level * count).toPrecision(2)))} of them false, at most, on average`
      : `chance of any false edge at most ${brief(level * 100)} %`;
  }
  const expected = falseEdgesAt(matrix, rule.code);
  if (Number.isNaN(expected)) return "expected false edges unknown";
  const number = expected < 0.01 ? "fewer than 0.01" : brief(Number(expected.toPrecision(2)));
  return `${number} expected if none were true`;
}

function drawRules(matrix, rule) {
  const offered = [
    ...matrix.levels.map((each, at) => ({ text: each.name, rule: `level:${each.name}`, on: rule.level === at })),
    ...matrix.marks.map((each) => ({ text: each.name, rule: `mark:${each.name}`, on: rule.level === undefined && rule.code === each.code })),
  ];
  const box = $("rules");
  const key = JSON.stringify(offered.map((each) => each.rule));
  if (box.dataset.key !== key) {
    box.dataset.key = key;
    box.replaceChildren(...offered.map((each) => {
      const button = make("button", { type: "button" }, each.text);
      button.addEventListener("click", () => change({ rule: each.rule }));
      return button;
    }));
  }
  [...box.children].forEach((button, i) => button.setAttribute("aria-pressed", String(offered[i].on)));
}

let drawnCurve = null;

// Number of edges and expected false edges from each threshold on, and the threshold.
function drawCurve(matrix, code) {
  const width = $("curve").clientWidth || 300;
  if (drawnCurve?.matrix !== matrix || drawnCurve.width !== width) drawnCurve = newCurve(matrix, width);
  const place = drawnCurve.x(code);
  drawnCurve.here.setAttribute("x1", place);
  drawnCurve.here.setAttribute("x2", place);
}

// Both counts are logarithmic.
function newCurve(matrix, width) {
  const curve = $("curve");
  const { low, high } = scaleOf(matrix);
  const height = curve.clientHeight || 40;
  curve.setAttribute("viewBox", `0 0 ${width} ${height}`);
  // The thumb of a slider does not reach the ends of its track.
  const x = (at) => 8 + ((width - 16) * (at - low)) / (high - low || 1);
  const total = Math.log1p(matrix.sorted.length) || 1;
  const y = (count) => height - 1 - (height - 4) * (Math.log1p(Math.max(0, count)) / total);
  const places = Array.from({ length: 81 }, (_, i) => low + ((high - low) * i) / 80);
  const path = (count) => places.map((at, i) => `${i ? "L" : "M"}${x(at).toFixed(1)},${y(count(at)).toFixed(1)}`).join("");
  const edges = path((at) => countFrom(matrix, Math.ceil(at)));
  const shapes = [
    svg("path", { d: `${edges}L${x(high)},${height}L${x(low)},${height}Z`, fill: "var(--faint)" }),
    svg("path", { d: edges, fill: "none", stroke: "var(--soft)", "stroke-width": 1.25 }),
  ];
  if (matrix.falseEdges) shapes.push(svg("path", { d: path((at) => falseEdgesAt(matrix, at)), fill: "none", stroke: "var(--bad)", "stroke-width": 1.25, "stroke-dasharray": "3 2" }));
  for (const each of [...matrix.levels, ...matrix.marks]) {
    if (each.code === null || each.code < low || each.code > high) continue;
    const place = x(each.code);
    shapes.push(svg("line", { x1: place, x2: place, y1: height - 7, y2: height, stroke: "var(--ink)" }));
  }
  const here = svg("line", { y1: 0, y2: height, stroke: "var(--accent)", "stroke-width": 2 });
  curve.replaceChildren(...shapes, here);
  return { matrix, width, here, x: (at) => Math.min(width, Math.max(0, x(at))) };
}

function listenToControls() {
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  for (const key of ["measure", "lag", "order"]) $(key).addEventListener("change", (event) => change({ [key]: event.target.value }));
  $("threshold").addEventListener("input", (event) => {
    const matrix = currentMatrix();
    change({ rule: `from:${matrix.value(Number(event.target.value))}` });
  });
}
