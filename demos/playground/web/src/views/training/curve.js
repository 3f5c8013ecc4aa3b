// The loss at each step, on what is trained on and on what is held out.

import { check, make } from "../../dom.js";
import { written } from "./numbers.js";

const ROOM = { left: 44, right: 8, top: 10, bottom: 22 };

export function curve(parent, { dark, went }) {
  const canvas = make("canvas", { className: "curve", role: "img" });
  const log = check("logarithmic", false, (on) => ((isLog = on), draw()));
  const legend = make("p", { className: "legend-line quiet" }, make("span", { className: "key solid", textContent: "to train on" }), make("span", { className: "key dashed", textContent: "held out" }), log.label);
  parent.append(canvas, legend);
  let points = [];
  let at = 0;
  let isLog = false;

  function draw() {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio)) [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const brush = canvas.getContext("2d");
    brush.setTransform(ratio, 0, 0, ratio, 0, 0);
    brush.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas);
    const [ink, line, muted] = ["--ink", "--line", "--muted"].map((name) => style.getPropertyValue(name).trim());
    const [held, train] = dark() ? ["#ffa05c", "#6cc0f5"] : ["#c2500a", "#0072b2"];
    const losses = points.flatMap(([, a, b]) => [a, b]).filter((x) => Number.isFinite(x) && (!isLog || x > 0));
    if (!losses.length) return;
    const sorted = [...losses].sort((a, b) => a - b);
    const most = Math.max(sorted.at(-1), 1e-12);
    const least = isLog ? Math.max(sorted[0], 1e-12) : 0;
    const scale = (x) => (isLog ? Math.log(Math.max(x, 1e-12) / least) / (Math.log(most / least) || 1) : x / most);
    const end = Math.max(points.at(-1)[0], at, 1);
    const left = (step) => ROOM.left + (step / end) * (width - ROOM.left - ROOM.right);
    const top = (loss) => height - ROOM.bottom - Math.min(scale(loss), 1) * (height - ROOM.top - ROOM.bottom);
    brush.font = "11px system-ui, sans-serif";
    brush.fillStyle = muted;
    brush.strokeStyle = line;
    brush.lineWidth = 1;
    brush.textAlign = "right";
    brush.textBaseline = "middle";
    for (const share of [0, 0.5, 1]) {
      const loss = isLog ? least * (most / least) ** share : most * share;
      brush.beginPath();
      brush.moveTo(ROOM.left, top(loss));
      brush.lineTo(width - ROOM.right, top(loss));
      brush.stroke();
      brush.fillText(written(Number(loss.toPrecision(2))), ROOM.left - 5, top(loss));
    }
    brush.textBaseline = "alphabetic";
    brush.textAlign = "left";
    brush.fillText("step 0", ROOM.left, height - 6);
    brush.textAlign = "right";
    brush.fillText(String(end), width - ROOM.right, height - 6);
    const part = (which, colour, dashes) => {
      brush.strokeStyle = colour;
      brush.lineWidth = 2;
      brush.lineJoin = "round"; // a mitre at a peak would reach below 0
      brush.setLineDash(dashes);
      brush.beginPath();
      let down = false;
      for (const point of points) {
        if (!Number.isFinite(point[which])) down = false;
        else if (down) brush.lineTo(left(point[0]), top(point[which]));
        else brush.moveTo(left(point[0]), top(point[which]));
        down = Number.isFinite(point[which]);
      }
      brush.stroke();
      brush.setLineDash([]);
    };
    part(2, held, [5, 3]);
    part(1, train, []);
    brush.strokeStyle = ink;
    brush.lineWidth = 1;
    brush.beginPath();
    brush.moveTo(left(at), ROOM.top);
    brush.lineTo(left(at), height - ROOM.bottom);
    brush.stroke();
  }

  canvas.addEventListener("click", ({ offsetX }) => {
    const end = Math.max(points.at(-1)?.[0] ?? 0, at, 1);
    const step = Math.round(((offsetX - ROOM.left) / (canvas.clientWidth - ROOM.left - ROOM.right)) * end);
    went(Math.max(0, Math.min(step, points.at(-1)?.[0] ?? 0)));
  });
  new ResizeObserver(draw).observe(canvas);
  document.addEventListener("twingrad-look", draw);

  return {
    get last() {
      return points.at(-1)?.[0] ?? -1;
    },
    get points() {
      return points;
    },
    show(step, more, fresh, furthest) {
      if (fresh) points = [];
      points.push(...more.map((point) => point.map(Number)));
      points = points.filter(([at]) => at <= furthest);
      at = step;
      const [, train, held] = points.findLast(([where]) => where <= step) ?? [0, NaN, NaN];
      canvas.ariaLabel = `Loss at each step: at step ${step} ${written(train)} on what is trained on${Number.isFinite(held) ? `, ${written(held)} on what is held out` : ""}`;
      draw();
    },
    get log() {
      return isLog;
    },
    set log(on) {
      log.box.checked = isLog = on;
      draw();
    },
  };
}
