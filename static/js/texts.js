/* The editor of a text: fields go in where the caret is, by click or by typing; a mistake puts the caret on itself. */
const form = document.getElementById("text-form");
const finder = document.querySelector("[data-field-find]");
const words = [...(form?.querySelectorAll("#id_subject, #id_body") ?? [])];
let last = form?.querySelector("#id_body");

for (const one of words) one.addEventListener("focus", () => { last = one; });

function insert(text) {
  if (!last) return;
  const at = last.selectionEnd;
  last.setRangeText(text, last.selectionStart, at, "end");
  last.focus();
  const quotes = text.indexOf('""');
  const middle = text.indexOf("%}{%");
  const back = quotes >= 0 ? text.length - quotes - 1 : middle >= 0 ? text.length - middle - 2 : 0;
  if (back) last.setSelectionRange(last.selectionEnd - back, last.selectionEnd - back);
  last.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (button) insert(button.dataset.insert);
});

const rows = [...document.querySelectorAll(".merge-fields li")];
finder?.addEventListener("input", (event) => {
  event.stopPropagation();
  const typed = finder.value.trim().toLowerCase();
  for (const row of rows) row.hidden = !row.dataset.words.toLowerCase().includes(typed);
});
finder?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { finder.value = ""; for (const row of rows) row.hidden = false; last?.focus(); }
  if (event.key !== "Enter") return;
  event.preventDefault();
  const first = rows.find((row) => !row.hidden);
  if (!first) return;
  finder.value = "";
  for (const row of rows) row.hidden = false;
  insert(first.querySelector("[data-insert]").dataset.insert);
});

const place = form?.dataset.position;
const wrong = form?.querySelector(form?.dataset.part === "subject" ? "#id_subject" : "#id_body");
if (place && wrong) {
  wrong.focus();
  wrong.setSelectionRange(Number(place), Number(place) + Math.max(1, wrong.value.slice(Number(place)).search(/[\s}|%]|$/)));
}
