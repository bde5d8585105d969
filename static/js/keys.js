/* Keyboard shortcuts. A control names its own key in aria-keyshortcuts; pressing it clicks the control,
   the one in the row in focus before any other. Keys never fire while someone types (WCAG 2.1.4). */
import { current, move, pick } from "./rows.js";

const NAMES = { Control: "ctrlKey", Alt: "altKey", Shift: "shiftKey", Meta: "metaKey" };
let lead = "";
let leadTimer = 0;

const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const letters = () => !("noKeys" in document.body.dataset);
/* the one solid button of a page, where it names the key and the focus is in no form */
const solid = () => {
  if (document.querySelector("dialog[open]")) return null;
  const found = [...document.querySelectorAll("main .btn.primary")].filter((one) => seen(one) && one.textContent.includes("Ctrl Enter"));
  return found.length === 1 ? found[0] : null;
};
const seen = (control) => control.checkVisibility?.() ?? true;

function matches(control, pressed) {
  return control.getAttribute("aria-keyshortcuts").split(",").some((keys) => keys.trim().toLowerCase() === pressed.toLowerCase());
}

export function controlFor(pressed) {
  const scope = document.querySelector("dialog[open]") ?? document;
  const row = scope === document ? current() : null;
  for (const place of [row, scope]) {
    const found = [...(place?.querySelectorAll("[aria-keyshortcuts]") ?? [])].filter((control) => matches(control, pressed));
    const control = found.find(seen) ?? found.find((one) => one.closest(".menu, .side"));
    if (control) return control;
  }
  return null;
}

function press(control) {
  if (control.matches("input[type=checkbox], input[type=radio]")) control.click();
  else if (control.matches("input, textarea, select")) control.focus();
  else if (control.matches("summary")) { control.click(); control.focus(); control.parentElement.querySelector("input:not([type=hidden]), textarea, select")?.focus(); }
  else control.click();
}

function named(event) {
  const held = Object.entries(NAMES).filter(([name, flag]) => event[flag] && name !== "Shift").map(([name]) => name);
  return [...held, event.key.length === 1 ? event.key.toUpperCase() : event.key].join("+");
}

function inList(event) {
  const step = { j: 1, k: -1 }[event.key.toLowerCase()];
  if (step) return move(step, event.shiftKey);
  if (event.key.toLowerCase() === "x") return pick();
  if (event.key.toLowerCase() === "o" || (event.key === "Enter" && event.target === document.body)) {
    const hit = current()?.querySelector("a.hit");
    hit?.click();
    return Boolean(hit);
  }
  return false;
}

function withModifier(event) {
  if (!(event.ctrlKey || event.metaKey || event.altKey)) return false;
  const pressed = named(event).replace("Meta+", "Control+");
  if (pressed === "Control+Enter") {
    const form = event.target.closest?.("form");
    const button = form?.querySelector(".btn.primary") ?? form?.querySelector("button:not([type=button])") ?? controlFor(pressed) ?? solid();
    button?.click();
    return Boolean(button);
  }
  const control = controlFor(pressed);
  if (control) press(control);
  return Boolean(control);
}

function leading(event) {
  if (event.key.toLowerCase() !== "g" || lead) return false;
  lead = "G ";
  clearTimeout(leadTimer);
  leadTimer = setTimeout(() => { lead = ""; }, 1200);
  return true;
}

function search() {
  const here = document.querySelector("[data-search-here]");
  if (here) here.focus();
  else document.querySelector("[data-palette]")?.click();
}

function single(event) {
  if (!letters() || typing(event.target)) return false;
  if (document.querySelector("dialog[open]") && event.key !== "Escape") return false;
  if (leading(event)) return true;
  const control = controlFor(lead + event.key.toUpperCase());
  lead = "";
  if (control) { press(control); return true; }
  if (event.key === "/") { search(); return true; }
  return inList(event);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  // A key that is held down moves on, and does nothing else: the next page may begin under it.
  if (event.repeat && !["j", "k"].includes(event.key.toLowerCase())) {
    if (event.ctrlKey || event.metaKey || event.altKey) { if (event.key === "Enter" || controlFor(named(event).replace("Meta+", "Control+"))) event.preventDefault(); }
    return;
  }
  if (withModifier(event) || single(event)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) document.getElementById("keys")?.showModal();
});
