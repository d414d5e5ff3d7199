// A graph of few edges: left to right by rank. Above some sixty edges a matrix is easier to read.

const MOST_DRAWN = 60;
const MOST_ON_PHONE = 30;
let drawnGraph = null;
let graphColours = null;

// On a phone rank runs downward.
const isNarrow = () => $("graph").clientWidth < 480;

// The kept edges of the chosen neuron, or of all: the largest sixty.
function graphEdges(network, matrix) {
  const kept = keptBy(matrix, ruleFor(matrix));
  const node = selectedNode(network);
  const own = node < 0 ? kept : kept.filter((cell) => rowOf(matrix, cell) === node || columnOf(matrix, cell) === node);
  const most = isNarrow() ? MOST_ON_PHONE : MOST_DRAWN;
  return { edges: Array.from(own.subarray(0, most)), all: own.length, node };
}

function drawGraph() {
  const network = currentNetwork();
  const matrix = currentMatrix(network);
  $("graph").hidden = false;
  drawRoleLegend();
  if (!matrix) {
    $("graph").hidden = true;
    $("graph-note").textContent = "No matrix.";
    return;
  }
  const { edges, all, node } = graphEdges(network, matrix);
  const ranked = (network.columns.rank ?? []).some((rank) => rank !== null);
  const whose = node < 0 ? "" : ` of ${network.names[node]}`;
  const shown = all > edges.length ? `The ${edges.length} largest of ${plural(all, "edge", "edges")}${whose}` : `${plural(all, "edge", "edges")}${whose}`;
  const axis = ranked ? `Rank rises ${isNarrow() ? "downward" : "to the right"}` : "In the order of the matrix; this run has no ranks";
  $("graph-note").textContent = `${shown}. ${axis}. ${node < 0 ? "Choose a neuron to see its edges." : ""}`;
  $("graph").hidden = !edges.length;
  if (!edges.length) return;
  const points = graphPlaces(network, matrix, edges, ranked);
  drawnGraph ??= newGraph();
  drawnGraph.batch(() => {
    drawnGraph.elements().remove();
    drawnGraph.add([...points].map(([index, position]) => ({
      group: "nodes",
      data: nodeData(network, index, node),
      position,
    })));
    const most = Math.max(1, matrix.highest);
    drawnGraph.add(edges.map((cell) => ({
      group: "edges",
      data: edgeData(matrix, cell, most, cell === selectedEdge(network)),
    })));
  });
  if (graphColours !== colours()) drawnGraph.style(graphStyle());
  graphColours = colours();
  drawnGraph.resize();
  drawnGraph.viewport(fittingView([...points.values()]));
  // The library draws at the next frame, after a printer has taken the page.
  if (printing) $("graph").append(printed(drawnGraph.png({ scale: 2, bg: colours().paper, full: true })));
}

function nodeData(network, index, chosen) {
  const number = network.roleNumbers[index];
  const shapes = { square: "rectangle", circle: "ellipse" };
  const shape = shapes[roleShape(number)] ?? roleShape(number);
  return { id: `n${index}`, index, label: shortened(network.names[index]), colour: roleColour(number), shape, chosen: index === chosen ? 1 : 0 };
}

function edgeData(matrix, cell, most, chosen) {
  const share = Math.max(0, matrix.codes[cell] / most);
  const colour = css(colours().kept[Math.round(90 + 165 * share)]);
  return { id: `e${cell}`, source: `n${rowOf(matrix, cell)}`, target: `n${columnOf(matrix, cell)}`, cell, colour, width: 0.8 + 3 * share, chosen: chosen ? 1 : 0 };
}

// Zoom and shift that show all points with room for labels. The library's own measures every label.
function fittingView(points) {
  const [width, height] = [$("graph").clientWidth, $("graph").clientHeight];
  const side = (key) => { const all = points.map((point) => point[key]); return all.length ? [Math.min(...all), Math.max(...all)] : [0, 1]; };
  const [[x0, x1], [y0, y1]] = [side("x"), side("y")];
  const zoom = Math.min(1.3, (width - 130) / (x1 - x0 || 1), (height - 70) / (y1 - y0 || 1));
  return { zoom, pan: { x: width / 2 - (zoom * (x0 + x1)) / 2, y: height / 2 - 6 - (zoom * (y0 + y1)) / 2 } };
}

const shortened = (text) => (text.length > 18 ? `${text.slice(0, 17)}…` : text);

function newGraph() {
  const graph = library("cytoscape", "cytoscape")({
    container: $("graph"), elements: [], layout: { name: "preset" }, userZoomingEnabled: false,
    userPanningEnabled: false, boxSelectionEnabled: false, autounselectify: true, autoungrabify: true,
  });
  graph.on("tap", "node", (event) => choose(currentNetwork().names[event.target.data("index")]));
  graph.on("tap", "edge", (event) => chooseEdge(currentNetwork(), event.target.data("cell")));
  return graph;
}

function graphStyle() {
  const palette = colours();
  return [
    { selector: "node", style: {
      width: 13, height: 13, label: "data(label)", "font-size": 11, "font-family": FONT, color: palette.ink,
      "text-valign": "bottom", "text-margin-y": 3, "text-background-color": palette.paper, "text-background-opacity": 0.8,
      "background-color": "data(colour)", shape: "data(shape)",
    } },
    { selector: "node[chosen = 1]", style: { width: 19, height: 19, "border-width": 2, "border-color": palette.ink, "font-weight": 700 } },
    { selector: "edge", style: {
      width: "data(width)", "curve-style": "bezier", "target-arrow-shape": "triangle", "arrow-scale": 0.7,
      "line-color": "data(colour)", "target-arrow-color": "data(colour)", opacity: 0.85,
    } },
    { selector: "edge[chosen = 1]", style: { "line-color": palette.accent, "target-arrow-color": palette.accent, opacity: 1, "z-index": 9 } },
  ];
}

// Places of the nodes: rank along one side; across it, apart and near their neighbours.
function graphPlaces(network, matrix, edges, ranked) {
  const order = currentOrder(network);
  const places = placesOf(ranked && network.orders.rank ? network.orders.rank : order);
  const used = [...new Set(edges.flatMap((cell) => [rowOf(matrix, cell), columnOf(matrix, cell)]))].sort((a, b) => places[a] - places[b]);
  const along = ranked ? (index) => network.columns.rank[index] : (index) => places[index];
  const known = used.map(along).filter((value) => value !== null && value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const narrow = isNarrow();
  const [length, breadth] = narrow ? [420, 330] : [Math.max(480, $("graph").clientWidth - 90), 360];
  const nodes = used.map((index, i) => {
    const value = along(index);
    const share = value === null || value === undefined ? 1 : high > low ? (value - low) / (high - low) : 0.5;
    return { index, x: share * length, y: (((i * 0.618034) % 1) - 0.5) * breadth };
  });
  const byIndex = new Map(nodes.map((node) => [node.index, node]));
  const pairs = edges.map((cell) => [byIndex.get(rowOf(matrix, cell)), byIndex.get(columnOf(matrix, cell))]);
  for (let round = 0; round < 120; round++) relax(nodes, pairs, breadth, narrow ? [34, 60] : [74, 30]);
  return new Map(nodes.map((node) => [node.index, narrow ? { x: node.y, y: node.x } : { x: node.x, y: node.y }]));
}

// Pull neighbours together across the rank, and push apart nodes that would overlap.
function relax(nodes, pairs, breadth, [near, apart]) {
  for (const [a, b] of pairs) {
    const pull = (b.y - a.y) * 0.004;
    a.y += pull;
    b.y -= pull;
  }
  for (let i = 0; i < nodes.length; i++) {
    for (let j = i + 1; j < nodes.length && nodes[j].x - nodes[i].x < near; j++) {
      const gap = nodes[j].y - nodes[i].y;
      const push = (apart - Math.abs(gap)) / 2;
      if (push <= 0) continue;
      const side = gap >= 0 ? 1 : -1;
      nodes[j].y += side * push * 0.6;
      nodes[i].y -= side * push * 0.6;
    }
  }
  const limit = breadth * 1.1;
  for (const node of nodes) node.y = Math.min(limit, Math.max(-limit, node.y));
}
