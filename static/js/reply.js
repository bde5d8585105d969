/* The reply page: the button counts the picked times, and another kind of meeting changes them where they stand. */
const form = document.getElementById("answer-form");
const boxes = () => [...(form?.querySelectorAll("input[name=slots]") ?? [])];

function count() {
  const says = form.querySelector("[data-says]");
  if (!says || !boxes().length) return;
  const words = says.dataset.says.split("|");
  const picked = boxes().filter((box) => box.checked).length;
  says.textContent = words[picked] ?? `Send the ${picked} times`;
}

/* a time that is picked or dropped comes into the words or goes out of them */
const words = document.getElementById("id_body");
function follow(box) {
  const line = box.dataset.line;
  const others = boxes().map((other) => other.dataset.line);
  const lines = words.value.split("\n");
  if (!box.checked) { words.value = lines.filter((one) => one !== line).join("\n"); return; }
  if (lines.includes(line)) return;
  const last = lines.findLastIndex((one) => others.includes(one));
  if (last >= 0) { lines.splice(last + 1, 0, line); words.value = lines.join("\n"); }
}

form?.addEventListener("change", (event) => {
  if (event.target.name !== "slots") return;
  follow(event.target);
  count();
});
if (form) count();

/* another kind of meeting: its times stand where the others stood; what was typed around them stays */
async function change(link) {
  const answer = await fetch(link.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = ["times", "answer-acts"].map((id) => [document.getElementById(id), page.getElementById(id)]);
  if (!answer.ok || next.some(([here, there]) => !here || !there)) throw new Error("another page came");
  const before = boxes().map((box) => box.dataset.line);
  for (const [here, there] of next) here.replaceWith(document.adoptNode(there));
  const after = boxes().filter((box) => box.checked).map((box) => box.dataset.line);
  const lines = words.value.split("\n");
  const at = lines.findIndex((one) => before.includes(one));
  if (at >= 0) words.value = [...lines.slice(0, at), ...after, ...lines.slice(at).filter((one) => !before.includes(one))].join("\n");
  history.replaceState(history.state, "", link.href);
  form.querySelector("[data-kind][aria-current]")?.focus();
  words.dispatchEvent(new Event("input", { bubbles: true }));
}

form?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-kind]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  change(link).catch(() => { location.href = link.href; });
});

/* another draft takes the place of words nobody has touched, and comes in where one types otherwise; a paragraph always does */
function put(text, whole) {
  const kept = "typedBefore" in form.dataset; // what stands there was typed before
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
