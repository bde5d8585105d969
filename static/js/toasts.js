/* A toast says that it is done, counts the seconds left to undo it, and waits while someone is on it. */
function start(toast) {
  if (toast.dataset.started) return;
  toast.dataset.started = "yes";
  let left = Number(toast.dataset.toast);
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

const place = document.getElementById("toasts");
if (place) {
  place.querySelectorAll("[data-toast]").forEach(start);
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
