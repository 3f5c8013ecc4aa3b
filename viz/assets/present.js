"use strict";

// For a class: the whole screen, large type, and a switch between light and dark.

{
  const [present, scheme] = ["present", "scheme"].map((id) => document.getElementById(id));
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  // The picture's own button, where it has one, once the page has its new shape.
  const fit = () => requestAnimationFrame(() => document.querySelector("#picture .tools button")?.click());
  const setPresenting = (on) => {
    document.body.classList.toggle("presenting", on);
    present.ariaPressed = String(on);
    fit();
  };
  const isDark = () => (root.dataset.scheme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const nameScheme = () => (scheme.textContent = isDark() ? "Light" : "Dark");

  present.addEventListener("click", () => {
    const on = !document.body.classList.contains("presenting");
    setPresenting(on);
    if (on) root.requestFullscreen?.().catch(() => {}); // a frame may not be allowed to: then it fills the frame
    else if (document.fullscreenElement) document.exitFullscreen();
  });
  document.addEventListener("fullscreenchange", () => (document.fullscreenElement ? fit() : setPresenting(false))); // Escape
  scheme.addEventListener("click", () => {
    root.dataset.scheme = isDark() ? "light" : "dark";
    nameScheme();
  });
  prefersDark.addEventListener("change", nameScheme);
  nameScheme();
}
