/* The queue one works through. What keys do about a row happens here, without leaving the list: the next row is in
   focus when it is done. What comes in live never moves the focus or the rows under it; it waits and says so. */
import { current, focusOn } from "./rows.js";
import "./ask.js";

const queue = document.getElementById("queue");
const news = document.getElementById("queue-news");
const preview = document.getElementById("preview");
const wide = matchMedia("(min-width: 62.01rem)");
const KEPT = "baton-row";
let shown = preview?.dataset.shows ?? "";
let timer = 0;
let goal = null; // where the focus goes with the next list that is put in
let wish = null; // the same, for the list that comes back from an act
let away = null; // whom one reads and keys go on to mean, where a new label moved the row beyond those shown
let last = null;
let path = null;
let acts = Promise.resolve();
let acting = 0;
let actedAt = 0;

const rows = () => [...queue.querySelectorAll(".row[data-item]")];
const row = (pk) => queue.querySelector(`.row[data-item="${pk}"]`);
const here = () => location.pathname + location.search;

/* the reply in focus is shown beside the list, and every act is about it at once */
function about(one) {
  document.querySelectorAll("a[data-act]").forEach((link) => { link.href = link.dataset.act.replace("/0/", `/${one.dataset.item}/`); });
  away = null;
  if (preview) preview.dataset.about = one.dataset.item;
  if (!wide.matches || one.dataset.preview === shown) return;
  clearTimeout(timer);
  timer = setTimeout(() => show(one.dataset.preview), 90);
}

function show(address) {
  shown = address;
  window.htmx.ajax("GET", shown, { target: preview, swap: "innerHTML" });
}

document.addEventListener("focusin", (event) => {
  const one = event.target.closest("[data-preview]");
  if (!one) return;
  document.querySelectorAll(".row.is-on").forEach((other) => other.classList.toggle("is-on", other === one));
  about(one);
});

/* the group a row stands in: what was answered meanwhile is no place to go on from */
const group = (one) => {
  let at = one?.closest("ul")?.previousElementSibling;
  while (at && !at.matches("h2")) at = at.previousElementSibling;
  return at?.firstChild?.textContent.trim() ?? "";
};

function remember(one) {
  const pk = one?.dataset.item;
  try { sessionStorage.setItem(KEPT, JSON.stringify({ at: here(), pk, group: group(one), next: pk ? follows(pk) : [] })); } catch { /* the first row then */ }
}

function goOnFrom(kept) {
  const there = row(kept.pk);
  if (there && (!kept.group || group(there) === kept.group)) return there;
  return (kept.next ?? []).map(row).find((one) => one && group(one) === kept.group) ?? null;
}

function follows(pk) {
  const all = rows();
  const at = all.findIndex((one) => one.dataset.item === String(pk));
  return [...all.slice(at + 1), ...all.slice(0, Math.max(at, 0)).reverse()].map((one) => one.dataset.item);
}

/* acts in the list: the form goes out at once, whatever the list is being renewed with; the list comes back, the focus goes on */
function values(form, button) {
  const said = {};
  for (const [name, value] of new FormData(form, button)) said[name] = name in said ? [said[name], value].flat() : value;
  said.back ??= here(); // the list comes back, wherever the form was fetched from
  return said;
}

async function send(address, said) {
  let refused = "";
  const hear = ({ detail }) => { if (detail.requestConfig.verb === "post") refused = detail.xhr.responseText; };
  document.addEventListener("htmx:responseError", hear);
  acting += 1;
  try {
    await window.htmx.ajax("POST", address, { source: news, target: queue, swap: "innerHTML", values: said });
  } catch { refused ||= "No connection. Nothing was changed; try it again."; }
  document.removeEventListener("htmx:responseError", hear);
  acting -= 1;
  actedAt = performance.now();
  return refused;
}

async function act(form, button, dialog, pk) {
  const picked = dialog && "picked" in dialog.dataset ? rows().filter((one) => one.querySelector("input:checked")).map((one) => one.dataset.item) : [];
  last = pk;
  // A new label may move the row; whoever is done with it goes on from where it stood.
  if (path?.pk !== pk) path = { pk, next: follows(pk) };
  const next = path.next.filter((one) => !picked.includes(one));
  wish = "goesOn" in form.dataset ? next : [pk, ...next];
  wish.stays = !("goesOn" in form.dataset);
  const said = values(form, button);
  if (picked.length) Object.assign(said, { item: picked, do: "hand_over", to: said.to || "pool" });
  const address = picked.length ? dialog.dataset.picked : button?.getAttribute("formaction") ?? form.getAttribute("action");
  const refused = await send(address, said);
  wish = null;
  if (!refused) {
    form.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
    dialog?.close();
    if (dialog && queue.contains(current())) focusOn(current()); // a dialog that closes takes the focus back to a row that is gone
    return;
  }
  form.querySelector(".refused")?.remove();
  const note = Object.assign(document.createElement("p"), { className: "note late refused", textContent: refused });
  note.setAttribute("role", "alert");
  form.prepend(note);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!queue || form.method !== "post" || !(form.closest("dialog.asks") || (form.closest("#toasts") && form.getAttribute("action").startsWith(location.pathname)))) return; // what another page said is taken back there
  event.preventDefault();
  if (form.dataset.sending) return; // pressed twice
  const button = event.submitter;
  const dialog = form.closest("dialog");
  const pk = dialog?.dataset.item ?? last;
  form.dataset.sending = "yes";
  acts = acts.catch(() => {}).then(() => act(form, button, dialog, pk)).finally(() => { delete form.dataset.sending; });
}, { capture: true });

/* live: what is in use stays as it is; cells are renewed where they stand */
const inUse = () => queue.contains(document.activeElement) || queue.matches(":hover") || document.querySelector("dialog[open]") || queue.querySelector(".row input:checked");

function renew(fresh) {
  const order = new Map([...fresh.querySelectorAll(".row[data-item]")].map((one) => [one.dataset.item, one]));
  const now = rows().map((one) => one.dataset.item);
  for (const one of rows()) {
    const newer = order.get(one.dataset.item);
    one.classList.toggle("is-gone", !newer);
    if (!newer) continue;
    for (const cell of one.querySelectorAll("[data-cell]")) {
      const other = newer.querySelector(`[data-cell="${cell.dataset.cell}"]`);
      if (other && cell.innerHTML !== other.innerHTML) cell.innerHTML = other.innerHTML;
    }
  }
  const came = [...order.keys()].filter((pk) => !now.includes(pk)).length;
  const went = now.filter((pk) => !order.has(pk)).length;
  const moved = !came && !went && [...order.keys()].some((pk, at) => pk !== now[at]);
  return { came, went, moved };
}

function tell({ came, went, moved }) {
  const said = [came && `${came} new`, went && `${went} gone`, moved && "another order"].filter(Boolean).join(", ");
  news.hidden = !said;
  news.querySelector("span").textContent = said;
}

if (queue) {
  document.addEventListener("htmx:beforeRequest", ({ detail }) => { detail.requestConfig.askedAt = performance.now(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, elt, requestConfig, serverResponse, xhr } = event.detail;
    if (target !== queue || xhr.status >= 400) return;
    const passive = requestConfig.verb === "get" && elt === queue && requestConfig.triggeringEvent?.type !== "show";
    if (passive && (acting || requestConfig.askedAt < actedAt)) { // it may show the list as it stood before the act
      event.detail.shouldSwap = false;
      document.body.dispatchEvent(new CustomEvent("live:work_item"));
      return;
    }
    if (passive && inUse()) {
      event.detail.shouldSwap = false;
      const fresh = new DOMParser().parseFromString(serverResponse, "text/html");
      tell(renew(fresh));
      return;
    }
    const on = current()?.dataset.item;
    goal = (requestConfig.verb === "post" && wish) || (on ? [on, ...follows(on)] : []);
    goal.focused = queue.contains(document.activeElement) || !passive;
    tell({});
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== queue || !goal) return;
    const stays = goal.stays;
    if (stays === false) away = null; // one is done with whom one read
    if (stays && wide.matches) away = preview.dataset.about = goal[0];
    if (away && !row(away)) { goal = null; if (stays) show(shown); return; }
    if (stays) shown = ""; // it reads otherwise now
    const next = row(away) ?? goal.map(row).find(Boolean) ?? rows()[0];
    const focused = goal.focused;
    goal = away = null;
    if (!next) { preview?.replaceChildren(); shown = ""; return; }
    if (focused) focusOn(next);
    else { next.classList.add("is-on"); about(next); }
  });
  news.addEventListener("click", () => window.htmx.trigger(queue, "show"));
  window.addEventListener("pagehide", () => remember(current()));
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    const one = kept?.at === here() ? goOnFrom(kept) : null;
    if (one) focusOn(one);
  } catch { /* the first row it is */ }
}
