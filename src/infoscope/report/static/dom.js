// Small helpers. Text from the data is only ever set as text, never parsed as markup.

const $ = (id) => document.getElementById(id);

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element && key !== "list") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

function svg(name, properties = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
  return element;
}

// Set the options of a select to (value, text) pairs, if they differ, and choose one.
function setOptions(select, options, chosen) {
  const key = JSON.stringify(options);
  if (select.dataset.key !== key) {
    select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
    select.dataset.key = key;
  }
  select.value = chosen;
  select.disabled = options.length < 2;
}

// Radio buttons that look like one bar, after the legend of a fieldset.
function setSegments(fieldset, options, chosen, onChange) {
  const key = JSON.stringify(options);
  if (fieldset.dataset.key !== key) {
    fieldset.dataset.key = key;
    fieldset.querySelectorAll("label").forEach((label) => label.remove());
    for (const [value, text] of options) {
      const input = make("input", { type: "radio", name: fieldset.id, value });
      input.addEventListener("change", () => onChange(value));
      fieldset.append(make("label", {}, input, make("span", {}, text)));
    }
  }
  for (const input of fieldset.querySelectorAll("input")) input.checked = input.value === chosen;
}

// Fit a canvas to a size in CSS pixels and return its cleared context.
function fit(canvas, width, height) {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

const FONT = getComputedStyle(document.body).fontFamily;
const setFont = (context, size, weight = 400) => { context.font = `${weight} ${size}px ${FONT}`; };

// A text cut to a width.
function clipped(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle; else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

// A library of the page, which runs when it is first needed: reading it takes most of the start.
function library(id, name) {
  if (!window[name]) document.head.append(make("script", { textContent: $(`library-${id}`).textContent }));
  return window[name];
}

function announce(text) {
  $("announcer").textContent = text;
}
