/* A form sent by the page itself: the token of the page goes along. */
const token = () => { try { return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]; } catch { return ""; } };

function words(fields) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) said.append(name, one);
  return said;
}

export const post = (address, fields) => fetch(address, { method: "POST", headers: { "X-CSRFToken": token() }, body: fields instanceof URLSearchParams ? fields : words(fields) });

/* sent while the page goes away; nobody waits for its answer */
post.leaving = (address) => {
  const said = new FormData();
  said.append("csrfmiddlewaretoken", token());
  navigator.sendBeacon?.(address, said);
};
