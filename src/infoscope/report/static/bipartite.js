// Every node now and a lag later, in the order of the matrix; lines are kept edges.

const MOST_LINES = 2000;
let bipartiteParts = null;

function bipartiteCanvases() {
  if (bipartiteParts) return bipartiteParts;
  const base = make("canvas", { "aria-hidden": "true" });
  const top = make("canvas", { tabIndex: 0 });
  top.setAttribute("role", "application");
  top.setAttribute("aria-roledescription", "bipartite graph");
  const readout = make("p", { className: "readout" });
  $("bipartite").append(make("div", { className: "stack" }, base, top), readout);
  bipartiteParts = { base, top, readout, drag: null };
  top.addEventListener("pointerdown", (event) => startBrush(event));
  top.addEventListener("pointermove", (event) => moveBrush(event));
  top.addEventListener("pointerup", () => endBrush());
  top.addEventListener("pointercancel", () => endBrush());
  top.addEventListener("keydown", (event) => stepNode(event));
  return bipartiteParts;
}

function bipartiteLayout(network) {
  const n = network.names.length;
  const width = $("bipartite").clientWidth;
  const height = Math.min(720, Math.max(220, n * 14));
  const step = (height - 34) / Math.max(1, n);
  const context = bipartiteCanvases().base.getContext("2d");
  setFont(context, 10.5, 700);
  const longest = step >= 9 ? Math.max(...network.names.map((name) => context.measureText(name).width)) : 40;
  const gutter = Math.min(130, width * 0.26, longest + 14);
  return { width, height, step, left: gutter, right: width - gutter, y: (place) => 26 + (place + 0.5) * step };
}

// Place in the order by index of the node.
function placesOf(order) {
  const places = new Int32Array(order.length);
  order.forEach((index, place) => { places[index] = place; });
  return places;
}

function drawBipartite() {
  const network = currentNetwork();
  const matrix = currentMatrix(network);
  $("bipartite").hidden = !matrix;
  if (!matrix) {
    $("bipartite-note").textContent = "No matrix.";
    return;
  }
  const parts = bipartiteCanvases();
  const at = bipartiteLayout(network);
  const order = currentOrder(network);
  const places = placesOf(order);
  const kept = keptBy(matrix, ruleFor(matrix));
  const drawn = kept.subarray(0, MOST_LINES);
  const more = kept.length > drawn.length ? ` The ${drawn.length.toLocaleString("en")} largest of ${plural(kept.length, "edge", "edges")} are drawn.` : "";
  $("bipartite-note").textContent = `Left: a node at step t. Right: at t + ${matrix.lag}. Drag along a side to mark nodes, click to choose one.${more}`;
  parts.top.setAttribute("aria-label", `Edges from step t to t + ${matrix.lag} in the order of the matrix. Arrow keys choose a node.`);
  const marked = isMarked(network, order, places);
  const context = fit(parts.base, at.width, at.height);
  drawLines(context, at, matrix, drawn, places, marked);
  drawEnds(context, at, network, order, marked, matrix.lag);
  drawBrush(at);
  describeMarked(network, matrix, kept, marked);
}

// Which edges are marked by brush or chosen node; null if nothing is.
function isMarked(network, order, places) {
  const node = selectedNode(network);
  if (brush) {
    const [from, to] = [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)];
    return (source, target) => {
      const place = places[brush.side === "left" ? source : target];
      return place >= from && place <= to;
    };
  }
  return node < 0 ? null : (source, target) => source === node || target === node;
}

function drawLines(context, at, matrix, drawn, places, marked) {
  const palette = colours();
  const most = Math.max(1, matrix.highest);
  const crowd = Math.min(1, Math.max(0.12, 160 / (drawn.length + 1)));
  // The largest last, on top; marked edges above all.
  for (const above of marked ? [false, true] : [true]) {
    for (let i = drawn.length - 1; i >= 0; i--) {
      const cell = drawn[i];
      const [source, target] = [rowOf(matrix, cell), columnOf(matrix, cell)];
      if (marked && marked(source, target) !== above) continue;
      const share = Math.max(0, matrix.codes[cell] / most);
      context.strokeStyle = above ? css(palette.kept[Math.round(90 + 165 * share)]) : palette.rule;
      context.globalAlpha = marked ? (above ? 0.9 : 0.35) : Math.min(1, crowd + 0.6 * share);
      context.lineWidth = 0.6 + 2 * share;
      const [y0, y1] = [at.y(places[source]), at.y(places[target])];
      const bend = (at.right - at.left) * 0.35;
      context.beginPath();
      context.moveTo(at.left + 8, y0);
      context.bezierCurveTo(at.left + bend, y0, at.right - bend, y1, at.right - 8, y1);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

function drawEnds(context, at, network, order, marked, lag) {
  const palette = colours();
  const node = selectedNode(network);
  setFont(context, 11, 600);
  context.fillStyle = palette.soft;
  context.textBaseline = "alphabetic";
  context.textAlign = "right";
  context.fillText("t", at.left, 13);
  context.textAlign = "left";
  context.fillText(`t + ${lag}`, at.right, 13);
  const labelled = at.step >= 9;
  const size = Math.min(4.2, Math.max(0.8, at.step * 0.36));
  context.textBaseline = "middle";
  order.forEach((index, place) => {
    const y = at.y(place);
    const chosen = index === node;
    for (const x of [at.left + 2, at.right - 2]) {
      context.fillStyle = roleColour(network.roleNumbers[index]);
      shapePath(context, roleShape(network.roleNumbers[index]), x, y, chosen ? Math.max(4, size) : size);
      context.fill();
    }
    if (!labelled && !chosen) return;
    setFont(context, 10.5, chosen ? 700 : 400);
    context.fillStyle = chosen ? palette.ink : palette.soft;
    const text = clipped(context, network.names[index], at.left - 8);
    context.textAlign = "right";
    context.fillText(text, at.left - 6, y);
    context.textAlign = "left";
    context.fillText(text, at.right + 6, y);
  });
}

function drawBrush(at) {
  const context = fit(bipartiteParts.top, at.width, at.height);
  if (!brush) return;
  const [from, to] = [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)];
  context.strokeStyle = colours().accent;
  context.lineWidth = 1.5;
  const x = brush.side === "left" ? 1 : at.right - 6;
  context.strokeRect(x, at.y(from) - at.step / 2, at.left + 4, (to - from + 1) * at.step);
}

function describeMarked(network, matrix, kept, marked) {
  const readout = bipartiteParts.readout;
  if (!marked) {
    readout.textContent = "";
    return;
  }
  let count = 0;
  for (const cell of kept) if (marked(rowOf(matrix, cell), columnOf(matrix, cell))) count += 1;
  readout.dataset.edges = count;
  const whom = brush ? `${plural(Math.abs(brush.to - brush.from) + 1, "node", "nodes")} at ${brush.side === "left" ? "t" : `t + ${matrix.lag}`}` : state.neuron;
  readout.textContent = `${whom}: ${plural(count, "edge", "edges")}`;
}

function placeAt(event) {
  const at = bipartiteLayout(currentNetwork());
  const box = bipartiteParts.top.getBoundingClientRect();
  const n = currentNetwork().names.length;
  const place = Math.min(n - 1, Math.max(0, Math.floor((event.clientY - box.top - 26) / at.step)));
  return { side: event.clientX - box.left < at.width / 2 ? "left" : "right", place };
}

function startBrush(event) {
  const { side, place } = placeAt(event);
  bipartiteParts.drag = { side, from: place, to: place };
  // A finger scrolls the page instead.
  if (event.pointerType === "mouse") bipartiteParts.top.setPointerCapture(event.pointerId);
}

function moveBrush(event) {
  const drag = bipartiteParts.drag;
  if (!drag) return;
  drag.to = placeAt(event).place;
  if (drag.to === drag.from && !brush) return;
  brush = { ...drag };
  redraw(["neuron"]);
}

function endBrush() {
  const drag = bipartiteParts.drag;
  bipartiteParts.drag = null;
  if (!drag || drag.from !== drag.to) return;
  brush = null;
  const network = currentNetwork();
  choose(network.names[currentOrder(network)[drag.from]]);
}

function stepNode(event) {
  const network = currentNetwork();
  const order = currentOrder(network);
  const place = order.indexOf(selectedNode(network));
  const moves = { ArrowUp: place < 0 ? 0 : place - 1, ArrowDown: place + 1, Home: 0, End: order.length - 1 };
  if (event.key === "Escape") {
    brush = null;
    change({ neuron: "", edge: "" });
  } else if (event.key in moves) {
    const next = Math.min(order.length - 1, Math.max(0, moves[event.key]));
    brush = null;
    change({ neuron: network.names[order[next]], edge: "" });
    announce(neuronInWords(network, order[next]));
  } else return;
  event.preventDefault();
}
