/* The story of an account: an entry that the address names opens with the fold around it; on paper folds open when asked. */
function openAt() {
  const named = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (!named) return;
  for (let fold = named.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
  named.scrollIntoView({ block: "center" });
}
openAt();
addEventListener("hashchange", openAt);

for (const button of document.querySelectorAll("[data-print], [data-open-all]")) button.hidden = false;
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const all = event.target.closest("[data-open-all]");
  if (!all) return;
  const folds = [...document.querySelectorAll(".story details")];
  const open = folds.some((fold) => !fold.open);
  folds.forEach((fold) => { fold.open = open; });
});
