/* Lists one works through with J and K: the row in focus, and the rows picked. */
const all = () => [...document.querySelectorAll("main .row:has(a.hit)")].filter((row) => row.checkVisibility?.() ?? true);

export const current = () => document.querySelector("main .row.is-on, main .row:focus-within");

export function focusOn(row) {
  document.querySelectorAll(".row.is-on").forEach((other) => other.classList.remove("is-on"));
  row.classList.add("is-on");
  row.querySelector("a.hit").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

export function move(step, picking = false) {
  const rows = all();
  if (!rows.length) return false;
  const at = rows.indexOf(current());
  if (picking && at >= 0) mark(rows[at], true);
  const further = step > 0 && at === rows.length - 1 && !picking && document.querySelector("main .pager a[rel=next]");
  if (further) { further.click(); return true; }
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  focusOn(next);
  if (picking) mark(next, true);
  return true;
}

function mark(row, on) {
  const box = row.querySelector("input[type=checkbox]");
  if (!box || box.checked === on) return;
  box.click();
}

export function pick() {
  const box = current()?.querySelector("input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

document.addEventListener("change", (event) => {
  const row = event.target.closest(".row");
  if (row && event.target.type === "checkbox") row.classList.toggle("picked", event.target.checked);
  if (event.target.matches("[data-pick-all]")) {
    const form = event.target.form;
    form.querySelectorAll(".row input[type=checkbox]").forEach((box) => { box.checked = event.target.checked; box.closest(".row").classList.toggle("picked", box.checked); });
  }
  const form = event.target.form;
  const said = form?.querySelector("[data-picked]") ?? form?.closest(".queue")?.querySelector("[data-picked]");
  if (said) said.textContent = `${form.querySelectorAll(".row input:checked").length} picked`;
});
