// The files that the page needs, packed: beside the page, or inside it where it is a single file.

export async function asset(name) {
  const packed = await (inside(name) ?? beside(name));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

function inside(name) {
  const block = document.getElementById(`file:${name}`);
  return block && Uint8Array.from(atob(block.textContent), (letter) => letter.charCodeAt(0));
}

async function beside(name) {
  const response = await fetch(`files/${name}.gz`);
  if (!response.ok) throw new Error(`${name} could not be loaded: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}
