"use strict";

// Checks what was typed when asked, and saves it as a file. Printing and showing solutions need no script.

{
  const part = (id) => document.getElementById(id);
  const sheet = JSON.parse(part("data").textContent);
  const typed = () => sheet.questions.map((_, number) => part(`q${number}`).value.trim());

  function check() {
    const answers = typed();
    let right = 0;
    sheet.questions.forEach((question, number) => {
      const verdict = part(`v${number}`);
      const judged = answers[number] ? judge(question, answers[number], namesFor(question, sheet)) : { words: "" };
      if (judged.right) right += 1;
      verdict.textContent = judged.words;
      verdict.classList.toggle("right", Boolean(judged.right));
      if (answers[number] && !judged.right && question.hints.length) verdict.append(hintButton(question, verdict));
      part(`q${number}`).ariaInvalid = String(Boolean(answers[number]) && !judged.right);
    });
    const empty = answers.filter((answer) => !answer).length;
    part("result").textContent = `${right} of ${answers.length} right${empty ? `, ${empty} empty` : ""}.`;
  }

  // Tells one hint more each time.
  function hintButton({ ask, hints }, verdict) {
    const button = document.createElement("button");
    let told = 0;
    button.type = "button";
    button.className = "screen";
    button.textContent = "Hint";
    button.ariaLabel = `Hint for ${ask}`;
    button.addEventListener("click", () => {
      const line = document.createElement("p");
      part("result").textContent = line.textContent = hints[told++];
      button.before(line);
      if (told === hints.length) button.remove();
    });
    return button;
  }

  function save() {
    const name = part("name").value.trim();
    const answers = Object.fromEntries(typed().map((answer, number) => [sheet.questions[number].ask, answer]));
    const content = { sheet: sheet.key, title: sheet.title, source: sheet.source, name, answers };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
    link.download = `answers-${name.replace(/[^\p{L}\p{N}]+/gu, "-") || "nobody"}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
    part("result").textContent = `Saved as ${link.download}${name ? "" : ": write your name above, and save again"}.`;
  }

  part("check").addEventListener("click", check);
  part("save").addEventListener("click", save);
  part("print").addEventListener("click", () => print());
  part("how").textContent = howTo(sheet.questions, sheet.output);
  part("buttons").hidden = false;
}
