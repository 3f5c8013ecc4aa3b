"use strict";
// The engine filter of the index. Without scripts it stays hidden, and every card is shown.
const filter = document.querySelector(".filter");
const cards = [...document.querySelectorAll(".card")];
const courses = [...document.querySelectorAll(".course")];

function show() {
  const wanted = filter.querySelector("input:checked").value.split(" ").filter(Boolean);
  for (const card of cards) {
    const engines = card.dataset.engines.split(" ");
    card.hidden = !wanted.every((engine) => engines.includes(engine));
  }
  for (const course of courses) course.hidden = !course.querySelector(".card:not([hidden])");
  const shown = cards.filter((card) => !card.hidden).length;
  document.getElementById("count").textContent = shown === 1 ? "1 example" : `${shown} examples`;
}

filter.hidden = false;
filter.addEventListener("change", show);
show(); // a reload keeps the reader's choice
