// The matrix: rows send, columns receive.

let matrixPanel = null;

// Sum of the kept values that each node sends and receives; an infinite value counts as the largest.
function flows(matrix, kept) {
  const out = new Float64Array(matrix.n);
  const into = new Float64Array(matrix.n);
  for (const cell of kept) {
    out[rowOf(matrix, cell)] += matrix.codes[cell];
    into[columnOf(matrix, cell)] += matrix.codes[cell];
  }
  return { out, into };
}

const groupsFor = (network) => (orderName(network) === "role" ? network.roleNumbers : null);

// Which of 256 colours a value has. The square root spreads the many small values, and the legend
// names the value in the middle.
const shadeOf = (code, most) => (code <= 0 ? 0 : Math.round(255 * Math.sqrt(code / most)));

// Colours by value: all cells that are no edge under the rule are faint.
function cellColour(matrix, rule) {
  const { codes, flags } = matrix;
  const palette = colours();
  const most = Math.max(1, matrix.highest);
  return (cell) => {
    if (!(flags[cell] & POSSIBLE)) return palette.impossible;
    const code = codes[cell];
    if (code === matrix.none) return palette.hatchPacked;
    if (code === matrix.leftOut) return palette.paperPacked;
    const share = shadeOf(code, most);
    const kept = rule.level === undefined ? code >= rule.code : flags[cell] & (1 << rule.level);
    return kept ? palette.keptPacked[share] : palette.faintPacked[share];
  };
}

// The mark of a cell: hatching, significance, or a stroke for a negative value.
function cellTexture(matrix, rule) {
  const { codes, flags, levels } = matrix;
  const palette = colours();
  const bits = (correction) => levels.reduce((all, each, at) => all | (each.correction === correction ? 1 << at : 0), 0);
  const [fwer, fdr] = [bits("fwer"), bits("fdr")];
  const most = Math.max(1, matrix.highest);
  return (cell) => {
    if (!(flags[cell] & POSSIBLE)) return "";
    const code = codes[cell];
    if (code === matrix.none) return "hatch";
    if (code === matrix.leftOut) return "";
    const kind = flags[cell] & fwer ? "fwer" : flags[cell] & fdr ? "fdr" : code < 0 && isKept(matrix, rule, cell) ? "minus" : "";
    if (!kind) return "";
    const shown = isKept(matrix, rule, cell) ? palette.kept : palette.faint;
    return `${kind} ${luminance(shown[shadeOf(code, most)]) < 0.5 ? "light" : "dark"}`;
  };
}

function drawMatrix() {
  const network = currentNetwork();
  const matrix = currentMatrix(network);
  $("matrix").hidden = $("matrix-legend").hidden = !matrix;
  if (!matrix) return;
  $("matrix-question").textContent = matrix.question;
  const rule = ruleFor(matrix);
  const kept = keptBy(matrix, rule);
  matrixPanel ??= new MatrixPanel($("matrix"));
  matrixPanel.show({
    names: network.names,
    roles: network.roleNumbers,
    order: currentOrder(network),
    groups: groupsFor(network),
    colour: cellColour(matrix, rule),
    texture: cellTexture(matrix, rule),
    words: (cell) => cellInWords(network, matrix, cell),
    ...flows(matrix, kept),
    node: selectedNode(network),
    edge: selectedEdge(network),
    pick: (cell) => chooseEdge(network, cell),
    pickNode: (index) => choose(network.names[index]),
    label: `${matrix.title}, ${plural(matrix.n, "row", "rows")} and columns. Arrow keys move, Enter selects, plus and minus zoom.`,
  });
  drawMatrixLegend(matrix, rule);
}

// A scale of colours with the values at its ends and in its middle.
function rampKey(table, low, middle, high) {
  const half = (from) => {
    const canvas = make("canvas", { "aria-hidden": "true" });
    canvas.style.width = "60px";
    const context = fit(canvas, 60, 10);
    for (let i = 0; i < 60; i++) {
      context.fillStyle = css(table[Math.round(from + (127 * i) / 59)]);
      context.fillRect(i, 0, 1.5, 10);
    }
    return canvas;
  };
  return make("span", { className: "key" }, low, half(0), middle, half(128), high);
}

function textureKey(kind, text, fill) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  canvas.style.width = "13px";
  const context = fit(canvas, 13, 13);
  context.fillStyle = fill;
  context.fillRect(0, 0, 13, 13);
  if (kind) drawTexture(context, kind, 0, 0, 13);
  return make("span", { className: "key" }, canvas, text);
}

let legendOf = null;

function drawMatrixLegend(matrix, rule) {
  const palette = colours();
  const pale = `pale: no edge ${ruleInWords(matrix, rule)}`;
  if (legendOf?.matrix === matrix && legendOf.palette === palette) {
    legendOf.pale.lastChild.textContent = pale;
    return;
  }
  legendOf = { matrix, palette, pale: textureKey("", pale, css(palette.faint[150])) };
  const sample = css(palette.kept[150]);
  const tone = luminance(palette.kept[150]) < 0.5 ? "light" : "dark";
  const keys = [rampKey(palette.kept, "0", formatted(matrix.value(matrix.highest) / 4, decimals(matrix)), valueText(matrix, matrix.highest))];
  keys.push(legendOf.pale);
  const named = (correction) => matrix.levels.find((each) => each.correction === correction);
  if (named("fwer")) keys.push(textureKey(`fwer ${tone}`, named("fwer").name, sample));
  if (named("fdr")) keys.push(textureKey(`fdr ${tone}`, matrix.levels.filter((each) => each.correction === "fdr").at(-1).name, sample));
  if (matrix.reasons.lacking) keys.push(textureKey("hatch", "not estimable", palette.paper));
  keys.push(textureKey("", "no edge possible", palette.impossibleCss));
  $("matrix-legend").replaceChildren(...keys);
}

// Roles, by colour and shape.
let rolesOf = null;

function drawRoleLegend() {
  const network = currentNetwork();
  if (rolesOf?.network === network && rolesOf.palette === colours()) return;
  rolesOf = { network, palette: colours() };
  const roles = new Map(network.roles.map((role, i) => [network.roleNumbers[i], role]));
  const keys = [...roles].sort((a, b) => a[0] - b[0]).filter(([, role]) => role).map(([number, role]) => {
    const canvas = make("canvas", { "aria-hidden": "true" });
    canvas.style.width = "14px";
    const context = fit(canvas, 14, 14);
    shapePath(context, roleShape(number), 7, 7, 4.6);
    context.fillStyle = roleColour(number);
    context.fill();
    return make("span", { className: "key" }, canvas, role);
  });
  $("role-legend").replaceChildren(...keys);
}
