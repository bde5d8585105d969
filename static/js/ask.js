/* Keys ask about one reply in a dialog that filters as one types; the same forms are pages without this.
   A link <a data-ask="label" href="…"> opens <dialog id="ask-label">; in a list it is about the row in focus. */
import { current } from "./rows.js";

const shown = (dialog) => [...dialog.querySelectorAll("form[data-palette-form] li:not([hidden]) button")];
const chosen = (dialog) => dialog.querySelector('[aria-selected="true"]') ?? shown(dialog)[0];

function select(dialog, button) {
  dialog.querySelectorAll("[aria-selected]").forEach((one) => one.removeAttribute("aria-selected"));
  button?.setAttribute("aria-selected", "true");
  button?.scrollIntoView({ block: "nearest" });
}

function filter(dialog, input) {
  const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of dialog.querySelectorAll("li[data-words]")) {
    const words = row.dataset.words.toLowerCase();
    row.hidden = !wanted.every((one) => words.includes(one));
  }
  const found = shown(dialog);
  dialog.querySelector(".nothing")?.toggleAttribute("hidden", found.length > 0);
  const typed = wanted.join(" ");
  const says = (one) => one.textContent.trim().toLowerCase();
  const begins = wanted.length && (found.find((one) => says(one).startsWith(typed)) ?? found.find((one) => says(one).split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted[0]))));
  const now = found.find((one) => !wanted.length && one.hasAttribute("aria-current"));
  select(dialog, begins || now || found[0]);
}

/* the label as it stands, or our guess: Enter alone says that it is right */
function stands(dialog) {
  const { label, guessed } = (current() ?? document.querySelector(".letter"))?.dataset ?? {};
  const { stands: asItIs, guessed: asGuessed } = dialog.querySelector("form[data-stands]").dataset;
  for (const button of dialog.querySelectorAll("button[name=label]")) {
    const now = button.value === label;
    button.toggleAttribute("aria-current", now);
    button.querySelector("[data-now]").textContent = now ? (guessed === undefined ? asItIs : asGuessed) : "";
  }
}

export const about = () => current()?.dataset.item ?? document.body.querySelector("[data-about]")?.dataset.about;

async function fetchInto(dialog, address) {
  const place = dialog.querySelector("[data-fetched]");
  place.replaceChildren();
  await window.htmx.ajax("GET", address, { target: place, swap: "innerHTML" });
  if (dialog.open) place.querySelector("[autofocus]")?.focus();
}

function open(link) {
  const dialog = document.getElementById(`ask-${link.dataset.ask}`);
  if (!dialog) return false;
  const pk = about();
  for (const form of dialog.querySelectorAll("form")) {
    form.dataset.template ??= form.getAttribute("action");
    if (pk) form.setAttribute("action", form.dataset.template.replace("/0/", `/${pk}/`));
    form.querySelector(".refused")?.remove();
  }
  dialog.dataset.item = pk ?? "";
  const whom = (current()?.querySelector("a.hit strong") ?? document.querySelector("main h1:not(.vh), #preview[data-about] h2"))?.textContent.trim();
  const picked = "takesPicked" in dialog.dataset ? document.querySelectorAll("#queue .row input:checked").length : 0;
  if (picked) dialog.dataset.picked = dialog.dataset.takesPicked;
  else delete dialog.dataset.picked;
  dialog.querySelector("[data-whom]").textContent = picked ? `: ${picked} picked` : whom ? `: ${whom}` : "";
  const input = dialog.querySelector("[data-find]");
  if (input) input.value = "";
  if (dialog.querySelector("form[data-stands]")) stands(dialog);
  dialog.showModal();
  if (input) { filter(dialog, input); input.focus(); }
  // What stands beside the list may still be about the row before.
  const address = pk ? link.href.replace(/\/replies\/\d+\//, `/replies/${pk}/`) : link.href;
  if (dialog.querySelector("[data-fetched]")) fetchInto(dialog, address);
  return true;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-ask]");
  if (link && !event.ctrlKey && !event.metaKey && open(link)) event.preventDefault();
  if (event.target.matches("dialog.asks")) event.target.close();
});

document.addEventListener("input", (event) => {
  const dialog = event.target.matches("[data-find]") && event.target.closest("dialog.asks, .ask-page");
  if (dialog) filter(dialog, event.target);
});

/* in the form of *done* Enter goes on from a list too, where a browser would do nothing */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || !event.target.matches?.("dialog.asks .ask-form select")) return;
  event.preventDefault();
  event.target.form.querySelector(".btn.primary")?.click();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-palette-form]");
  const dialog = form?.closest("dialog.asks, .ask-page");
  if (!dialog || event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const all = shown(dialog);
    select(dialog, all[(all.indexOf(chosen(dialog)) + step + all.length) % all.length]);
  }
  if (event.key === "Enter" && event.target.matches("input")) {
    event.preventDefault();
    chosen(dialog)?.click();
  }
});
