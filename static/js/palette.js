/* Ctrl K: find anything on the server, do anything the page offers, go anywhere the side bar leads. */
const palette = document.getElementById("palette");
const input = palette?.querySelector("input");
let before = null;

function entry(text, keys, act) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (keys) button.append(Object.assign(document.createElement("kbd"), { textContent: keys.replace("Control+", "Ctrl ") }));
  button.addEventListener("click", act);
  item.append(button);
  return item;
}

const words = (control) => [...control.childNodes].filter((node) => !node.matches?.("kbd, .count, svg, [data-seconds]")).map((node) => node.textContent).join(" ").trim();

function fill(id, controls) {
  const place = document.getElementById(id);
  const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = controls.filter((control) => wanted.every((word) => words(control).toLowerCase().includes(word)));
  place.querySelector("ul").replaceChildren(...fitting.map((control) => entry(words(control), control.getAttribute("aria-keyshortcuts"), () => { palette.close(); control.click(); })));
  place.hidden = fitting.length === 0;
}

const shown = () => [...palette.querySelectorAll("li > :is(a, button)")].filter((one) => one.checkVisibility?.() ?? true);

function select(step) {
  const all = shown();
  const at = all.findIndex((one) => one.ariaSelected === "true");
  all.forEach((one) => { one.ariaSelected = null; });
  const next = all[(at + step + all.length) % all.length];
  if (next) { next.ariaSelected = "true"; next.scrollIntoView({ block: "nearest" }); }
}

function refresh() {
  fill("palette-do", [...document.querySelectorAll("main [aria-keyshortcuts]")].filter((one) => words(one) && (one.checkVisibility?.() ?? true)));
  fill("palette-go", [...document.querySelectorAll(input.value ? ".side a.nav, #palette-places a" : ".side a.nav")]);
  if (!input.value) document.getElementById("palette-found").replaceChildren();
}

function open() {
  before = document.activeElement;
  palette.showModal();
  input.select();
  refresh();
}

if (palette) {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (opener && !event.ctrlKey && !event.metaKey) { event.preventDefault(); open(); }
  });
  palette.addEventListener("close", () => before?.focus?.());
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  input.addEventListener("input", refresh);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); select(1); }
    if (event.key === "ArrowUp") { event.preventDefault(); select(-1); }
    if (event.key === "Enter") {
      const chosen = palette.querySelector('[aria-selected="true"]') ?? (shown().length === 1 ? shown()[0] : null);
      if (chosen) { event.preventDefault(); chosen.click(); }
    }
  });
}
