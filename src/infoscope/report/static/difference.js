// The difference of two matrices, in the order of the first.

let differencePanel = null;

// Every matrix of every network by a name for the choice.
const everyMatrix = networks.flatMap((network) => network.matrices.map((raw, at) => {
  const lags = lagsOf(network, raw.measure).length > 1 ? `, lag ${raw.lag}` : "";
  return { key: `${network.name}: ${raw.title}${lags}`, network, at, unit: raw.unit };
}));

function chosenPair() {
  const here = currentNetwork();
  const own = everyMatrix.find((each) => each.network === here && each.at === currentPlace(here)) ?? everyMatrix[0];
  const first = everyMatrix.find((each) => each.key === state.first) ?? own;
  const alike = (each) => each !== first && each.network.matrices[each.at].measure === first.network.matrices[first.at].measure;
  const second = everyMatrix.find((each) => each.key === state.second && each !== first)
    ?? everyMatrix.find((each) => alike(each) && each.network !== first.network)
    ?? everyMatrix.find(alike) ?? everyMatrix.find((each) => each !== first);
  return [first, second];
}

// Cells of the first matrix, the same pair in the second or -1, and the change of each. Measures in
// different units are compared by the share of edges that each value exceeds.
function compared(first, second) {
  const [a, b] = [matrixOf(first.network, first.at), matrixOf(second.network, second.at)];
  const place = new Map(second.network.names.map((name, i) => [name, i]));
  const match = first.network.names.map((name) => place.get(name) ?? -1);
  const byRank = first.unit !== second.unit;
  const [levelA, levelB] = byRank ? [shares(a), shares(b)] : [(cell) => a.value(a.codes[cell]), (cell) => b.value(b.codes[cell])];
  const change = new Float64Array(a.n * a.n).fill(NaN);
  const other = new Int32Array(a.n * a.n).fill(-1);
  const known = (matrix, cell) => matrix.flags[cell] & POSSIBLE && matrix.codes[cell] > matrix.leftOut && matrix.codes[cell] !== matrix.infinite;
  let most = 0;
  for (let row = 0; row < a.n; row++) {
    if (match[row] < 0) continue;
    for (let column = 0; column < a.n; column++) {
      if (match[column] < 0) continue;
      const [cell, twin] = [row * a.n + column, match[row] * b.n + match[column]];
      other[cell] = twin;
      if (!known(a, cell) || !known(b, twin)) continue;
      change[cell] = levelB(twin) - levelA(cell);
      most = Math.max(most, Math.abs(change[cell]));
    }
  }
  return { a, b, change, other, most, byRank, common: match.filter((at) => at >= 0).length };
}

// For each cell the share of edges with a smaller value.
function shares(matrix) {
  const found = new Float32Array(matrix.codes.length);
  const total = matrix.sorted.length;
  let ties = 0;
  matrix.sorted.forEach((cell, i) => {
    if (i && matrix.codes[cell] !== matrix.codes[matrix.sorted[i - 1]]) ties = i;
    found[cell] = 1 - ties / total;
  });
  return (cell) => found[cell];
}

let comparison = null;

function comparisonOf(first, second) {
  const key = `${first.key}\n${second.key}`;
  if (comparison?.key !== key) comparison = { key, ...compared(first, second) };
  return comparison;
}

function drawDifference() {
  if (everyMatrix.length < 2) return;
  const [first, second] = chosenPair();
  const options = everyMatrix.map((each) => [each.key, each.key]);
  setOptions($("first"), options, first.key);
  setOptions($("second"), options, second.key);
  const found = comparisonOf(first, second);
  const unit = found.byRank ? "" : first.unit;
  $("difference-note").textContent = `${plural(found.common, "node", "nodes")} in both.${found.byRank
    ? " The units differ, so the share of edges that a value exceeds is compared." : ""} The threshold above selects the edges of each.`;
  const [ruleA, ruleB] = [ruleFor(found.a), ruleFor(found.b)];
  differencePanel ??= new MatrixPanel($("difference"));
  const palette = colours();
  const shade = (cell) => Math.round(127.5 + (127.5 * found.change[cell]) / (found.most || 1));
  const here = first.network === currentNetwork();
  const kept = (cell) => isKept(found.a, ruleA, cell) || isKept(found.b, ruleB, found.other[cell]);
  const words = (cell) => differenceInWords(first.network, found, cell, unit);
  differencePanel.show({
    names: first.network.names,
    roles: first.network.roleNumbers,
    order: currentOrder(first.network),
    groups: groupsFor(first.network),
    colour: (cell) => {
      if (found.other[cell] < 0 || !(found.a.flags[cell] & POSSIBLE)) return palette.impossible;
      if (Number.isNaN(found.change[cell])) return palette.hatchPacked;
      return (kept(cell) ? palette.changePacked : palette.changeFaintPacked)[shade(cell)];
    },
    texture: (cell) => {
      if (found.other[cell] < 0 || !(found.a.flags[cell] & POSSIBLE)) return "";
      if (Number.isNaN(found.change[cell])) return "hatch";
      if (!kept(cell) || Math.abs(found.change[cell]) < found.most / 8) return "";
      const tone = luminance(palette.change[shade(cell)]) < 0.55 ? "light" : "dark";
      return `${found.change[cell] < 0 ? "minus" : "plus"} ${tone}`;
    },
    words,
    out: null,
    into: null,
    node: selectedNode(first.network),
    edge: here ? selectedEdge(first.network) : -1,
    pick: (cell) => (here ? chooseEdge(first.network, cell) : change({ neuron: first.network.names[rowOf(found.a, cell)], edge: "" })),
    pickNode: (index) => choose(first.network.names[index]),
    label: `Difference: ${second.key} minus ${first.key}. Arrow keys move, Enter selects.`,
  });
  const largest = `${formatted(found.most, found.byRank ? 2 : decimals(found.a))} ${unit}`.trim();
  $("difference-legend").replaceChildren(
    rampKey(palette.change, `−${largest}`, "0", `+${largest}`),
    textureKey(`plus ${luminance(palette.change[235]) < 0.55 ? "light" : "dark"}`, "larger in the second", css(palette.change[235])),
    textureKey(`minus ${luminance(palette.change[20]) < 0.55 ? "light" : "dark"}`, "smaller in the second", css(palette.change[20])),
    textureKey("", "pale: an edge of neither", css(palette.changeFaint[235])),
    textureKey("hatch", "missing in one", palette.paper),
  );
  drawDifferenceFacts(first, second, found, ruleA, ruleB);
}

function differenceInWords(network, found, cell, unit) {
  const pair = `${network.names[rowOf(found.a, cell)]} → ${network.names[columnOf(found.a, cell)]}`;
  if (found.other[cell] < 0) return `${pair}: not in both`;
  if (Number.isNaN(found.change[cell])) return `${pair}: no difference, because an estimate is missing`;
  const sign = found.change[cell] > 0 ? "+" : "";
  const digits = found.byRank ? 2 : decimals(found.a);
  return `${pair}: ${valueText(found.a, found.a.codes[cell])} → ${valueText(found.b, found.b.codes[found.other[cell]])}, ${sign}${formatted(found.change[cell], digits)} ${unit}`.trim();
}

// Edges of each and of both, and the correlation of the two matrices.
function drawDifferenceFacts(first, second, found, ruleA, ruleB) {
  let [both, onlyFirst, onlySecond] = [0, 0, 0];
  const [x, y] = [[], []];
  for (let cell = 0; cell < found.change.length; cell++) {
    if (Number.isNaN(found.change[cell])) continue;
    const [inFirst, inSecond] = [isKept(found.a, ruleA, cell), isKept(found.b, ruleB, found.other[cell])];
    both += inFirst && inSecond;
    onlyFirst += inFirst && !inSecond;
    onlySecond += !inFirst && inSecond;
    x.push(found.a.codes[cell]);
    y.push(found.b.codes[found.other[cell]]);
  }
  const rows = [["Edges in both", both], ["Only in the first", onlyFirst], ["Only in the second", onlySecond], ["Pearson correlation of values", brief(correlation(x, y))]];
  const list = make("dl", { className: "provenance" }, ...rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value.toLocaleString("en")))));
  $("difference-facts").replaceChildren(list, make("p", { className: "note" },
    `First: ${first.key}, edges ${ruleInWords(found.a, ruleA)}. Second: ${second.key}, edges ${ruleInWords(found.b, ruleB)}. The difference is second minus first.`));
}

function correlation(x, y) {
  const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

function listenToDifference() {
  $("difference-part").hidden = everyMatrix.length < 2;
  for (const key of ["first", "second"]) $(key).addEventListener("change", (event) => change({ [key]: event.target.value }));
}
