/* Without a connection reading and writing go on: an answer that is sent waits in this browser, and leaves when the
   connection is back. Its key makes it leave once, however often it is tried. */
import { post } from "./post.js";

const band = document.getElementById("offline");
const place = `baton-waiting:${document.body.dataset.who ?? ""}`;

const read = () => { try { return JSON.parse(localStorage.getItem(place)) ?? []; } catch { return []; } };
const write = (rows) => { try { localStorage.setItem(place, JSON.stringify(rows)); } catch { /* then it stays on its page */ } };

function show() {
  const n = read().length;
  const waits = n ? ` ${n === 1 ? "One answer waits" : `${n} answers wait`} and ${n === 1 ? "leaves" : "leave"} when it is back.` : " What you send waits until it is back.";
  band.hidden = navigator.onLine && !n;
  band.querySelector("span").textContent = navigator.onLine ? `The connection is back. ${n === 1 ? "One answer is" : `${n} answers are`} being sent.` : `No connection. Reading and writing go on.${waits}`;
}

function tell(text, link) {
  const toast = Object.assign(document.createElement("div"), { className: "toast" });
  toast.dataset.toast = link ? "60" : "6";
  toast.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (link) toast.append(" ", Object.assign(document.createElement("a"), { href: link, className: "btn", textContent: "Open it" }));
  document.getElementById("toasts")?.append(toast);
}

async function send(row) {
  const answer = await post(row.address, new URLSearchParams(row.fields));
  if (answer.ok) { try { localStorage.removeItem(row.draft); } catch { /* none was kept */ } tell(`Sent to ${row.who}.`); }
  else tell(`Not sent to ${row.who}. What you wrote is kept on its page.`, row.page);
}

async function sendAll() {
  while (navigator.onLine && read().length) {
    const [first, ...rest] = read();
    try { await send(first); } catch { break; }
    write(rest);
  }
  show();
}

const go = () => (navigator.locks ? navigator.locks.request("baton-waiting", sendAll) : sendAll());

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-waits]") || navigator.onLine) return;
  event.preventDefault();
  const fields = [...new FormData(form, event.submitter)].filter(([, value]) => typeof value === "string");
  const address = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  const row = { address, fields, who: form.dataset.waits, page: location.pathname, draft: `baton-draft:${form.dataset.who}:${form.dataset.keepAt}` };
  write([...read().filter((one) => one.page !== row.page), row]);
  show();
}, { capture: true });

if (band) {
  window.addEventListener("online", () => { show(); go(); });
  window.addEventListener("offline", show);
  show();
  if (navigator.onLine && read().length) go();
}
