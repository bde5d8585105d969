/* A guest's booking page: the zone of their own device, and a button that says what it books.
   Everything works without this file: the zone is a form, the times are radio buttons. */
const zone = document.getElementById("zone");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const form of document.querySelectorAll("form.zone-form")) {
  form.querySelector("[data-auto-hide]").hidden = true;
  form.addEventListener("change", () => { keep(); form.requestSubmit(); });
}

/* what was typed outlives a change of zone or language */
const typed = () => [...document.querySelectorAll("form[method=post] :is(input:not([type=hidden], [type=radio]), textarea)")];
function keep() {
  try { sessionStorage.setItem(`typed ${location.pathname}`, JSON.stringify(typed().map((one) => [one.name, one.value]))); } catch { /* it is typed again */ }
}
try {
  const kept = JSON.parse(sessionStorage.getItem(`typed ${location.pathname}`) ?? "[]");
  sessionStorage.removeItem(`typed ${location.pathname}`);
  for (const [name, value] of kept) { const one = typed().find((field) => field.name === name); if (one && !one.value) one.value = value; }
} catch { /* nothing was kept */ }

if (zone?.dataset.zoneNow === "ask" && zone.value !== here && [...zone.options].some((one) => one.value === here)) {
  zone.value = here;
  zone.form.requestSubmit();
}

const form = document.querySelector(".pick-form");
const button = form?.querySelector("[data-chosen]");
const first = button?.textContent;
function say() {
  const chosen = form.querySelector("input[name=slot]:checked");
  button.textContent = chosen ? form.dataset.says.replace("{when}", chosen.dataset.when) : first;
}
if (button) { form.addEventListener("change", say); say(); }

/* The chosen time is kept for a quarter of an hour while its owner types; that it is gone is said when they book. */
function pencil(event) {
  if (event.target.name !== "slot") return;
  const asked = new FormData();
  for (const name of ["csrfmiddlewaretoken", "zone", "lang"]) asked.set(name, form.elements[name]?.value ?? "");
  asked.set("do", "pencil");
  asked.set("slot", event.target.value);
  fetch(location.pathname, { method: "POST", body: asked }).catch(() => {});
}
if (form?.querySelector("[name=key]")) form.addEventListener("change", pencil);
