// A square matrix on a canvas: labels, margins, cursor, zoom. What a cell shows comes from outside.

const MARGIN = 34;
const LABELLED = 9;
const TEXTURED = 6;
const LARGEST = 48;

// spec: {names, roles, order, groups, colour(cell) → packed, texture(cell) → word, words(cell),
//        out, into (sums by node, or null), node, edge, pick(cell), pickNode(index), label}
class MatrixPanel {
  constructor(container) {
    this.base = make("canvas", { "aria-hidden": "true" });
    this.top = make("canvas", { tabIndex: 0 });
    this.top.setAttribute("role", "application");
    this.top.setAttribute("aria-roledescription", "matrix");
    this.readout = make("p", { className: "readout" });
    const tool = (text, label, action) => {
      const button = make("button", { type: "button", title: label }, text);
      button.setAttribute("aria-label", label);
      button.addEventListener("click", action);
      return button;
    };
    this.tools = make("div", { className: "tools" }, this.readout,
      tool("+", "Zoom in", () => this.zoom(0.5)),
      tool("−", "Zoom out", () => this.zoom(2)),
      tool("⤢", "Show all", () => this.zoom(Infinity)));
    this.stack = make("div", { className: "stack" }, this.base, this.top);
    container.append(this.stack, this.tools);
    this.container = container;
    this.cursor = null;
    this.hover = null;
    this.window = null;
    this.off = document.createElement("canvas");
    this.listen();
  }

  listen() {
    this.top.addEventListener("pointermove", (event) => this.pointAt(event));
    this.top.addEventListener("pointerleave", () => { this.hover = null; this.drawTop(); });
    this.top.addEventListener("click", (event) => {
      this.pointAt(event);
      const at = this.hover;
      if (!at) return;
      if (at.row >= 0 && at.column >= 0) {
        this.cursor = { row: at.row, column: at.column };
        this.spec.pick(this.cellAt(at));
      } else this.spec.pickNode(this.spec.order[at.row >= 0 ? at.row : at.column]);
    });
    this.top.addEventListener("dblclick", () => this.zoom(0.5));
    this.top.addEventListener("keydown", (event) => this.key(event));
    this.top.addEventListener("focus", () => { this.cursor ??= { row: 0, column: 0 }; this.say(); });
    this.top.addEventListener("blur", () => this.drawTop());
  }

  show(spec) {
    const other = !this.spec || this.spec.names !== spec.names;
    this.spec = spec;
    const n = spec.order.length;
    if (other || !this.window || this.window.count > n) this.window = { row: 0, column: 0, count: n };
    if (other) this.cursor = null;
    this.top.setAttribute("aria-label", spec.label);
    this.tools.querySelectorAll("button").forEach((button) => { button.hidden = n < 12; });
    this.draw();
  }

  cellAt({ row, column }) {
    return this.spec.order[row] * this.spec.order.length + this.spec.order[column];
  }

  layout() {
    const { spec } = this;
    const width = this.container.clientWidth;
    const margin = spec.out ? MARGIN : 0;
    const count = this.window.count;
    // Labels need room, which makes cells smaller: decide with the room they would take.
    const context = this.base.getContext("2d");
    setFont(context, 12);
    const longest = Math.min(96, Math.max(...spec.names.map((name) => context.measureText(name).width)) + 6, width * 0.22);
    const labelled = (width - longest - 12 - margin) / count >= LABELLED;
    const left = (labelled ? longest : 0) + 12;
    const size = Math.min(Math.floor((width - left - margin) * 4) / 4, count * LARGEST);
    return { width, left, top: left, size, cell: size / count, labelled, margin, height: left + size + margin + 2 };
  }

  draw() {
    if (!this.spec || !this.spec.order.length) return;
    const at = this.layout();
    this.at = at;
    const context = fit(this.base, at.width, at.height);
    this.drawCells(context, at);
    if (at.cell >= TEXTURED) this.drawTextures(context, at);
    this.drawLabels(context, at);
    if (this.spec.out) this.drawMargins(context, at);
    this.drawTop();
  }

  drawCells(context, at) {
    const { order, colour } = this.spec;
    const { row, column, count } = this.window;
    const n = order.length;
    if (this.off.width !== count) this.off.width = this.off.height = count;
    const pixels = new Int32Array(count * count);
    for (let i = 0, k = 0; i < count; i++) {
      const start = order[row + i] * n;
      for (let j = 0; j < count; j++, k++) pixels[k] = colour(start + order[column + j]);
    }
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), count, count);
    this.off.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = at.cell * (window.devicePixelRatio || 1) < 1;
    context.drawImage(this.off, at.left, at.top, at.size, at.size);
    if (at.cell < TEXTURED) return;
    // Gaps make cells countable.
    context.strokeStyle = colours().paper;
    context.lineWidth = at.cell > 9 ? 1 : 0.5;
    context.beginPath();
    for (let i = 1; i < count; i++) {
      const place = i * at.cell;
      context.moveTo(at.left, at.top + place);
      context.lineTo(at.left + at.size, at.top + place);
      context.moveTo(at.left + place, at.top);
      context.lineTo(at.left + place, at.top + at.size);
    }
    context.stroke();
  }

  drawTextures(context, at) {
    const { order, texture } = this.spec;
    const { row, column, count } = this.window;
    const n = order.length;
    const size = at.cell;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        const cell = order[row + i] * n + order[column + j];
        const kind = texture(cell);
        if (kind) drawTexture(context, kind, at.left + j * size, at.top + i * size, size);
      }
    }
  }

  drawLabels(context, at) {
    const { order, names, roles, node } = this.spec;
    const { row, column, count } = this.window;
    const palette = colours();
    const band = at.left - 8;
    for (let i = 0; i < count; i++) {
      context.fillStyle = roleColour(roles[order[row + i]]);
      context.fillRect(band, at.top + i * at.cell, 5, Math.max(at.cell - (at.cell >= TEXTURED ? 1 : 0), 0.5));
      context.fillStyle = roleColour(roles[order[column + i]]);
      context.fillRect(at.left + i * at.cell, band, Math.max(at.cell - (at.cell >= TEXTURED ? 1 : 0), 0.5), 5);
    }
    this.drawGroups(context, at);
    if (!at.labelled) return;
    context.textBaseline = "middle";
    const size = Math.min(12, Math.max(9, at.cell - 1.5));
    const room = at.left - 14;
    for (let i = 0; i < count; i++) {
      for (const across of [false, true]) {
        const index = order[(across ? column : row) + i];
        setFont(context, size, index === node ? 700 : 400);
        context.fillStyle = index === node ? palette.ink : palette.soft;
        const text = clipped(context, names[index], room);
        const place = at.left + (i + 0.5) * at.cell;
        context.save();
        if (across) {
          context.translate(place, band - 3);
          context.rotate(-Math.PI / 2);
          context.textAlign = "left";
        } else {
          context.translate(band - 3, place);
          context.textAlign = "right";
        }
        context.fillText(text, 0, 0);
        context.restore();
      }
    }
  }

  // Lines between groups of an order, such as roles.
  drawGroups(context, at) {
    const { order, groups } = this.spec;
    if (!groups) return;
    const { row, column, count } = this.window;
    context.strokeStyle = colours().ink;
    context.lineWidth = 1;
    context.beginPath();
    for (let i = 1; i < count; i++) {
      const place = at.left + i * at.cell;
      if (groups[order[row + i]] !== groups[order[row + i - 1]]) {
        context.moveTo(at.left, place);
        context.lineTo(at.left + at.size, place);
      }
      if (groups[order[column + i]] !== groups[order[column + i - 1]]) {
        context.moveTo(place, at.top);
        context.lineTo(place, at.top + at.size);
      }
    }
    context.stroke();
  }

  drawMargins(context, at) {
    const { order, out, into } = this.spec;
    const { row, column, count } = this.window;
    const most = Math.max(...out, ...into, 0) || 1;
    const palette = colours();
    context.fillStyle = palette.soft;
    const edge = at.left + at.size + 3;
    const long = MARGIN - 6;
    const thick = Math.max(at.cell - (at.cell >= TEXTURED ? 2 : 0), 0.6);
    for (let i = 0; i < count; i++) {
      const place = at.left + i * at.cell + (at.cell - thick) / 2;
      context.fillRect(edge, place, (Math.max(0, out[order[row + i]]) / most) * long, thick);
      context.fillRect(place, edge, thick, (Math.max(0, into[order[column + i]]) / most) * long);
    }
    setFont(context, 10);
    context.textAlign = "right";
    context.textBaseline = "bottom";
    context.fillText("out", at.left + at.size + MARGIN - 2, at.top - 2);
    context.textBaseline = "top";
    context.textAlign = "right";
    context.fillText("in", at.left - 3, edge);
  }

  drawTop() {
    if (!this.spec || !this.at) return;
    const { at, spec } = this;
    const context = fit(this.top, at.width, at.height);
    const palette = colours();
    const { row, column, count } = this.window;
    const outlined = (i, j, width, colour) => {
      if (i < row || j < column || i >= row + count || j >= column + count) return;
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(at.left + (j - column) * at.cell - 0.5, at.top + (i - row) * at.cell - 0.5, at.cell + 1, at.cell + 1);
    };
    const band = (index, colour, width) => {
      if (index < 0) return;
      context.strokeStyle = colour;
      context.lineWidth = width;
      if (index >= row && index < row + count) context.strokeRect(at.left, at.top + (index - row) * at.cell, at.size, at.cell);
      if (index >= column && index < column + count) context.strokeRect(at.left + (index - column) * at.cell, at.top, at.cell, at.size);
    };
    if (spec.node >= 0) band(spec.order.indexOf(spec.node), palette.ink, 1.25);
    if (spec.edge >= 0) {
      const n = spec.order.length;
      outlined(spec.order.indexOf(Math.floor(spec.edge / n)), spec.order.indexOf(spec.edge % n), 2.5, palette.accent);
    }
    if (this.hover && this.hover.row >= 0 && this.hover.column >= 0) outlined(this.hover.row, this.hover.column, 1.5, palette.ink);
    if (this.cursor && document.activeElement === this.top) outlined(this.cursor.row, this.cursor.column, 2.5, palette.accent);
    this.write();
  }

  write() {
    const shown = this.hover && this.hover.row >= 0 && this.hover.column >= 0 ? this.hover : document.activeElement === this.top ? this.cursor : null;
    if (shown) this.readout.textContent = this.spec.words(this.cellAt(shown));
    else if (this.spec.edge >= 0) this.readout.textContent = this.spec.words(this.spec.edge);
    else this.readout.textContent = "";
  }

  pointAt(event) {
    if (!this.at) return;
    const box = this.top.getBoundingClientRect();
    const place = (offset, start, first) => {
      const i = Math.floor((offset - start) / this.at.cell);
      return i >= 0 && i < this.window.count ? first + i : -1;
    };
    const row = place(event.clientY - box.top, this.at.top, this.window.row);
    const column = place(event.clientX - box.left, this.at.left, this.window.column);
    this.hover = row < 0 && column < 0 ? null : { row, column };
    this.drawTop();
  }

  key(event) {
    const n = this.spec.order.length;
    const step = event.shiftKey ? 10 : 1;
    const moves = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step], Home: [0, -n], End: [0, n], PageUp: [-n, 0], PageDown: [n, 0] };
    this.cursor ??= { row: 0, column: 0 };
    if (moves[event.key]) {
      const [down, right] = moves[event.key];
      const within = (i) => Math.min(n - 1, Math.max(0, i));
      this.cursor = { row: within(this.cursor.row + down), column: within(this.cursor.column + right) };
      this.follow();
      this.hover = null;
      this.say();
    } else if (event.key === "Enter" || event.key === " ") this.spec.pick(this.cellAt(this.cursor));
    else if (event.key === "+" || event.key === "=") this.zoom(0.5);
    else if (event.key === "-") this.zoom(2);
    else if (event.key === "0") this.zoom(Infinity);
    else if (event.key === "Escape") change({ neuron: "", edge: "" });
    else return;
    event.preventDefault();
  }

  say() {
    this.drawTop();
    announce(this.spec.words(this.cellAt(this.cursor)));
  }

  // Keep the cursor inside the window.
  follow() {
    const { count } = this.window;
    const inside = (i, first) => Math.min(Math.max(first, i - count + 1), i);
    const moved = { row: inside(this.cursor.row, this.window.row), column: inside(this.cursor.column, this.window.column), count };
    if (moved.row === this.window.row && moved.column === this.window.column) return;
    this.window = moved;
    this.draw();
  }

  zoom(factor) {
    const n = this.spec.order.length;
    const count = Math.min(n, Math.max(8, Math.round(this.window.count * factor)));
    const middle = this.cursor ?? { row: this.window.row + this.window.count / 2, column: this.window.column + this.window.count / 2 };
    const first = (i) => Math.min(n - count, Math.max(0, Math.round(i - count / 2)));
    this.window = { row: first(middle.row), column: first(middle.column), count };
    this.draw();
  }
}

// Marks inside a cell. "light" and "dark" say the colour that stands out.
function drawTexture(context, kind, x, y, size) {
  const palette = colours();
  const [word, tone] = kind.split(" ");
  const [cx, cy] = [x + size / 2, y + size / 2];
  const ink = tone === "light" ? "#ffffff" : "#111111";
  if (word === "hatch") {
    context.fillStyle = palette.paper;
    context.fillRect(x, y, size, size);
    context.strokeStyle = palette.hatch;
    context.lineWidth = 1;
    context.beginPath();
    for (const part of [0.33, 0.66, 1]) {
      context.moveTo(x + 0.5, y + size * part);
      context.lineTo(x + size * part, y + 0.5);
    }
    context.moveTo(x + size * 0.5, y + size - 0.5);
    context.lineTo(x + size - 0.5, y + size * 0.5);
    context.stroke();
    return;
  }
  context.fillStyle = context.strokeStyle = ink;
  context.lineWidth = Math.max(1, size / 11);
  context.beginPath();
  if (word === "fwer") context.arc(cx, cy, size * 0.19, 0, 2 * Math.PI);
  if (word === "fdr") context.arc(cx, cy, size * 0.19, 0, 2 * Math.PI);
  if (word === "minus" || word === "plus") {
    context.moveTo(cx - size * 0.25, cy);
    context.lineTo(cx + size * 0.25, cy);
  }
  if (word === "plus") {
    context.moveTo(cx, cy - size * 0.25);
    context.lineTo(cx, cy + size * 0.25);
  }
  if (word === "fwer") context.fill(); else context.stroke();
}
