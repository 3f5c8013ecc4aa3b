// The state of the page in its address: JSON, deflated, in base64. A link holds all of it.

const PAUSE = 300; // milliseconds; browsers limit how often the address may change
const MARK = "s=";

let timer = 0;
let own = ""; // the fragment that this page has written
let waiting = false; // whether a state is on its way into the address

export const kept = () => !waiting;

// The state of the address; trusted where this page itself wrote it, as after a reload.
export async function read() {
  const kept = document.getElementById("state");
  if (!location.hash && kept?.textContent.trim() !== "null") return { state: plain(JSON.parse(kept.textContent)), trusted: false };
  const state = await unpack(location.hash.slice(1));
  return { state: state ?? {}, trusted: !state || history.state?.own === location.hash };
}

export function hear(open) {
  addEventListener("hashchange", async () => {
    if (location.hash === own) return;
    clearTimeout(timer); // the old state, still on its way, must not overwrite this one
    const state = await unpack(location.hash.slice(1));
    if (state) open(state, false);
  });
}

export function keep(state) {
  clearTimeout(timer);
  waiting = true;
  timer = setTimeout(async () => {
    const mine = timer;
    own = `#${await pack(state)}`;
    if (mine !== timer) return; // there is a later one
    history.replaceState({ own }, "", own);
    waiting = false;
  }, PAUSE);
}

export async function pack({ trusted, ...state }) {
  const stream = new Blob([JSON.stringify(state)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return MARK + btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unpack(fragment) {
  const simple = Object.fromEntries(new URLSearchParams(fragment));
  if (simple.example) return { view: "code", code: { example: simple.example } };
  if (simple.training) return { view: "training", training: { preset: simple.training } };
  if (!fragment.startsWith(MARK)) return null;
  try {
    const letters = atob(fragment.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return plain(JSON.parse(await new Response(stream).text()));
  } catch {
    return null; // a link that was cut, or written by hand
  }
}

const plain = (state) => (state && typeof state === "object" && !Array.isArray(state) ? state : {});
