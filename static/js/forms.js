/* Small helps for forms; each works as plain HTML without it. */

/* a form is sent once, however often its button is pressed */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
document.addEventListener("htmx:afterRequest", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

/* what was typed into <form id="x" data-unsaved> is not left behind unasked, also where an answer has redrawn the form */
const typed = new Set();
function notSaved(event) {
  const form = event.target.closest?.("form[data-unsaved]");
  if (form) typed.add(form.id);
}
document.addEventListener("input", notSaved);
document.addEventListener("click", (event) => { if (event.target.closest?.("[name=act]")) notSaved(event); });
document.addEventListener("submit", (event) => typed.delete(event.target.id));
document.addEventListener("kept", (event) => typed.delete(event.target.id));
window.addEventListener("beforeunload", (event) => { if ([...typed].some((id) => document.getElementById(id))) event.preventDefault(); });

/* filters send themselves; the button that does so without JavaScript steps aside */
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.querySelectorAll("[data-auto-hide]").forEach((button) => { button.hidden = true; });
  form.addEventListener("change", () => form.requestSubmit());
}

/* a dialog written as <dialog id="x"> opens from a link or button that names it: data-dialog="x" */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); }
  if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog")?.close();
});

/* text to copy: data-copy="#id" */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const from = document.querySelector(button.dataset.copy);
  try { await navigator.clipboard.writeText(from.value ?? from.textContent.trim()); button.textContent = "Copied"; } catch { from.select?.(); }
});

/* a menu closes when one clicks or tabs away, or presses Escape */
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

/* the reader's own time zone, where a form asks for it */
for (const select of document.querySelectorAll("select[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!select.value && [...select.options].some((option) => option.value === zone)) { select.value = zone; select.dispatchEvent(new Event("change", { bubbles: true })); }
}
