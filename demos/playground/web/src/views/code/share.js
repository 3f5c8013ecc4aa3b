// What a person takes along: a link, the whole page as one file, a notebook.

import { save } from "../../dom.js";
import { pack } from "../../state.js";

const pristine = document.getElementById("file:worker.js") && document.cloneNode(true); // of the single file, as it was

export async function link(state) {
  return `${location.href.split("#")[0]}#${await pack(state)}`;
}

// The page as one file that works without a network, with this state in it.
export async function download(state) {
  const page = pristine ?? (await complete());
  page.getElementById("state").textContent = JSON.stringify(state).replaceAll("<", "\\u003c");
  save("twingrad-playground.html", "text/html", `<!DOCTYPE html>\n${page.documentElement.outerHTML}\n`);
}

async function complete() {
  const response = await fetch("twingrad.html");
  if (!response.ok) throw new Error(`the page as one file is not here: ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

export function notebook(source, output) {
  const cell = (text) => ({ cell_type: "code", execution_count: null, metadata: {}, outputs: [], source: text });
  const told = (text) => ({ cell_type: "markdown", metadata: {}, source: text });
  const cells = [
    told("Made in twingrad's playground. It needs `pip install twingrad[demos]`, here or in the cell's terminal."),
    cell(`import random\n\nrandom.seed(0)  # as in the playground`),
    cell(source),
    ...(output ? [cell(`import viz\n\nviz.draw(${output}, messages=True)`), cell(`print(${output}.chain_rule())`), cell(`viz.player(${output})`)] : []),
  ];
  const kernelspec = { display_name: "Python 3", language: "python", name: "python3" };
  const whole = { cells, metadata: { kernelspec, language_info: { name: "python" } }, nbformat: 4, nbformat_minor: 4 };
  save("twingrad.ipynb", "application/x-ipynb+json", JSON.stringify(whole, null, 1));
}
