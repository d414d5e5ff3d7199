// What the reader has chosen. The address after # holds it, so that a link shows the same page.

const networks = content.networks;
const STORED = ["theme", "network", "measure", "lag", "order", "rule", "neuron", "edge", "first", "second", "table", "sort", "epoch"];
const defaults = { theme: "auto", network: "", measure: "", lag: "", order: "", rule: "", neuron: "", edge: "", first: "", second: "", table: "edges", sort: "", epoch: "" };
const state = { ...defaults };
// A range of nodes marked in the bipartite view: {side, from, to} in places of the order.
let brush = null;

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const key of STORED) state[key] = given.get(key) ?? defaults[key];
}

function writeAddress() {
  const kept = new URLSearchParams();
  for (const key of STORED) if (state[key] !== defaults[key]) kept.set(key, state[key]);
  const text = kept.toString();
  if (text !== location.hash.slice(1)) history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

const currentNetwork = () => networks.find((each) => each.name === state.network) ?? networks[0];

// Places of the matrices of a network with one measure, and of the matrix that is shown.
const lagsOf = (network, measure) =>
  network.matrices.map((each, at) => ({ ...each, at })).filter((each) => each.measure === measure);

function currentPlace(network = currentNetwork()) {
  if (!network.matrices.length) return -1;
  const measure = network.matrices.some((each) => each.measure === state.measure) ? state.measure : network.matrices[0].measure;
  const offered = lagsOf(network, measure);
  return (offered.find((each) => String(each.lag) === state.lag) ?? offered[0]).at;
}

const currentMatrix = (network = currentNetwork()) => {
  const at = currentPlace(network);
  return at < 0 ? null : matrixOf(network, at);
};

const orderName = (network = currentNetwork()) => (network.orders[state.order] ? state.order : Object.keys(network.orders)[0]);
const currentOrder = (network = currentNetwork()) => network.orders[orderName(network)];

// The rule by which a matrix keeps edges. Written as "level:NAME", "mark:NAME" or "from:NUMBER".
function ruleFor(matrix, text = state.rule) {
  const [kind, ...rest] = text.split(":");
  const name = rest.join(":");
  const level = matrix.levels.findIndex((each) => each.name === name);
  if (kind === "level" && level >= 0) return { level };
  const mark = matrix.marks.find((each) => each.name === name);
  if (kind === "mark" && mark) return { code: mark.code };
  const threshold = Number(name);
  if (kind === "from" && name !== "" && Number.isFinite(threshold)) return { code: matrix.reaching(threshold) };
  return defaultRule(matrix);
}

// The first level with edges, the first mark, or the largest tenth of the edges.
function defaultRule(matrix) {
  const level = matrix.levels.findIndex((_, at) => keptBy(matrix, { level: at }).length > 0);
  if (level >= 0) return { level };
  if (matrix.marks.length) return { code: matrix.marks[0].code };
  const tenth = matrix.sorted[Math.floor(matrix.sorted.length / 10)];
  return { code: tenth === undefined ? 0 : matrix.codes[tenth] };
}

// Where the rule stands on the threshold's scale.
function codeOf(matrix, rule) {
  if (rule.level === undefined) return rule.code;
  const kept = keptBy(matrix, rule);
  return matrix.levels[rule.level].code ?? (kept.length ? matrix.codes[kept[kept.length - 1]] : matrix.highest + 1);
}

function ruleInWords(matrix, rule) {
  if (rule.level !== undefined) return `at ${matrix.levels[rule.level].name}`;
  return `of at least ${valueText(matrix, rule.code)}`;
}

const nodeAt = (network, name) => (name === "" ? -1 : network.names.indexOf(name));
const selectedNode = (network = currentNetwork()) => nodeAt(network, state.neuron);

// The selected cell of the current matrix, from "SOURCE PLACE-TARGET PLACE"; -1 without one.
function selectedEdge(network = currentNetwork()) {
  const [source, target] = state.edge.split("-").map(Number);
  const n = network.names.length;
  return state.edge !== "" && source < n && target < n ? source * n + target : -1;
}

// Views: each draws itself when something changed, those near the screen first.
const views = [];
const nearScreen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const view = views.find((each) => each.element === entry.target);
    if (!view) continue;
    view.near = entry.isIntersecting;
    if (view.near) drawSoon();
  }
}, { rootMargin: "200px" });

// `needs`: the choices that the view depends on.
function addView(element, draw, needs) {
  views.push({ element, draw, needs, due: true, near: false });
  nearScreen.observe(element);
}

let drawing = false;

function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawDue(false);
    clearTimeout(resting);
    resting = setTimeout(drawRest, 150);
  });
}

// Then draw what is off the screen, one view at a time: it must be true when a reader comes to it,
// and have its height before, so that nothing moves.
let resting = 0;

function drawRest() {
  const view = views.find((each) => each.due && each.element.checkVisibility());
  if (!view) {
    document.documentElement.dataset.complete = "yes";
    return;
  }
  drawView(view);
  resting = setTimeout(drawRest, 0);
}

function drawDue(everything) {
  for (const view of views) {
    if (!view.due || !(view.near || everything)) continue;
    drawView(view);
  }
}

// A view that fails must not take the others with it.
function drawView(view) {
  view.due = false;
  try {
    view.draw();
  } catch (error) {
    reportError(error);
  }
}

function redraw(changed = STORED) {
  delete document.documentElement.dataset.complete;
  for (const view of views) view.due ||= view.needs.some((key) => changed.includes(key));
  drawSoon();
}

function change(choices) {
  Object.assign(state, choices);
  if ("network" in choices || "order" in choices) brush = null;
  writeAddress();
  redraw(Object.keys(choices));
}

// Choose a neuron, or none if it is the chosen one.
function choose(name) {
  change({ neuron: state.neuron === name ? "" : name, edge: "" });
}

// Choose an edge and the neuron that sends it.
function chooseEdge(network, cell) {
  const n = network.names.length;
  change({ neuron: network.names[Math.floor(cell / n)], edge: `${Math.floor(cell / n)}-${cell % n}` });
}

function applyTheme() {
  if (state.theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = state.theme;
  palette = null;
}
