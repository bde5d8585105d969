/* A fold that the address names opens, and its first field waits for the words. */
const named = location.hash ? document.getElementById(location.hash.slice(1)) : null;
if (named?.matches("details")) {
  named.open = true;
  named.scrollIntoView({ block: "center" });
  named.querySelector("input, select, textarea")?.focus();
}
if (named?.matches("textarea, input")) { named.focus(); named.scrollIntoView({ block: "center" }); }
