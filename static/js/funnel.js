/* What if, while a slider moves; without this file the form asks the server the same question. */
const form = document.getElementById("what-if-form");

if (form) {
  const costs = JSON.parse(form.dataset.costs);
  const base = JSON.parse(form.dataset.base);
  const sign = { EUR: "€", GBP: "£", USD: "$" }[costs.currency] ?? costs.currency;
  const money = (amount) => `${sign} ${Math.round(amount).toLocaleString("en")}`;
  const shares = ["reply", "qualified", "booked", "held"];

  const walk = (at) => {
    const engaged = at.contacted * at.reply / 100;
    const qualified = engaged * at.qualified / 100;
    const booked = qualified * at.booked / 100;
    return { engaged, qualified, booked, held: booked * at.held / 100 };
  };
  const extra = (at, now, was) => (at.contacted - base.contacted) * costs.contacted
    + (now.engaged - was.engaged) * costs.engaged + (now.qualified - was.qualified) * costs.qualified
    + (now.booked - was.booked) * costs.booked + (now.held - was.held) * costs.held;

  const show = () => {
    const at = Object.fromEntries([...form.querySelectorAll("input[type=range]")].map((one) => [one.name, Number(one.value)]));
    const now = walk(at);
    const was = walk(base);
    const before = Math.round(was.held);
    const after = Math.round(now.held);
    const more = after - before;
    const cost = Math.max(0, extra(at, now, was));
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
    cells[2].textContent = more > 0 ? money(cost / more) : "–";
  };

  form.querySelector("[data-auto-hide]").hidden = true;
  form.addEventListener("input", show);
  document.querySelectorAll("[data-set]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    link.dataset.set.split(",").forEach((value, n) => { form.querySelectorAll("input[type=range]")[n].value = value; });
    show();
  }));
}
