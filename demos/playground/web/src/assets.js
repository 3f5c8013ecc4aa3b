// The files that the page needs, packed: beside the page, or inside it where it is a single file.

const single = document.getElementById("file:worker.js") !== null;

export async function asset(name) {
  const packed = await (single ? inside(name) : beside(name));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

function inside(name) {
  const block = document.getElementById(`file:${name}`);
  if (!block) throw new Error(`${name} is not in the page as one file: it is in the page on the web`);
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(block.textContent);
  const letters = atob(block.textContent);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

async function beside(name) {
  const response = await fetch(`files/${name}.gz`);
  if (!response.ok) throw new Error(`${name} could not be loaded: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}
