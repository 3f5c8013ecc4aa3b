// SVG, MathML and tables as elements of the page: parsed, then rebuilt of what is known to be harmless.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set("svg g path polygon polyline ellipse circle rect line text tspan title".split(" "));
const TOLD = new Set(
  "table thead tbody tr th td span p math mrow mi mn mo ms mtext mfrac msup msub msubsup mover munder msqrt".split(" "),
);
const ATTRIBUTES = new Set(
  (
    "class d points fill stroke stroke-width stroke-dasharray stroke-opacity fill-opacity transform viewBox width height x y " +
    "x1 y1 x2 y2 cx cy r rx ry text-anchor font-family font-size font-weight font-style textLength " +
    "scope colspan accent form stretchy"
  ).split(" "),
);

// An <svg> element of SVG text. Throws where there is none.
export function svgOf(text) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (root.localName !== "svg") throw new Error("expected a picture in SVG");
  return rebuilt(root, DRAWN);
}

// The rows of a table in text.
export function rowsOf(text) {
  const table = new DOMParser().parseFromString(text, "text/html").querySelector("tbody");
  return table ? [...rebuilt(table, TOLD).children] : [];
}

function rebuilt(part, known) {
  const made = document.createElementNS(part.namespaceURI, part.localName);
  for (const { name, value } of part.attributes) if (ATTRIBUTES.has(name)) made.setAttribute(name, value);
  for (const child of part.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) made.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE && known.has(child.localName)) made.append(rebuilt(child, known));
  }
  return made;
}

// Makes `shown` what `wanted` is without replacing it, where they differ in numbers and places alone; whether they do.
export function morphed(shown, wanted) {
  if (!alike(shown, wanted)) return false;
  change(shown, wanted, shown.namespaceURI === SVG);
  return true;
}

function alike(a, b) {
  if (a.nodeType !== b.nodeType || a.localName !== b.localName || a.childNodes.length !== b.childNodes.length) return false;
  if (a.getAttribute?.("class") !== b.getAttribute?.("class") && a.localName !== "svg") return false;
  return [...a.childNodes].every((child, position) => alike(child, b.childNodes[position]));
}

function change(a, b, isRoot) {
  if (a.nodeType === Node.TEXT_NODE) {
    if (a.data !== b.data) a.data = b.data;
    return;
  }
  for (const { name, value } of b.attributes) {
    if (isRoot && ["class", "style", "width", "height"].includes(name)) continue; // the window's own
    if (a.getAttribute(name) !== value) a.setAttribute(name, value);
  }
  a.childNodes.forEach((child, position) => change(child, b.childNodes[position], false));
}
