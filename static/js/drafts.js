/* What one types as an answer is kept: at once in this browser, a moment later on the server. Being at the field is
   the claim. Nothing here ever replaces what stands in the field, unless the writer says so. */
import { post } from "./post.js";

const form = document.getElementById("answer-form");
const field = form?.elements.body;
const says = form?.querySelector("[data-kept]");
const key = `baton-draft:${form?.dataset.who}:${form?.dataset.keepAt}`;
let version = Number(form?.dataset.version ?? 0);
let timer = 0;
let saving = false;
let again = false;
let typed = false;
let leaving = false;

const local = {
  read() { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  write(kept) { try { localStorage.setItem(key, JSON.stringify(kept)); } catch { /* storage is off: the server has it */ } },
  drop() { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
};
const kind = () => form.elements.kind?.value ?? "";
const slots = () => [...form.querySelectorAll("input[name=slots]:checked")].map((box) => box.value);

function say(text, ...acts) {
  says.replaceChildren(document.createTextNode(text));
  for (const [words, act] of acts) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: words });
    button.addEventListener("click", act);
    says.append(" ", button);
  }
}

function put(text) {
  field.value = text;
  later();
  field.focus();
}

function conflict(other) {
  const mine = field.value;
  version = other.version;
  say(`You also write this in another window, saved at ${other.at}. Nothing of either is lost.`,
    ["Go on with mine", () => save()],
    ["Take the other text", () => { put(other.body); say("The other text stands here now.", ["Back to mine", () => put(mine)]); }]);
}

async function save() {
  if (saving) { again = true; return; }
  saving = true;
  const sent = field.value;
  try {
    const answer = await post(form.dataset.keepAt, { body: sent, version, slots: slots(), kind: kind() });
    if (answer.status === 409) { conflict(await answer.json()); return; }
    if (!answer.ok || answer.redirected) throw new Error("not kept");
    const kept = await answer.json();
    version = kept.version;
    // The page that comes next may have been made before this was kept: then the browser's copy fills it.
    if (field.value === sent) { if (!leaving) local.drop(); form.dispatchEvent(new CustomEvent("kept", { bubbles: true })); }
    say(kept.held || `Kept at ${kept.at}.`);
    if (kept.held) document.body.dispatchEvent(new CustomEvent("live:work_item"));
  } catch {
    say(navigator.onLine ? "The server did not take it. It is kept in this browser." : "No connection. It is kept in this browser.");
    if (navigator.onLine) { clearTimeout(timer); timer = setTimeout(save, 15000); }
  } finally {
    saving = false;
    if (again) { again = false; later(); }
  }
}

function later() {
  typed = true;
  leaving = false;
  local.write({ body: field.value, version, slots: slots() });
  clearTimeout(timer);
  timer = setTimeout(save, 700);
}

async function begin() {
  try {
    const answer = await post(form.dataset.begin, {});
    const { held } = answer.ok ? await answer.json() : {};
    if (held) { say(held); document.body.dispatchEvent(new CustomEvent("live:work_item")); }
  } catch { /* the next save claims it */ }
}

if (field && says && form.dataset.keepAt) {
  let before = local.read();
  if (before?.sent && before.version < version && !("typedBefore" in form.dataset)) { local.drop(); before = null; } // it left
  if (before && before.body === field.value) later(); // an answer that was refused comes back before it was kept
  else if (before) {
    if (before.version === version) { field.value = before.body; say("What you typed here is back."); later(); }
    else say("This browser kept another text of yours.", ["Show it", () => { const here = field.value; put(before.body); say("This is what this browser kept.", ["Back to the other", () => put(here)]); }]);
  }
  form.addEventListener("input", later);
  form.addEventListener("change", (event) => { if (event.target.name === "slots") later(); });
  field.addEventListener("focus", begin, { once: true });
  window.addEventListener("online", () => { if (local.read()) save(); });
  setInterval(() => { if (document.activeElement === field && !document.hidden) begin(); }, 120000);
  window.addEventListener("beforeunload", () => { leaving = true; });
  window.addEventListener("pagehide", () => { if (!typed) post.leaving(form.dataset.letGo); });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    const here = local.read();
    if (here) local.write({ ...here, body: field.value, sent: true });
  });
}
