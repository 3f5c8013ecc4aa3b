// The plane: what the network says of each place, the points, and a finger or the keyboard that chooses and sets them.

import { make } from "../../dom.js";
import { bytes, KINDS, paint } from "./colours.js";
import { short } from "./numbers.js";

const NEAR = 0.12; // of the plane's half width: how near a press is to a point that it means
const PALE = 0.6; // the strength of the plane's colours, below those of the points
const MOVE = 0.1; // of the plane's half width, of the cross at a key

export function plane(parent, { reach, dark, chosen, set, removed }) {
  const canvas = make("canvas", { ariaHidden: "true" });
  const box = make("div", { className: "plane", role: "application", tabIndex: 0 }, canvas);
  const axes = make("p", { className: "axes quiet" });
  parent.append(box, axes);
  const grid = document.createElement("canvas");
  let shown = null; // the latest bytes
  let points = [];
  let train = 0;
  let selected = 0;
  let drawing = null; // the class that a press sets, "erase", or null where it chooses
  let cross = [0, 0];

  const scheme = () => (dark() ? "dark" : "light");
  const place = ([x, y], size) => [((x / reach + 1) / 2) * size, ((1 - y / reach) / 2) * size];

  function draw() {
    const size = Math.round((box.clientWidth || 320) * Math.min(devicePixelRatio || 1, 2));
    if (!size) return;
    if (canvas.width !== size) canvas.width = canvas.height = size;
    const brush = canvas.getContext("2d");
    brush.clearRect(0, 0, size, size);
    brush.imageSmoothingQuality = "high";
    if (shown) brush.drawImage(grid, 0, 0, size, size);
    const unit = size / 100;
    const colours = KINDS[scheme()];
    const halo = scheme() === "dark" ? "#0e1216" : "#ffffff";
    points.forEach(([x, y, kind], i) => {
      const [left, top] = place([x, y], size);
      brush.beginPath();
      if (i < train) brush.arc(left, top, 1.35 * unit, 0, 7);
      else brush.rect(left - 1.15 * unit, top - 1.15 * unit, 2.3 * unit, 2.3 * unit);
      brush.lineWidth = 0.55 * unit;
      brush.fillStyle = i < train ? colours[kind] : halo;
      brush.strokeStyle = i < train ? halo : colours[kind];
      brush.fill();
      brush.stroke();
    });
    if (points[selected] && drawing === null) ring(brush, place(points[selected], size), unit);
    if (drawing !== null && document.activeElement === box) ring(brush, place(cross, size), unit, true);
  }

  function ring(brush, [left, top], unit, isCross = false) {
    brush.strokeStyle = scheme() === "dark" ? "#ffffff" : "#1b1f24";
    brush.lineWidth = 0.6 * unit;
    brush.beginPath();
    brush.arc(left, top, 2.7 * unit, 0, 7);
    if (isCross) {
      brush.moveTo(left - 5 * unit, top);
      brush.lineTo(left + 5 * unit, top);
      brush.moveTo(left, top - 5 * unit);
      brush.lineTo(left, top + 5 * unit);
    }
    brush.stroke();
  }

  function where({ clientX, clientY }) {
    const { left, top, width, height } = box.getBoundingClientRect();
    return [reach * ((2 * (clientX - left)) / width - 1), reach * (1 - (2 * (clientY - top)) / height)];
  }

  function nearest([x, y]) {
    let found = -1;
    let best = (NEAR * reach) ** 2;
    points.forEach(([px, py], i) => {
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < best) [found, best] = [i, distance];
    });
    return found;
  }

  function press(at) {
    if (drawing === "erase") {
      const found = nearest(at);
      if (found >= 0) removed(points[found]);
    } else if (drawing !== null) set([...at.map((x) => Number(x.toFixed(3))), drawing]);
    else {
      const found = nearest(at);
      if (found >= 0) chosen(found);
    }
  }

  let last = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    press((last = where(event)));
    if (drawing !== null) box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (!box.hasPointerCapture?.(event.pointerId) || drawing === null) return;
    const at = where(event);
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) < 0.09 * reach || Math.max(...at.map(Math.abs)) > reach) return;
    press((last = at));
  });
  box.addEventListener("keydown", (event) => {
    const [right, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (drawing === null) {
      if (right || up) chosen((selected + (right + up > 0 ? 1 : -1) + points.length) % Math.max(points.length, 1));
      else if (event.key === "Enter") chosen(selected, true);
      else return;
    } else if (right || up) {
      cross = [cross[0] + right * MOVE * reach, cross[1] + up * MOVE * reach].map((x) => Math.max(-reach, Math.min(reach, x)));
      draw();
    } else if (event.key === "Enter" || event.key === " ") press(cross);
    else if (event.key === "Delete" || event.key === "Backspace") {
      const found = nearest(cross);
      if (found >= 0) removed(points[found]);
    } else return;
    event.preventDefault();
    label();
  });
  box.addEventListener("focus", draw);
  box.addEventListener("blur", draw);
  new ResizeObserver(draw).observe(box);
  document.addEventListener("twingrad-look", () => {
    if (shown) paint(grid, shown, scheme(), PALE);
    draw();
  });

  function label() {
    const [x, y, kind] = points[selected] ?? [0, 0, 0];
    box.ariaLabel =
      drawing === null
        ? `The plane with ${points.length} points, ${train} of them to train on. Arrow keys choose a point: number ${selected + 1}, x ${short(x)}, y ${short(y)}, class ${kind}`
        : `The plane, to set points. Arrow keys move the cross: x ${short(cross[0])}, y ${short(cross[1])}. Enter sets a point, Delete removes one`;
  }

  return {
    box,
    // What the network says of each place, 0 to 255.
    paint(text) {
      paint(grid, (shown = bytes(text)), scheme(), PALE);
      draw();
    },
    clear() {
      shown = null;
      draw();
    },
    points(given, count, columns, scaled) {
      [points, train] = [given, count];
      const [x, y] = columns;
      axes.textContent = scaled
        ? `→ ${x}, from ${short(scaled[0][0] - reach * scaled[1][0])} to ${short(scaled[0][0] + reach * scaled[1][0])};  ↑ ${y}, from ${short(scaled[0][1] - reach * scaled[1][1])} to ${short(scaled[0][1] + reach * scaled[1][1])}; scaled to the plane`
        : `→ ${x} and ↑ ${y}, from −${reach} to ${reach}`;
      label();
      draw();
    },
    select(i) {
      selected = i;
      label();
      draw();
    },
    set drawing(kind) {
      drawing = kind;
      box.classList.toggle("drawing", kind !== null);
      label();
      draw();
    },
    draw,
  };
}
