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
