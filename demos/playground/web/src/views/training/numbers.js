// Numbers as the page writes them, four digits like the engine's own.

export function written(x) {
  const number = Number(x);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞";
  if (number === 0) return "0";
  const size = Math.abs(number);
  const text = size >= 1e5 || size < 1e-4 ? number.toExponential(2).replace("e+", "e") : String(Number(number.toPrecision(4)));
  return text.replaceAll("-", "−");
}

export const short = (x) => {
  const number = Number(x);
  if (!Number.isFinite(number) || Math.abs(number) >= 1000) return written(x);
  if (number !== 0 && Math.abs(number) < 0.005) return number.toExponential(0).replaceAll("-", "−");
  return number.toFixed(2).replace("-", "−");
};
