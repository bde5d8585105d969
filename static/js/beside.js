/* What is in focus in a list is shown beside it, where there is room. */
const preview = document.getElementById("preview");
const wide = matchMedia("(min-width: 62.01rem)");
let shown = "";
let timer = 0;

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-preview]");
  if (!row || !wide.matches || row.dataset.preview === shown) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    shown = row.dataset.preview;
    document.querySelectorAll(".row.is-on").forEach((other) => other.classList.toggle("is-on", other === row));
    window.htmx.ajax("GET", shown, { target: preview, swap: "innerHTML" });
  }, 90);
});
