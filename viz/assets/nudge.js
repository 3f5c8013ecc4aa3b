"use strict";

// A curve and its tangent: what the output does when one variable moves by h, beside what the gradient says.

const NUDGE = { width: 360, height: 200, left: 8, right: 8, top: 10, bottom: 24 };

// `places` and `values` make the curve, null where there is no number; `moved` is the output at x + h.
function drawNudge(svg, { x, value, slope, h, moved, places, values, words }) {
  const known = values.filter((y) => y !== null);
  const [low, high] = [Math.min(...known, value), Math.max(...known, value)];
  const room = (high - low || 1) * 0.08;
  const { width, height, left, right, top, bottom } = NUDGE;
  const [first, last] = [places[0], places.at(-1)];
  const across = (at) => left + ((at - first) / (last - first)) * (width - left - right);
  const down = (y) => height - bottom - ((y - low + room) / (high - low + 2 * room)) * (height - top - bottom);
  const tangent = (at) => value + slope * (at - x);
  const point = (at, y) => `${across(at).toFixed(1)},${down(y).toFixed(1)}`;
  let pen = "M";
  let curve = "";
  places.forEach((at, i) => {
    if (values[i] === null) return void (pen = "M");
    curve += pen + point(at, values[i]);
    pen = "L";
  });
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", words);
  svg.replaceChildren(
    part("path", { class: "axis", d: `M${left},${height - bottom}H${width - right}` }),
    part("path", { class: "curve", d: curve }),
    part("path", { class: "tangent", d: `M${point(first, tangent(first))}L${point(last, tangent(last))}` }),
    part("circle", { class: "at", cx: across(x), cy: down(value), r: 4 }),
    ...(moved === null
      ? []
      : [
          part("path", { class: "gap", d: `M${point(x + h, moved)}L${point(x + h, tangent(x + h))}` }),
          part("circle", { class: "moved", cx: across(x + h), cy: down(moved), r: 4 }),
        ]),
    part("text", { x: left, y: height - 8 }, short(first)),
    part("text", { x: across(x), y: height - 8, "text-anchor": "middle" }, short(x)),
    part("text", { x: width - right, y: height - 8, "text-anchor": "end" }, short(last)),
  );
}

function part(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

const rounded = (number, digits) => (Number.isInteger(number) ? number : Number(number.toPrecision(digits)));

// A number as Python writes it: so many digits, whole ones in full, and a minus sign that is one.
function short(number, digits = 4) {
  const near = rounded(number, digits);
  const power = Math.floor(Math.log10(Math.abs(near)));
  const plain = Number.isInteger(number) || (power >= -4 && power < digits);
  const text = plain ? String(near) : near.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return text === "-0" ? "0" : text.replaceAll("-", "−");
}

const factor = (number, digits) => (number < 0 ? `(${short(number, digits)})` : short(number, digits));

// "a ∘ b = result", with as many digits of a and b as give the result as it is written.
function equation(sign, [a, b], compute, name = factor) {
  const result = short(compute(a, b));
  let digits = 4;
  while (digits < 17 && short(compute(rounded(a, digits), rounded(b, digits))) !== result) digits += 1;
  return `${name(a, digits)} ${sign} ${factor(b, digits)} = ${result}`;
}

// What the picture shows, in words.
function nudgeWords({ name, output, x, value, slope, h, moved }) {
  const start = `${name} moves: ${equation("+", [x, h], (a, b) => a + b, short)}, h = ${short(h)}. `;
  const linear = `Gradient · h = ${equation("·", [slope, h], (a, b) => a * b)}.`;
  if (moved === null) return `${start}${output} has no value there. ${linear}`;
  return `${start}Δ${output} = ${equation("−", [moved, value], (a, b) => a - b, short)}. ${linear}`;
}
