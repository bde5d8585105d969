/* One stream per browser: the tab that holds the lock listens to the server and tells the others.
   Each message becomes an event on body, which htmx waits for: hx-trigger="live:work from:body". */
const address = document.body.dataset.live;
const others = "BroadcastChannel" in window ? new BroadcastChannel("baton-live") : null;

function tell(topic, detail) {
  document.body.dispatchEvent(new CustomEvent(`live:${topic}`, { detail }));
  document.body.dispatchEvent(new CustomEvent("live", { detail: { topic, ...detail } }));
}

function heard(data) {
  let said = {};
  try { said = JSON.parse(data); } catch { said = { topic: data }; }
  const topics = [said.kind ?? "work"].flat();
  for (const topic of topics) {
    tell(topic, said);
    others?.postMessage({ topic, said });
  }
}

function listen() {
  return new Promise(() => {
    const stream = new EventSource(address);
    stream.addEventListener("message", (event) => heard(event.data));
    window.addEventListener("pagehide", () => stream.close());
  });
}

if (address) {
  others?.addEventListener("message", ({ data }) => tell(data.topic, data.said));
  if (navigator.locks) navigator.locks.request("baton-live", listen);
  else listen();
}

/* a part that refreshes itself waits while someone types in it */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, elt, requestConfig } = event.detail;
  const at = document.activeElement;
  if (requestConfig.verb === "get" && target === elt && target.contains(at) && at.matches("input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select")) event.detail.shouldSwap = false;
});
