// Curves over training: planes with an epoch slider, and indicators on one axis of epochs.

const learning = content.learning ?? null;
const dated = (table) => records(table).filter((row) => typeof row.epoch === "number");
const planeRows = learning ? dated(learning.planes) : [];
const curveRows = learning ? dated(learning.curves) : [];
const onsetRows = learning ? dated(learning.onsets) : [];
const planeEpochs = [...new Set(planeRows.map((row) => row.epoch))].sort((a, b) => a - b);
// What the epochs count.
const stepWord = learning ? learning.step : "epoch";
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const OPTIONS = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: "reset" };
const PANEL = 118;

function plotLayout(extra) {
  const palette = colours();
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: FONT, size: 12, color: palette.ink },
    margin: { l: 62, r: 16, t: 10, b: 44 }, hoverlabel: { bgcolor: palette.raised, bordercolor: palette.rule, font: { color: palette.ink, family: FONT } },
    dragmode: false, ...extra,
  };
}

function axis(title, extra = {}) {
  const palette = colours();
  return { title: { text: plain(title), font: { size: 12, color: palette.soft }, standoff: 8 }, gridcolor: palette.rule, gridwidth: 0.5, linecolor: palette.soft, zeroline: false, ticks: "outside", ticklen: 4, tickcolor: palette.soft, tickfont: { color: palette.soft }, fixedrange: true, ...extra };
}

const chosenEpoch = () => {
  const wanted = state.epoch === "" ? NaN : Number(state.epoch);
  return planeEpochs.includes(wanted) ? wanted : planeEpochs[planeEpochs.length - 1];
};

// The range of all points and errors, so that the axes stand still while the slider moves.
function rangeOf(key) {
  const known = planeRows.filter((row) => numeric(row[key]) !== null);
  if (!known.length) return [0, 1];
  const error = (row) => numeric(row[`${key}_error`]) ?? 0;
  const from = Math.min(...known.map((row) => row[key] - error(row)));
  const to = Math.max(...known.map((row) => row[key] + error(row)));
  const room = (to - from || 1) * 0.06;
  return [from - room, to + room];
}

function drawPlanes() {
  const slider = $("epoch");
  const epoch = chosenEpoch();
  slider.max = planeEpochs.length - 1;
  slider.value = planeEpochs.indexOf(epoch);
  slider.setAttribute("aria-valuetext", `${stepWord} ${epoch}`);
  $("epoch-value").textContent = String(epoch);
  const seeds = new Set(planeRows.map((row) => row.seed ?? 0)).size;
  const scatter = seeds > 1 ? `Mean of ${seeds} seeds, band of one standard deviation` : "Band of one standard error";
  $("planes-note").textContent = `${scatter}. Hollow marks: a gate fails, so the estimate says nothing about the network. Dotted: the whole training.`;
  const box = $("planes");
  const wide = box.clientWidth;
  library("plotly", "Plotly").react(box, planeTraces(planeRows, epoch), plotLayout({
    width: Math.min(wide, 860), height: Math.min(480, Math.max(320, wide * 0.62)), legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
    margin: { l: 62, r: 16, t: 34, b: 48 },
    xaxis: axis("Information with inputs, bits", { range: rangeOf("x") }), yaxis: axis("Information with targets, bits", { range: rangeOf("y") }),
  }), OPTIONS);
}

function drawCurves() {
  const curves = [...groupedBy(curveRows, "curve")];
  const parts = [...new Set(curveRows.map((row) => String(row.part ?? "")))];
  const palette = colours();
  const traces = [];
  const gap = 0.22 / curves.length;
  const height = (1 - gap * (curves.length - 1)) / curves.length;
  const layout = { shapes: [], annotations: [], legend: { orientation: "h", y: 1, yref: "container", yanchor: "top", x: 0 } };
  const span = [...numbersOf(curveRows, "epoch"), ...numbersOf(onsetRows, "epoch")];
  const [first, last] = [Math.min(...span), Math.max(...span)];
  layout.xaxis = axis(capital(stepWord), { range: [first - (last - first || 1) * 0.02, last + (last - first || 1) * 0.02], anchor: `y${curves.length > 1 ? curves.length : ""}` });
  curves.forEach(([name, rows], at) => {
    const suffix = at ? String(at + 1) : "";
    const top = 1 - at * (height + gap);
    const unit = rows[0].unit ? `, ${rows[0].unit}` : "";
    layout[`yaxis${suffix}`] = axis("", { domain: [Math.max(0, top - height), top], nticks: 4 });
    layout.annotations.push({ text: plain(name.replaceAll("_", " ") + unit), x: 0, xref: "paper", xanchor: "left", y: top, yref: "paper", yanchor: "bottom", showarrow: false, font: { size: 12, color: palette.ink } });
    for (const [part, own] of groupedBy(rows, "part")) traces.push(...curveTraces(own, part, parts.indexOf(part), `y${suffix}`, traces));
    for (const onset of onsetRows.filter((row) => row.curve === name)) {
      layout.shapes.push({ type: "line", xref: "x", yref: `y${suffix} domain`, x0: onset.epoch, x1: onset.epoch, y0: 0, y1: 1, line: { color: palette.ink, width: 1.2, dash: "dot" } });
      layout.annotations.push({ text: plain(`${onset.what ?? "onset"}, ${onset.epoch}`), x: onset.epoch, y: 1, xref: "x", yref: `y${suffix} domain`, xanchor: onset.epoch > (first + last) / 2 ? "right" : "left", yanchor: "top", showarrow: false, font: { size: 10.5, color: palette.soft }, xshift: onset.epoch > (first + last) / 2 ? -3 : 3 });
    }
  });
  $("curves-note").textContent = "Bands: 95 % intervals where known. Dotted lines: onsets. Hollow marks: a gate fails.";
  library("plotly", "Plotly").react($("curves"), traces, plotLayout({ ...layout, width: Math.min($("curves").clientWidth, 1000), height: 98 + PANEL * curves.length, margin: { l: 52, r: 12, t: 54, b: 44 } }), OPTIONS);
}

function curveTraces(rows, part, number, yaxis, earlier) {
  const own = rows.slice().sort((a, b) => a.epoch - b.epoch);
  const colour = [colours().roles[0], colours().roles[4], colours().roles[2], colours().roles[3], colours().roles[1], colours().roles[5]][number % 6];
  const dash = ["solid", "dash", "dot", "dashdot"][number % 4];
  const x = own.map((row) => row.epoch);
  const found = [];
  const banded = own.filter((row) => typeof row.low === "number" && typeof row.high === "number");
  if (banded.length > 1) {
    found.push({ x: [...banded.map((row) => row.epoch), ...banded.map((row) => row.epoch).reverse()], y: [...banded.map((row) => row.high), ...banded.map((row) => row.low).reverse()], yaxis, mode: "lines", line: { width: 0 }, fill: "toself", fillcolor: translucent(colour, 0.16), hoverinfo: "skip", showlegend: false });
  }
  const few = own.length <= 40;
  found.push({
    x, y: own.map((row) => numeric(row.value)), yaxis, name: plain(part || "value"), legendgroup: part, showlegend: part !== "" && !earlier.some((each) => each.legendgroup === part && each.showlegend),
    mode: few || own.some((row) => row.valid === false) ? "lines+markers" : "lines", line: { color: colour, width: 1.6, dash },
    marker: { color: colour, size: own.map((row) => (few || row.valid === false ? 5 : 0)), symbol: own.map((row) => (row.valid === false ? "circle-open" : "circle")) },
    hovertemplate: `${plain(stepWord)} %{x}: %{y:.3g}<extra>${plain(part)}</extra>`,
  });
  return found;
}

// The numbers behind both plots, made when they are opened.
function drawNumbers() {
  if (!$("numbers-part").open || $("numbers").childElementCount) return;
  for (const [title, rows] of [["Planes", planeRows], ["Indicators", curveRows], ["Onsets", onsetRows]]) {
    if (!rows.length) continue;
    const keys = Object.keys(rows[0]);
    $("numbers").append(make("table", {}, make("caption", {}, title),
      make("thead", {}, make("tr", {}, ...keys.map((key) => make("th", { scope: "col" }, key.replaceAll("_", " "))))),
      make("tbody", {}, ...rows.slice(0, 2000).map((row) => make("tr", {}, ...keys.map((key) => make("td", { className: typeof row[key] === "number" ? "number" : "" }, row[key] === true ? "yes" : row[key] === false ? "no" : brief(row[key]))))))));
  }
}

function startLearning() {
  if (!learning) return;
  $("planes-part").hidden = !planeRows.length;
  $("curves-part").hidden = !curveRows.length;
  $("numbers-part").hidden = !planeRows.length && !curveRows.length;
  if (planeRows.length) addView($("planes"), drawPlanes, ["theme", "epoch"]);
  if (curveRows.length) addView($("curves"), drawCurves, ["theme"]);
  $("epoch").addEventListener("input", (event) => change({ epoch: String(planeEpochs[Number(event.target.value)]) }));
  $("numbers-part").addEventListener("toggle", drawNumbers);
}
