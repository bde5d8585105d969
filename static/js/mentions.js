/* After an @ the names of those who may read the note are offered: arrows and Enter, Tab or a click take one.
   What is typed into a note is kept in this browser until the note is. */
let box = null;

const names = (field) => JSON.parse(document.getElementById(field.dataset.mentions)?.textContent ?? "[]");

function asked(field) {
  const before = field.value.slice(0, field.selectionStart);
  const found = before.match(/(?:^|[^\p{L}\p{N}.@])@([\p{L}'-]*(?: [\p{L}'-]*)?)$/u);
  return found && { typed: found[1], from: before.length - found[1].length };
}

function close(field) {
  box?.remove();
  box = null;
  field.removeAttribute("aria-activedescendant");
}

function mark(field, option) {
  box.querySelectorAll("[role=option]").forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function take(field, name) {
  const { from } = asked(field) ?? { from: field.selectionStart };
  field.setRangeText(`${name} `, from, field.selectionStart, "end");
  close(field);
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function offer(field) {
  const now = asked(field);
  const typed = now?.typed.toLowerCase() ?? "";
  const found = now ? names(field).filter((name) => name.toLowerCase().split(" ").some((word, at, all) => all.slice(at).join(" ").startsWith(typed))).slice(0, 6) : [];
  close(field);
  if (!found.length || found.some((name) => name.toLowerCase() === typed)) return;
  box = Object.assign(document.createElement("ul"), { className: "mention-box", id: "mention-box" });
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", "Colleagues");
  found.forEach((name, at) => {
    const option = Object.assign(document.createElement("li"), { id: `mention-${at}`, textContent: name });
    option.setAttribute("role", "option");
    option.addEventListener("mousedown", (event) => { event.preventDefault(); take(field, name); });
    box.append(option);
  });
  field.closest(".field").append(box);
  field.setAttribute("aria-controls", "mention-box");
  mark(field, box.firstChild);
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-mentions]");
  if (!field || !box || event.isComposing) return;
  const all = [...box.children];
  const at = all.findIndex((one) => one.ariaSelected === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) mark(field, all[(at + step + all.length) % all.length]);
  else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey || event.key === "Tab") take(field, all[at].textContent);
  else if (event.key === "Escape") close(field);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });

document.addEventListener("focusout", (event) => { if (box && event.target.matches?.("[data-mentions]")) close(event.target); });

/* kept until it is */
const place = (field) => `baton-note:${document.body.dataset.who}:${field.form.getAttribute("action")}`;
const keep = (field) => { try { if (field.value) sessionStorage.setItem(place(field), field.value); else sessionStorage.removeItem(place(field)); } catch { /* it stands in the field */ } };

document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-mentions]");
  if (field) { offer(field); keep(field); }
});
document.addEventListener("focusin", (event) => {
  const field = event.target.closest?.("[data-mentions]");
  if (!field) return;
  field.setAttribute("aria-autocomplete", "list");
  const here = field.form.getAttribute("action");
  if (field.dataset.about === here) return;
  const first = field.dataset.about === undefined;
  field.dataset.about = here;
  if (first && field.value) return;
  try { field.value = sessionStorage.getItem(place(field)) ?? ""; } catch { field.value = ""; }
});
const forget = (form) => { const field = form.querySelector?.("[data-mentions]"); if (field) { try { sessionStorage.removeItem(place(field)); } catch { /* nothing was kept */ } field.value = ""; } };
document.addEventListener("kept", (event) => forget(event.target));
if (document.querySelector("#toasts .toast")) {
  /* a page that says it is done has kept the note that was sent to it */
  try { const sent = sessionStorage.getItem("baton-note-sent"); if (sent) sessionStorage.removeItem(sent); } catch { /* nothing was kept */ }
}
try { sessionStorage.removeItem("baton-note-sent"); } catch { /* nothing was kept */ }
document.addEventListener("submit", (event) => {
  const field = event.target.querySelector?.("[data-mentions]");
  if (field) { try { sessionStorage.setItem("baton-note-sent", place(field)); } catch { /* it goes out all the same */ } }
});
