// Start: read the address, wire the controls, draw what is on the screen.

function startNetwork() {
  if (!networks.length) return;
  listenToControls();
  listenToDifference();
  listenToNeuron();
  listenToTables();
  addView($("network"), drawControls);
  addView($("matrix"), drawMatrix);
  addView($("card"), drawNeuron);
  addView($("bipartite"), drawBipartite);
  addView($("graph"), drawGraph);
  addView($("difference-part"), drawDifference);
  addView($("table"), drawTables);
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

// Draw what is below the screen one view at a time, so that nothing moves when the reader scrolls.
function drawRest() {
  const view = views.find((each) => each.due && each.element.checkVisibility());
  if (!view) {
    document.documentElement.dataset.complete = "yes";
    return;
  }
  view.due = false;
  view.draw();
  setTimeout(drawRest, 0);
}

readAddress();
showTheme();
startNetwork();
startLearning();
startLinks();
startPrinting();
addEventListener("hashchange", () => { readAddress(); showTheme(); });
addEventListener("resize", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
drawSoon();
requestAnimationFrame(() => requestAnimationFrame(() => {
  performance.mark("infoscope-ready");
  document.documentElement.dataset.ready = "yes";
  drawRest();
}));
