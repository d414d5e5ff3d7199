// One neuron: what is known about it, who sends to it, whom it sends to, and how it is active.

const TITLES = {
  role: "Role", layer: "Layer", group: "Group", rank: "Rank", entropy: "Entropy, bits",
  input_information: "Information with inputs, bits", target_information: "Information with targets, bits",
  mean: "Mean", sd: "Standard deviation", constant: "Constant",
};
const WITHIN = ["rank_low", "rank_high"];
const MOST_LISTED = 8;

const titleOf = (name) => TITLES[name] ?? name.replaceAll("_", " ");

// A value and its interval, with as many decimals as the interval supports.
function withInterval(value, low, high) {
  const digits = high > low ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10((high - low) / 2)))) : 3;
  return `${formatted(value, digits)} [${formatted(low, digits)}, ${formatted(high, digits)}]`;
}

function factsOf(network, index) {
  return Object.entries(network.columns)
    .filter(([name, values]) => !WITHIN.includes(name) && values[index] !== null && !(name === "constant" && !values[index]))
    .map(([name, values]) => {
      const value = values[index];
      const text = value === true ? "yes" : value === false ? "no" : brief(value);
      const [low, high] = WITHIN.map((side) => network.columns[side]?.[index] ?? null);
      return [titleOf(name), name === "rank" && low !== null && high !== null ? withInterval(value, low, high) : text];
    });
}

function neuronInWords(network, index) {
  const matrix = currentMatrix(network);
  const known = factsOf(network, index).slice(0, 4).map(([name, value]) => `${name} ${value}`);
  const edges = matrix ? partnersOf(network, matrix, index) : null;
  const counts = edges ? [plural(edges.sources.length, "source", "sources"), plural(edges.sinks.length, "sink", "sinks")] : [];
  return [network.names[index], ...known, ...counts].join(", ");
}

// Kept edges into and out of a node, the largest first.
function partnersOf(network, matrix, index) {
  const kept = keptBy(matrix, ruleFor(matrix));
  return {
    sources: Array.from(kept.filter((cell) => columnOf(matrix, cell) === index)),
    sinks: Array.from(kept.filter((cell) => rowOf(matrix, cell) === index)),
  };
}

function drawNeuron() {
  const network = currentNetwork();
  const index = selectedNode(network);
  const names = network.orders.name.map((at) => network.names[at]);
  setOptions($("neuron"), [["", "choose a neuron"], ...names.map((name) => [name, name])], index < 0 ? "" : network.names[index]);
  const card = $("card");
  if (index < 0) {
    const missing = state.neuron ? `${state.neuron} is not in this network. ` : "";
    card.replaceChildren(make("p", { className: "note" }, `${missing}Click a row, a column or a mark to see its sources, sinks and activity.`), ...strongest(network));
    return;
  }
  const list = make("dl", {}, ...factsOf(network, index).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  const parts = [list];
  const matrix = currentMatrix(network);
  if (matrix) {
    const { sources, sinks } = partnersOf(network, matrix, index);
    parts.push(...partnerList(network, matrix, "Sources", sources, (cell) => rowOf(matrix, cell)));
    parts.push(...partnerList(network, matrix, "Sinks", sinks, (cell) => columnOf(matrix, cell)));
  }
  card.replaceChildren(...parts);
  if (network.activity) drawActivity(card, network, index);
}

// A list of nodes with a bar and a number each.
function nodeList(title, rows) {
  const most = Math.max(...rows.map((row) => row.size), 0) || 1;
  const items = rows.map(({ name, size, text }) => {
    const button = make("button", { type: "button", title: name }, name);
    button.addEventListener("click", () => choose(name));
    const bar = make("i");
    bar.style.width = `${Math.max(1, (100 * Math.max(0, size)) / most)}%`;
    return make("li", {}, button, bar, make("span", {}, text));
  });
  return [make("h4", {}, title), make("ol", {}, ...items)];
}

// Without a chosen neuron: those that send and receive most.
function strongest(network) {
  const matrix = currentMatrix(network);
  if (!matrix) return [];
  const { out, into } = flows(matrix, keptBy(matrix, ruleFor(matrix)));
  const top = (sums) => Array.from(sums.keys()).filter((at) => sums[at] > 0).sort((a, b) => sums[b] - sums[a]).slice(0, MOST_LISTED)
    .map((at) => ({ name: network.names[at], size: sums[at], text: formatted(matrix.value(sums[at]), Math.min(2, decimals(matrix))) }));
  const unit = matrix.unit ? `, ${matrix.unit}` : "";
  return [[`Send most${unit}`, top(out)], [`Receive most${unit}`, top(into)]]
    .filter(([, rows]) => rows.length).flatMap(([title, rows]) => nodeList(title, rows));
}

function partnerList(network, matrix, title, cells, partner) {
  const rows = cells.slice(0, MOST_LISTED).map((cell) => ({
    name: network.names[partner(cell)], size: matrix.codes[cell],
    text: formatted(matrix.value(matrix.codes[cell]), decimals(matrix)),
  }));
  const more = cells.length > MOST_LISTED ? [make("p", { className: "more" }, `and ${cells.length - MOST_LISTED} more in the table below`)] : [];
  return [...nodeList(`${title}: ${cells.length}`, rows), ...more];
}

let activityCodes = new Map();

function drawActivity(card, network, index) {
  const { rows, low, high, values } = network.activity;
  if (!activityCodes.has(network)) activityCodes.set(network, decoded(values, "u8"));
  const codes = activityCodes.get(network).subarray(index * rows, (index + 1) * rows);
  const canvas = make("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Activity of ${network.names[index]}, from ${brief(low[index])} to ${brief(high[index])}`);
  card.append(make("h4", {}, `Activity, ${rows} rows, ${brief(low[index])} to ${brief(high[index])}`), canvas);
  const [width, height] = [canvas.clientWidth, 56];
  const context = fit(canvas, width, height);
  context.strokeStyle = colours().ink;
  context.lineWidth = 1.1;
  context.beginPath();
  let pen = false;
  codes.forEach((code, i) => {
    if (code === 255) { pen = false; return; }
    const [x, y] = [(i / Math.max(1, rows - 1)) * width, height - 3 - ((height - 6) * code) / 254];
    if (pen) context.lineTo(x, y); else context.moveTo(x, y);
    pen = true;
  });
  context.stroke();
}

function listenToNeuron() {
  $("neuron").addEventListener("change", (event) => change({ neuron: event.target.value, edge: "" }));
}
