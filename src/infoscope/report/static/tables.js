// The same edges and nodes as tables, which sort: for keyboards, screen readers and exact numbers.

const PAGE = 30;
let rowsShown = PAGE;
let tableKey = "";

// p with two digits. The page keeps none smaller than the last of its steps.
const SMALLEST_P = 10 ** (-254 / 40);

function pText(p) {
  if (p >= 0.001) return String(Number(p.toPrecision(2)));
  return `${p < SMALLEST_P * 1.01 ? "≤ " : ""}${p.toExponential(1).replace("e-", "e−")}`;
}

// A table: columns of {key, title, numeric, order(a, b), text(row), link(row)}, and rows.
function edgeTable(network, matrix) {
  const node = selectedNode(network);
  const kept = keptBy(matrix, ruleFor(matrix));
  const rows = node < 0 ? kept : kept.filter((cell) => rowOf(matrix, cell) === node || columnOf(matrix, cell) === node);
  const position = placesOf(network.orders.name);
  const end = (key, title, index) => ({ key, title, order: (a, b) => position[index(a)] - position[index(b)], text: (cell) => network.names[index(cell)], link: (cell) => network.names[index(cell)] });
  const number = (key, title, value, text) => ({ key, title, numeric: true, order: (a, b) => compareNumbers(value(a), value(b)), text: (cell) => text(value(cell)) });
  const columns = [
    end("source", "Source", (cell) => rowOf(matrix, cell)),
    end("target", "Target", (cell) => columnOf(matrix, cell)),
    number("value", `${matrix.title}${matrix.unit ? `, ${matrix.unit}` : ""}`, (cell) => matrix.codes[cell], (code) => formatted(matrix.value(code), decimals(matrix))),
  ];
  for (const [name, title] of [["p", "p"], ["q", "q (FDR)"], ["p_fwer", "p (FWER)"]]) {
    if (matrix.p[name]) columns.push(number(name, title, matrix.p[name], (p) => (Number.isNaN(p) ? "–" : pText(p))));
  }
  const whose = node < 0 ? "" : ` of ${network.names[node]}`;
  return { columns, rows, chosen: (cell) => cell === selectedEdge(network), note: `${plural(rows.length, "edge", "edges")}${whose} ${ruleInWords(matrix, ruleFor(matrix))}.` };
}

function nodeTable(network) {
  const rows = Uint32Array.from(currentOrder(network));
  const position = placesOf(network.orders.name);
  const columns = [{ key: "node", title: "Node", order: (a, b) => position[a] - position[b], text: (i) => network.names[i], link: (i) => network.names[i] }];
  for (const [name, values] of Object.entries(network.columns)) {
    const numeric = values.every((value) => value === null || typeof value === "number");
    columns.push({
      key: name, title: titleOf(name), numeric,
      order: (a, b) => (numeric ? compareNumbers(values[a], values[b]) : String(values[a] ?? "").localeCompare(String(values[b] ?? ""))),
      text: (i) => (values[i] === null ? "–" : values[i] === true ? "yes" : values[i] === false ? "no" : brief(values[i])),
    });
  }
  const matrix = currentMatrix(network);
  if (matrix) {
    const kept = keptBy(matrix, ruleFor(matrix));
    const [out, into] = [new Uint32Array(matrix.n), new Uint32Array(matrix.n)];
    for (const cell of kept) { out[rowOf(matrix, cell)] += 1; into[columnOf(matrix, cell)] += 1; }
    for (const [key, title, counts] of [["outs", "Edges out", out], ["ins", "Edges in", into]]) {
      columns.push({ key, title, numeric: true, order: (a, b) => counts[a] - counts[b], text: (i) => String(counts[i]) });
    }
  }
  const node = selectedNode(network);
  return { columns, rows, chosen: (i) => i === node, note: `${plural(rows.length, "node", "nodes")} of ${network.name}.` };
}

// Missing numbers come last in either direction.
function compareNumbers(a, b) {
  const [x, y] = [a ?? NaN, b ?? NaN];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
  return x - y;
}

function drawTables() {
  const network = currentNetwork();
  const matrix = currentMatrix(network);
  const kinds = [...(matrix ? [["edges", "Edges"]] : []), ["nodes", "Nodes"]];
  const kind = kinds.some(([key]) => key === state.table) ? state.table : kinds[0][0];
  setSegments($("table-kind"), kinds, kind, (table) => change({ table, sort: "" }));
  const table = kind === "edges" ? edgeTable(network, matrix) : nodeTable(network);
  const key = [kind, network.name, state.measure, state.lag, state.rule, state.neuron, state.sort].join("\n");
  if (key !== tableKey) rowsShown = PAGE;
  tableKey = key;
  $("table-note").textContent = table.note;
  const [sortKey, direction] = state.sort.split(" ");
  const sorted = sortedRows(table, sortKey, direction);
  // Draw only the rows that are shown: a table of 250,000 rows stops a browser.
  const shown = Array.from(sorted.slice(0, rowsShown));
  const focused = document.activeElement?.closest?.("#table thead button")?.dataset.key;
  $("table").replaceChildren(make("table", {},
    make("caption", { className: "unseen" }, table.note),
    make("thead", {}, make("tr", {}, ...table.columns.map((column) => heading(column, sortKey, direction)))),
    make("tbody", {}, ...shown.map((row) => tableRow(table, row)))));
  if (focused) $("table").querySelector(`thead button[data-key="${CSS.escape(focused)}"]`)?.focus();
  $("more").hidden = sorted.length <= shown.length;
  $("more").textContent = `Show more rows (${(sorted.length - shown.length).toLocaleString("en")} left)`;
}

function sortedRows(table, key, direction) {
  const column = table.columns.find((each) => each.key === key);
  if (!column) return table.rows;
  const sign = direction === "down" ? -1 : 1;
  return table.rows.slice().sort((a, b) => {
    const compared = column.order(a, b);
    const [missingA, missingB] = [column.text(a) === "–", column.text(b) === "–"];
    return missingA || missingB ? missingA - missingB : sign * compared || a - b;
  });
}

function heading(column, sortKey, direction) {
  const active = column.key === sortKey;
  const button = make("button", { type: "button" }, column.title);
  button.dataset.key = column.key;
  button.addEventListener("click", () => {
    const down = active ? direction !== "down" : Boolean(column.numeric);
    change({ sort: `${column.key} ${down ? "down" : "up"}` });
  });
  const cell = make("th", { scope: "col", className: column.numeric ? "number" : "" }, button);
  cell.setAttribute("aria-sort", active ? (direction === "down" ? "descending" : "ascending") : "none");
  return cell;
}

function tableRow(table, row) {
  const cells = table.columns.map((column, i) => {
    const text = column.text(row);
    const cell = make(i ? "td" : "th", { className: column.numeric ? "number" : "" });
    if (!i) cell.scope = "row";
    if (!column.link) cell.append(text);
    else {
      const button = make("button", { type: "button", className: "link" }, text);
      button.addEventListener("click", () => change({ neuron: column.link(row), edge: "" }));
      cell.append(button);
    }
    return cell;
  });
  return make("tr", { className: table.chosen(row) ? "chosen" : "" }, ...cells);
}

function listenToTables() {
  $("more").addEventListener("click", () => {
    rowsShown += 10 * PAGE;
    redraw(["table"]);
  });
}
