// Information planes over training: the path of each layer up to an epoch, with the scatter of seeds.

// Rows of a long table as objects.
function records(table) {
  const keys = Object.keys(table);
  const length = keys.length ? table[keys[0]].length : 0;
  return Array.from({ length }, (_, i) => Object.fromEntries(keys.map((key) => [key, table[key][i]])));
}

const groupedBy = (rows, key) => rows.reduce((groups, row) => {
  const name = String(row[key] ?? "");
  if (!groups.has(name)) groups.set(name, []);
  groups.get(name).push(row);
  return groups;
}, new Map());

// A number, or null for what is missing or infinite, which comes as text.
const numeric = (value) => (typeof value === "number" ? value : null);
const numbersOf = (rows, key) => rows.map((row) => row[key]).filter((value) => typeof value === "number");
const meanOf = (values) => (values.length ? values.reduce((sum, v) => sum + v, 0) / values.length : null);

function deviationOf(values) {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
}

// Text for Plotly, which reads tags in labels.
const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// One point per epoch: mean over seeds, and their deviation or, of one seed, its error.
function meanPath(rows) {
  return [...groupedBy(rows, "epoch")].map(([epoch, own]) => {
    const seeds = new Set(own.map((row) => row.seed));
    const side = (key) => (seeds.size > 1 ? deviationOf(numbersOf(own, key)) : numeric(own[0][`${key}_error`]) ?? 0);
    return { epoch: Number(epoch), x: meanOf(numbersOf(own, "x")), y: meanOf(numbersOf(own, "y")), dx: side("x"), dy: side("y"), valid: own.every((row) => row.valid !== false) };
  }).filter((point) => point.x !== null && point.y !== null).sort((a, b) => a.epoch - b.epoch);
}

// The outline of a band around a path: an ellipse of one deviation swept along it.
function bandAround(path, spanX, spanY) {
  const [upper, lower] = [[], []];
  path.forEach((point, i) => {
    const [before, after] = [path[Math.max(0, i - 1)], path[Math.min(path.length - 1, i + 1)]];
    const [ux, uy] = [(after.x - before.x) / spanX, (after.y - before.y) / spanY];
    const length = Math.hypot(ux, uy) || 1;
    const [nx, ny] = [-uy / length, ux / length];
    const half = Math.hypot((nx * point.dx) / spanX, (ny * point.dy) / spanY);
    upper.push([point.x + nx * half * spanX, point.y + ny * half * spanY]);
    lower.unshift([point.x - nx * half * spanX, point.y - ny * half * spanY]);
  });
  return [...upper, ...lower];
}

const translucent = (colour, alpha) => colour.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);

function planeTraces(rows, epoch) {
  const span = (key) => { const all = numbersOf(rows, key); return Math.max(...all) - Math.min(...all) || 1; };
  const [spanX, spanY] = [span("x"), span("y")];
  const symbols = ["circle", "square", "diamond", "triangle-up", "pentagon", "hexagon"];
  return [...groupedBy(rows, "layer")].flatMap(([layer, own], number) => {
    // Hidden layers have the colour that they have in the graph.
    const role = { input: 0, hidden: 1, output: 2 }[layer] ?? [1, 2, 0, 3, 4, 5][number % 6];
    const colour = roleColour(role);
    const path = meanPath(own);
    const reached = path.filter((point) => point.epoch <= epoch);
    const last = reached.slice(-1);
    const name = plain(layer || "layer");
    const quiet = { mode: "lines", hoverinfo: "skip", showlegend: false };
    const traces = [];
    if (reached.length > 1 && reached.some((point) => point.dx || point.dy)) {
      const band = bandAround(reached, spanX, spanY);
      traces.push({ ...quiet, x: band.map((p) => p[0]), y: band.map((p) => p[1]), fill: "toself", fillcolor: translucent(colour, 0.16), line: { width: 0 } });
    }
    traces.push({ ...quiet, x: path.map((p) => p.x), y: path.map((p) => p.y), line: { color: translucent(colour, 0.35), width: 1, dash: "dot" } });
    traces.push({
      x: reached.map((p) => p.x), y: reached.map((p) => p.y), mode: "lines+markers", name, line: { color: colour, width: 1.8 },
      marker: { size: 5, symbol: reached.map((p) => symbols[number % 6] + (p.valid ? "" : "-open")), color: colour },
      text: reached.map((p) => `${name}, ${plain(stepWord)} ${p.epoch}${p.valid ? "" : ", a gate fails"}`), hovertemplate: "%{text}<br>%{x:.3g}, %{y:.3g} bits<extra></extra>",
    });
    traces.push({
      x: last.map((p) => p.x), y: last.map((p) => p.y), mode: "markers", showlegend: false, hoverinfo: "skip",
      error_x: { type: "data", array: last.map((p) => p.dx), color: colour, thickness: 1.4, width: 0 },
      error_y: { type: "data", array: last.map((p) => p.dy), color: colour, thickness: 1.4, width: 0 },
      marker: { size: 12, symbol: last.map((p) => symbols[number % 6] + (p.valid ? "" : "-open")), color: colour, line: { color: colours().ink, width: 1.2 } },
    });
    return traces;
  });
}
