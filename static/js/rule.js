/* The rule editor: counts while one types, and completes fields. Without it the text field is enough. */
const fields = [...document.querySelectorAll("[data-field]")].map((row) => ({ name: row.dataset.field, kind: row.dataset.kind }));

function wordAt(area) {
  const before = area.value.slice(0, area.selectionStart);
  const word = before.match(/[A-Za-z_][\w.]*$/)?.[0] ?? "";
  const inText = (before.match(/"/g) ?? []).length % 2 === 1;
  return inText ? "" : word;
}

function attach(area) {
  const list = Object.assign(document.createElement("div"), { className: "complete", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Fields that fit");
  area.after(list);
  let chosen = 0;

  const fitting = () => { const word = wordAt(area).toLowerCase(); return word.length ? fields.filter((f) => f.name.startsWith(word) && f.name !== word).slice(0, 6) : []; };
  const mark = () => [...list.children].forEach((one, at) => { one.ariaSelected = at === chosen ? "true" : null; });

  function insert(name) {
    const word = wordAt(area);
    area.setRangeText(name, area.selectionStart - word.length, area.selectionStart, "end");
    list.hidden = true;
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function draw() {
    chosen = 0;
    list.replaceChildren(...fitting().map((field) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.setAttribute("role", "option");
      button.append(Object.assign(document.createElement("code"), { textContent: field.name }), Object.assign(document.createElement("span"), { textContent: field.kind }));
      button.addEventListener("click", () => insert(field.name));
      return button;
    }));
    list.hidden = !list.children.length;
    mark();
  }

  area.addEventListener("input", draw);
  area.addEventListener("blur", () => setTimeout(() => { if (!list.contains(document.activeElement)) list.hidden = true; }, 150));
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); chosen = (chosen + step + list.children.length) % list.children.length; mark(); }
    if (event.key === "Enter" || event.key === "Tab") { if (!event.ctrlKey) { event.preventDefault(); list.children[chosen].click(); } }
    if (event.key === "Escape") { event.preventDefault(); list.hidden = true; }
  });
}

document.querySelectorAll("textarea[data-rule]").forEach(attach);
