// What the page carries, decoded. A matrix is decoded when it is first shown.

const content = JSON.parse(document.getElementById("report-data").textContent);
const POSSIBLE = 64;
const UNKNOWN_P = 255;
const KINDS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i16: Int16Array, i32: Int32Array };

function decoded(text, kind) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return new KINDS[kind](bytes.buffer);
}

const decodedMatrices = new Map();

// The matrix of a network; `at` is its place in the list of matrices.
function matrixOf(network, at) {
  const raw = network.matrices[at];
  if (!decodedMatrices.has(raw)) decodedMatrices.set(raw, decodedMatrix(raw, network.names.length));
  return decodedMatrices.get(raw);
}

function decodedMatrix(raw, n) {
  const kind = `i${raw.bits}`;
  const lowest = -(2 ** (raw.bits - 1));
  const scale = Number(`1e${raw.digits}`);
  const matrix = {
    ...raw, n, none: lowest, leftOut: lowest + 1,
    value: (code) => (code === raw.infinite ? Infinity : (code * raw.multiple) / scale),
    // The smallest place on the grid that reaches a threshold.
    reaching: (threshold) => {
      let code = Math.floor((threshold * scale) / raw.multiple) - 1;
      while ((code * raw.multiple) / scale < threshold) code += 1;
      return code;
    },
  };
  const values = decoded(raw.values, kind);
  const flags = decoded(raw.flags, "u8");
  const places = raw.places ? decoded(raw.places, "u32") : null;
  const spread = (kept, kind, fill) => {
    if (!places) return kept;
    const all = new KINDS[kind](n * n).fill(fill);
    places.forEach((place, i) => { all[place] = kept[i]; });
    return all;
  };
  matrix.codes = spread(values, kind, matrix.leftOut);
  matrix.flags = spread(flags, "u8", POSSIBLE);
  matrix.sorted = edgesByValue(matrix);
  matrix.lowest = matrix.sorted.length ? matrix.codes[matrix.sorted[matrix.sorted.length - 1]] : 0;
  matrix.highest = matrix.sorted.length ? matrix.codes[matrix.sorted[0]] : 0;
  matrix.p = {};
  for (const name of ["p", "q", "p_fwer"]) {
    if (!raw[name]) continue;
    let steps = null;  // decoded when first asked for
    matrix.p[name] = (cell) => {
      steps ??= spread(decoded(raw[name], "u8"), "u8", UNKNOWN_P);
      return steps[cell] === UNKNOWN_P ? NaN : 10 ** (-steps[cell] / 40);
    };
  }
  matrix.reason = reasonsOf(raw.reasons);
  matrix.selected = matrix.levels.map(() => null);
  return matrix;
}

// Cells that are edges with an estimate, the largest first. Every threshold keeps a beginning.
function edgesByValue(matrix) {
  const { codes, flags } = matrix;
  const keys = new Float64Array(codes.length);
  let count = 0;
  for (let cell = 0; cell < codes.length; cell++) {
    if (!(flags[cell] & POSSIBLE) || codes[cell] <= matrix.leftOut) continue;
    // Exact: 32 bits of value and 22 of place, as a matrix has at most 2000 rows.
    keys[count++] = -codes[cell] * 4194304 + cell;
  }
  const sorted = keys.subarray(0, count).sort();
  const cells = new Uint32Array(count);
  for (let i = 0; i < count; i++) cells[i] = ((sorted[i] % 4194304) + 4194304) % 4194304;
  return cells;
}

function reasonsOf(raw) {
  if (!raw.places) return () => raw.texts.join("; ");
  const places = decoded(raw.places, "u32");
  const which = decoded(raw.which, "u16");
  const found = new Map();
  places.forEach((place, i) => found.set(place, raw.texts[which[i]]));
  return (cell) => found.get(cell) ?? "";
}

// A rule selects edges: {code} all from a value on, {level} those of a significance level.
function keptBy(matrix, rule) {
  if (rule.level === undefined) return matrix.sorted.subarray(0, countFrom(matrix, rule.code));
  const at = rule.level;
  matrix.selected[at] ??= matrix.sorted.filter((cell) => matrix.flags[cell] & (1 << at));
  return matrix.selected[at];
}

function countFrom(matrix, code) {
  let low = 0;
  let high = matrix.sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (matrix.codes[matrix.sorted[middle]] >= code) low = middle + 1; else high = middle;
  }
  return low;
}

function isKept(matrix, rule, cell) {
  const { codes, flags } = matrix;
  if (!(flags[cell] & POSSIBLE) || codes[cell] <= matrix.leftOut) return false;
  return rule.level === undefined ? codes[cell] >= rule.code : Boolean(flags[cell] & (1 << rule.level));
}

// Expected number of edges at a threshold if no edge were true; NaN where the run does not say.
function falseEdgesAt(matrix, code) {
  const points = matrix.falseEdges;
  if (!points || !points.length) return NaN;
  if (code <= points[0][0]) return points[0][1];
  const above = points.findIndex((point) => point[0] >= code);
  if (above < 0) return points[points.length - 1][1];
  const [[x0, y0], [x1, y1]] = [points[above - 1], points[above]];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (code - x0)) / (x1 - x0);
}

const rowOf = (matrix, cell) => Math.floor(cell / matrix.n);
const columnOf = (matrix, cell) => cell % matrix.n;

function decimals(matrix) {
  const trailing = matrix.multiple % 10 === 0 ? 1 : 0;
  return Math.max(0, matrix.digits - trailing);
}

function formatted(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return value.toFixed(digits).replace("-", "−");
}

// A number of any size with three digits.
function brief(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return formatted(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value).replace("-", "−");
  const text = size >= 1e5 || (size > 0 && size < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(3)));
  return text.replace("-", "−").replace("e+", "e");
}

const valueText = (matrix, code) =>
  `${formatted(matrix.value(code), decimals(matrix))}${matrix.unit ? ` ${matrix.unit}` : ""}`;

// A cell in words, for the line below a matrix and for screen readers.
function cellInWords(network, matrix, cell) {
  const names = `${network.names[rowOf(matrix, cell)]} → ${network.names[columnOf(matrix, cell)]}`;
  if (!(matrix.flags[cell] & POSSIBLE)) return `${names}: no edge is possible`;
  const code = matrix.codes[cell];
  if (code === matrix.leftOut) return `${names}: below the largest edges, which the page keeps`;
  if (code === matrix.none) {
    const reason = matrix.reason(cell);
    return `${names}: not estimable${reason ? `, ${reason}` : ""}`;
  }
  const tests = [["p", "p"], ["q", "q (FDR)"], ["p_fwer", "p (FWER)"]]
    .filter(([name]) => matrix.p[name] && !Number.isNaN(matrix.p[name](cell)))
    .map(([name, title]) => `${title} ${pText(matrix.p[name](cell))}`);
  return `${names}: ${[valueText(matrix, code), ...tests].join(", ")}`;
}
