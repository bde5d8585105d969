/* The rule editor: completes fields, comparisons and known values. Without it the text field is enough. */
const fields = [...document.querySelectorAll("[data-field]")].map((row) => ({ name: row.dataset.field, kind: row.dataset.kind, about: row.dataset.about, operators: row.dataset.operators.split(",") }));
const byName = new Map(fields.map((field) => [field.name, field]));
const OPERATORS = { "=": "is", "!=": "is not", ">": "more, later", ">=": "at least", "<": "less, earlier", "<=": "at most", "~": "contains", "!~": "does not contain", in: "one of", "not in": "none of", startswith: "begins with", endswith: "ends with" };
const quoted = (field, value) => (field.kind === "yes or no" ? value : `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);

/* What stands before the caret: a field being typed, a comparison after a field, or a value after a comparison. */
function place(before) {
  const value = before.match(/([A-Za-z_][\w.]*)\s*(=|!=|>=|<=|>|<|!~|~|\bnot\s+in\s*\((?:[^()]*,)?|\bin\s*\((?:[^()]*,)?|\bstartswith\b|\bendswith\b)\s*("[^"\n]*|[A-Za-z]*)$/);
  if (value && byName.has(value[1])) return { what: "value", field: byName.get(value[1]), typed: value[3] };
  if ((before.match(/"/g) ?? []).length % 2 === 1) return null;
  const operator = before.match(/([A-Za-z_][\w.]*)\s+([a-z!=<>~ ]*)$/);
  if (operator && byName.has(operator[1])) return { what: "operator", field: byName.get(operator[1]), typed: operator[2] };
  const joined = before.match(/(?:["\d)]|True|False|None)\s+([a-z]*)$/);
  if (joined) return { what: "join", typed: joined[1] };
  const word = before.match(/(?:^|[\s(])([A-Za-z_][\w.]*)?$/);
  return word ? { what: "field", typed: word[1] ?? "" } : null;
}

async function offers(at, url, asked) {
  const typed = at.typed.toLowerCase();
  if (at.what === "field") return typed || asked ? fields.filter((field) => field.name.includes(typed) && field.name !== typed).sort((a, b) => b.name.startsWith(typed) - a.name.startsWith(typed)).slice(0, 8).map((field) => ({ text: `${field.name} `, shown: field.name, about: field.about })) : [];
  if (at.what === "operator") return at.field.operators.filter((one) => one.startsWith(at.typed) && one !== at.typed.trim()).map((one) => ({ text: `${one}${one.endsWith("in") ? ' (' : " "}`, shown: one, about: OPERATORS[one] ?? "" }));
  if (at.what === "join") return typed || asked ? ["and", "or"].filter((one) => one.startsWith(typed) && one !== typed).map((one) => ({ text: `${one} `, shown: one, about: one === "and" ? "all must hold" : "any may hold" })) : [];
  const answer = await fetch(`${url}?${new URLSearchParams({ field: at.field.name, q: at.typed.replace(/^"/, "") })}`).then((one) => (one.ok ? one.json() : { values: [] }), () => ({ values: [] }));
  return answer.values.filter((value) => quoted(at.field, value) !== at.typed).slice(0, 8).map((value) => ({ text: `${quoted(at.field, value)} `, shown: value, about: "" }));
}

function attach(area, number) {
  const url = document.querySelector("[data-values]")?.dataset.values;
  const list = Object.assign(document.createElement("div"), { className: "complete", hidden: true, id: `complete-${number}` });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What may stand here");
  area.after(list);
  for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-controls": list.id })) area.setAttribute(name, value);
  let chosen = 0;
  let turn = 0;

  const close = () => { turn += 1; list.hidden = true; area.removeAttribute("aria-activedescendant"); };
  function mark() {
    [...list.children].forEach((one, at) => { one.ariaSelected = at === chosen ? "true" : "false"; });
    if (list.children[chosen]) { area.setAttribute("aria-activedescendant", list.children[chosen].id); list.children[chosen].scrollIntoView({ block: "nearest" }); }
  }
  function insert(offer) {
    const caret = area.selectionStart;
    const at = place(area.value.slice(0, caret)); // as it is now: more may have been typed since these were offered
    if (!at) { close(); return; }
    const after = area.value.slice(caret);
    const text = after.startsWith('"') && offer.text.trimEnd().endsWith('"') ? offer.text.trimEnd().slice(0, -1) : offer.text;
    area.setRangeText(text, caret - at.typed.length, caret, "end");
    close();
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  async function draw(asked = false) {
    const mine = (turn += 1);
    const at = area.selectionStart === area.selectionEnd ? place(area.value.slice(0, area.selectionStart)) : null;
    const found = at ? await offers(at, url, asked) : [];
    if (mine !== turn || document.activeElement !== area) return;
    chosen = 0;
    list.replaceChildren(...found.map((offer, nth) => {
      const option = Object.assign(document.createElement("div"), { id: `${list.id}-${nth}` });
      option.setAttribute("role", "option");
      option.append(Object.assign(document.createElement("code"), { textContent: offer.shown }), Object.assign(document.createElement("span"), { textContent: offer.about }));
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); insert(offer); });
      return option;
    }));
    list.hidden = !found.length;
    list.choose = () => insert(found[chosen]);
    if (found.length) mark();
  }

  area.addEventListener("input", () => draw());
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === " ") { event.preventDefault(); draw(true); return; }
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); chosen = (chosen + step + list.children.length) % list.children.length; mark(); }
    if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.shiftKey) { event.preventDefault(); list.choose(); }
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
  });
}

document.querySelectorAll("textarea[data-rule]").forEach(attach);

/* an error shows its place: one press puts the caret there */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-go-to]");
  const area = button && document.getElementById(button.dataset.goTo);
  if (!area) return;
  area.focus();
  const at = [...area.value.replaceAll("\r\n", "\n")].slice(0, Number(button.dataset.at)).join("").length;
  area.setSelectionRange(at, at);
});
