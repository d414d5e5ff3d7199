// Colours of values: rising lightness in OKLCH, so that order shows without hue and in grey.

const probe = document.body.appendChild(document.createElement("span"));
probe.hidden = true;

function cssColour(name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((light) => {
    const clipped = Math.min(1, Math.max(0, light));
    const encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
    return Math.round(255 * encoded);
  });
}

// A share from 0 to 1 of the largest value; 0 is close to the paper in both themes.
function sequential(share, dark) {
  return dark
    ? oklch(0.24 + 0.7 * share, 0.02 + 0.13 * Math.sin(Math.PI * Math.min(1, 0.15 + 0.8 * share)), 285 - 185 * share)
    : oklch(0.965 - 0.695 * share, 0.012 + 0.12 * Math.sin(Math.PI * Math.min(1, 0.1 + 0.75 * share)), 100 + 165 * share);
}

// A share from -1 to 1; the sign is repeated by a stroke or a cross where there is room.
function diverging(share, dark) {
  const size = Math.abs(share);
  const hue = share < 0 ? 55 : 255;
  return dark
    ? oklch(0.24 + 0.56 * size, 0.015 + 0.125 * size, hue)
    : oklch(0.965 - 0.5 * size, 0.01 + 0.14 * size, hue);
}

const packed = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r;
const css = ([r, g, b]) => `rgb(${r},${g},${b})`;
const rgbOf = (text) => text.match(/[\d.]+/g).slice(0, 3).map(Number);
const mixed = (a, b, share) => a.map((v, i) => Math.round(v + (b[i] - v) * share));
const luminance = ([r, g, b]) => (0.299 * r + 0.587 * g + 0.114 * b) / 255;

// Tables of 256 colours, made anew when the theme changes.
let palette = null;

function colours() {
  if (palette) return palette;
  const dark = isDark();
  const paper = rgbOf(cssColour("--paper"));
  const ramp = (from, to, map) =>
    Array.from({ length: 256 }, (_, i) => map(from + ((to - from) * i) / 255, dark));
  const kept = ramp(0, 1, sequential);
  const change = ramp(-1, 1, diverging);
  palette = {
    dark,
    kept,
    faint: kept.map((colour) => mixed(colour, paper, 0.72)),
    change,
    changeFaint: change.map((colour) => mixed(colour, paper, 0.72)),
    paper: css(paper),
    paperPacked: packed(paper),
    impossible: packed(rgbOf(cssColour("--faint"))),
    hatchPacked: packed(rgbOf(cssColour("--hatch"))),
    impossibleCss: cssColour("--faint"),
  };
  for (const name of ["ink", "soft", "rule", "accent", "hatch", "raised"]) palette[name] = cssColour(`--${name}`);
  palette.roles = Array.from({ length: 6 }, (_, i) => cssColour(`--role-${i}`));
  for (const name of ["kept", "faint", "change", "changeFaint"]) {
    palette[`${name}Packed`] = Int32Array.from(palette[name], packed);
  }
  return palette;
}

const roleColour = (number) => colours().roles[Math.min(number, 5)];
const SHAPES = ["square", "circle", "diamond", "triangle", "pentagon", "hexagon"];
const roleShape = (number) => SHAPES[Math.min(number, 5)];

// The outline of a role's mark around a point.
function shapePath(context, shape, x, y, size) {
  const corners = { square: [4, Math.PI / 4, 1.2], diamond: [4, 0, 1.3], triangle: [3, -Math.PI / 2, 1.25], pentagon: [5, -Math.PI / 2, 1.15], hexagon: [6, 0, 1.1] }[shape];
  context.beginPath();
  if (!corners) {
    context.arc(x, y, size, 0, 2 * Math.PI);
    return;
  }
  const [count, turn, factor] = corners;
  for (let i = 0; i < count; i++) {
    const angle = turn + (2 * Math.PI * i) / count;
    context.lineTo(x + factor * size * Math.cos(angle), y + factor * size * Math.sin(angle));
  }
  context.closePath();
}
