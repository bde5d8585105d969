/* A toast says that it is done, counts the seconds left to undo it, and waits while someone is on it. What can be taken
   back goes along to the next page for the seconds that are left. */
const KEPT = "baton-toasts";

function start(toast) {
  if (toast.dataset.started) return;
  toast.dataset.started = "yes";
  toast.dataset.until ??= Date.now() + Number(toast.dataset.toast) * 1000;
  let left = Math.min(Number(toast.dataset.toast), Math.ceil((toast.dataset.until - Date.now()) / 1000));
  const shown = toast.querySelector("[data-seconds]");
  const close = toast.querySelector("[data-close]");
  if (close) { close.hidden = false; close.addEventListener("click", () => toast.remove()); }
  const tick = () => {
    if (!toast.isConnected) return clearInterval(timer);
    if (toast.matches(":hover, :focus-within")) return;
    if (left <= 0) { clearInterval(timer); toast.remove(); return; }
    if (shown) shown.textContent = `, ${left} s`;
    left -= 1;
  };
  const timer = setInterval(tick, 1000);
  tick();
}

function keep() {
  const rows = [...place.querySelectorAll(".toast:not([data-spent])")].filter((one) => one.querySelector("form"));
  const said = rows.map((one) => { const copy = one.cloneNode(true); delete copy.dataset.started; return copy.outerHTML; });
  try { sessionStorage.setItem(KEPT, JSON.stringify({ who: document.body.dataset.who, said })); } catch { /* it stays on its page */ }
}

/* read once, and by whom it was said to only */
function carried() {
  try {
    const { who, said } = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    return who === document.body.dataset.who ? said.slice(0, 1) : [];
  } catch { return []; }
}

const place = document.getElementById("toasts");
if (place) {
  carried().forEach((html) => place.insertAdjacentHTML("beforeend", html));
  place.querySelectorAll("[data-toast]").forEach(start);
  place.addEventListener("submit", (event) => event.target.closest(".toast")?.setAttribute("data-spent", ""), { capture: true });
  window.addEventListener("pagehide", keep);
  new MutationObserver(() => place.querySelectorAll("[data-toast]").forEach(start)).observe(place, { childList: true });
}

/* what was refused stays where it happened, and is read out */
document.body.addEventListener("refused", (event) => {
  const place = event.target.closest?.("form, .card") ?? document.getElementById("main");
  place.querySelector(":scope > .note.refused")?.remove();
  const note = Object.assign(document.createElement("p"), { className: "note late refused", textContent: event.detail.sentence });
  note.setAttribute("role", "alert");
  place.prepend(note);
});
