/* What if, while a slider moves; without this file the form asks the server the same question. */
const form = document.getElementById("what-if-form");

if (form) {
  const costs = JSON.parse(form.dataset.costs);
  const base = JSON.parse(form.dataset.base);
  const money = (amount) => `${costs.sign} ${Math.round(amount).toLocaleString("en")}`;
  const shares = ["reply", "qualified", "booked", "held"];
  const walked = (at) => at.contacted * shares.reduce((left, name) => left * at[name] / 100, 1);

  /* the same sum as on the server: more accounts cost list, sending and work; better steps cost work */
  const extra = (at) => {
    const times = base.contacted ? at.contacted / base.contacted : 1;
    const better = (names) => names.some((name) => at[name] > base[name]);
    let cost = costs.accounts * Math.max(times - 1, 0) * costs.account;
    if (better(["qualified", "booked", "held"])) cost += at.contacted * at.reply / 100 * costs.reply;
    if (better(["reply"])) cost += costs.accounts * times * costs.better;
    return cost;
  };

  const show = () => {
    const at = Object.fromEntries([...form.querySelectorAll("input[type=range]")].map((one) => [one.name, Number(one.value)]));
    const before = Math.round(walked(base));
    const after = Math.round(walked(at));
    const more = after - before;
    const cost = extra(at);
    for (const slider of form.querySelectorAll("input[type=range]")) {
      const unit = shares.includes(slider.name) ? " %" : "";
      const output = slider.parentElement.querySelector("output");
      const bold = Object.assign(document.createElement("b"), { textContent: `${Number(slider.value).toLocaleString("en")}${unit}` });
      const old = Object.assign(document.createElement("s"), { textContent: `${Number(base[slider.name]).toLocaleString("en")}${unit} →` });
      output.replaceChildren(...(Number(slider.value) === base[slider.name] ? [bold] : [old, bold]));
    }
    document.getElementById("gain-fig").textContent = more ? `${before} → ${after} held meetings` : `${before} held meetings, as it is`;
    const same = at.contacted === base.contacted ? ", with the same list and the same sending" : "";
    const share = before ? `, ${more > 0 ? "+" : "−"}${Math.abs(Math.round(100 * more / before))} %` : "";
    document.getElementById("gain-text").textContent = more ? `${Math.abs(more)} ${more > 0 ? "more" : "fewer"}${share}${same}` : "Move a step to see what changes.";
    const cells = document.querySelectorAll("#gain-row td");
    cells[0].textContent = after;
    cells[1].textContent = money(cost);
    cells[2].textContent = more > 0 ? money(cost / (walked(at) - walked(base))) : "–";
  };

  form.querySelector("[data-auto-hide]").hidden = true;
  form.addEventListener("input", show);
  document.querySelectorAll("[data-set]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    link.dataset.set.split(",").forEach((value, n) => { form.querySelectorAll("input[type=range]")[n].value = value; });
    show();
  }));
}
