/* The reply page: the button counts the picked times. */
const form = document.getElementById("answer-form");
const says = form?.querySelector("[data-says]");
const boxes = [...(form?.querySelectorAll("input[name=slots]") ?? [])];

function count() {
  const words = says.dataset.says.split("|");
  const picked = boxes.filter((box) => box.checked).length;
  says.textContent = words[picked] ?? `Send the ${picked} times`;
}

if (says && boxes.length) {
  form.addEventListener("change", count);
  count();
}

/* a time that is picked or dropped comes into the words or goes out of them */
const words = document.getElementById("id_body");
for (const box of boxes) {
  box.addEventListener("change", () => {
    const line = box.dataset.line;
    const others = boxes.map((other) => other.dataset.line);
    const lines = words.value.split("\n");
    if (!box.checked) { words.value = lines.filter((one) => one !== line).join("\n"); return; }
    if (lines.includes(line)) return;
    const last = lines.findLastIndex((one) => others.includes(one));
    if (last >= 0) { lines.splice(last + 1, 0, line); words.value = lines.join("\n"); }
  });
}

/* another draft takes the place of words nobody has touched, and comes in where one types otherwise; a paragraph always does */
function put(text, whole) {
  const kept = Number(form.dataset.version ?? 0) > 0; // what stands there was typed before
  const untouched = words.value.trim() === "" || (words.value === words.defaultValue && !kept);
  if (whole && untouched) { words.value = text; words.defaultValue = text; }
  else words.setRangeText(text, words.selectionStart, words.selectionEnd, "end");
  words.dispatchEvent(new Event("input", { bubbles: true }));
  words.focus();
}

for (const one of document.querySelectorAll("[data-whole], [data-paragraph]")) {
  one.hidden = false;
  one.addEventListener("click", (event) => {
    event.preventDefault();
    put(one.dataset.whole ?? one.dataset.paragraph, "whole" in one.dataset);
  });
}
