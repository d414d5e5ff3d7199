// Start: read the address, wire the controls, draw what is on the screen.

function startNetwork() {
  if (!networks.length) return;
  listenToControls();
  listenToDifference();
  listenToNeuron();
  listenToTables();
  const every = ["theme", "network", "measure", "lag", "order", "rule", "neuron", "edge"];
  addView($("network"), drawControls, every);
  addView($("matrix"), drawMatrix, every);
  addView($("card"), drawNeuron, every);
  addView($("bipartite"), drawBipartite, every);
  addView($("graph"), drawGraph, every);
  addView($("difference-part"), drawDifference, [...every, "first", "second"]);
  addView($("table"), drawTables, [...every, "table", "sort"]);
}

function showTheme() {
  applyTheme();
  setSegments($("theme"), ["auto", "light", "dark"].map((each) => [each, each]), state.theme, (theme) => {
    change({ theme });
    showTheme();
  });
  $("theme").hidden = false;
  redraw();
}

// On paper, pictures replace canvases: printers repeat their strokes, and lose translucent ones.
let printing = false;
const printed = (src) => make("img", { className: "printed", alt: "", src });

function startPrinting() {
  let before = null;
  addEventListener("beforeprint", () => {
    before = state.theme;
    printing = true;
    state.theme = "light";
    applyTheme();
    for (const view of views) view.due = true;
    drawDue(true);
    for (const stack of document.querySelectorAll(".stack")) stack.append(printed(stack.firstChild.toDataURL()));
  });
  addEventListener("afterprint", () => {
    document.querySelectorAll(".printed").forEach((image) => image.remove());
    state.theme = before;
    printing = false;
    showTheme();
  });
}

// The address holds the choices, so links to parts scroll without touching it.
function startLinks() {
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const part = document.querySelector(link.getAttribute("href"));
      part.tabIndex = -1;
      part.focus({ preventScroll: true });
      part.scrollIntoView();
    });
  }
}

readAddress();
showTheme();
startNetwork();
startLearning();
startPictures();
startLinks();
startPrinting();
addEventListener("hashchange", () => { readAddress(); showTheme(); });
addEventListener("resize", () => redraw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
drawSoon();
requestAnimationFrame(() => requestAnimationFrame(() => {
  performance.mark("infoscope-ready");
  document.documentElement.dataset.ready = "yes";
}));
