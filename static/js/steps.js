/* Steps by keyboard and by dragging: Alt with an arrow moves the step one is in, Alt D copies it. The buttons do the work. */
const PRESSES = { ArrowUp: "[data-up]", ArrowDown: "[data-down]", d: "[data-copy]", D: "[data-copy]" };

document.addEventListener("keydown", (event) => {
  const wanted = event.altKey && !event.ctrlKey && !event.metaKey ? PRESSES[event.key] : null;
  const button = wanted ? event.target.closest?.("[data-step]")?.querySelector(wanted) : null;
  if (!button) return;
  event.preventDefault();
  event.stopPropagation();
  button.click();
}, true);

/* After a click the step that moved keeps the focus. */
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "sequence-editor" || event.detail?.elt?.id === "sequence-editor") document.querySelector("#sequence-editor [autofocus]")?.focus();
});
