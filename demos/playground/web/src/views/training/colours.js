// From a byte to a colour: orange for what is negative or of class 0, blue for what is positive or of class 1.

const SCHEMES = {
  light: { low: [221, 110, 30], middle: [252, 252, 253], high: [20, 118, 190] },
  dark: { low: [232, 128, 58], middle: [24, 29, 36], high: [72, 160, 224] },
};
export const KINDS = { light: ["#c2500a", "#005f9e"], dark: ["#ffa05c", "#6cc0f5"] };

const tables = new Map();

// The 256 colours as numbers, in the order of a picture's bytes: red first, where the machine puts the low byte first.
function table(scheme, strength) {
  const key = scheme + strength;
  if (!tables.has(key)) {
    const { low, middle, high } = SCHEMES[scheme];
    const colours = Uint32Array.from({ length: 256 }, (_, byte) => {
      const share = Math.min(Math.abs(byte - 128) / 127, 1) * strength;
      const end = byte < 128 ? low : high;
      const [red, green, blue] = middle.map((x, i) => Math.round(x + share * (end[i] - x)));
      return (255 << 24) | (blue << 16) | (green << 8) | red;
    });
    tables.set(key, colours);
  }
  return tables.get(key);
}

export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// Paints a square grid of bytes on a canvas, a pixel for each; paler where points lie upon it.
export function paint(canvas, grid, scheme, strength = 0.92) {
  const side = Math.round(Math.sqrt(grid.length));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const brush = canvas.getContext("2d");
  const picture = brush.createImageData(side, side);
  const colours = table(scheme, strength);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < grid.length; i++) pixels[i] = colours[grid[i]];
  brush.putImageData(picture, 0, 0);
}
