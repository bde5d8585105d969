/* The reply page: the button counts the picked times, a fold named in the address opens, words typed are kept. */
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

const named = location.hash && document.getElementById(location.hash.slice(1));
if (named?.matches("details")) {
  named.open = true;
  named.scrollIntoView({ block: "center" });
  named.querySelector("input, select, textarea")?.focus();
}

let dirty = false;
form?.addEventListener("input", () => { dirty = true; });
form?.addEventListener("submit", () => { dirty = false; });
window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
