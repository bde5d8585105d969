/* Clocks run on while a page stays open. Only the time since loading counts: the server's clock is the
   one that was promised by, and in a sandbox it may run ahead of this machine's. */
const loaded = performance.now();

function span(minutes) {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days) return `${days} day${days === 1 ? "" : "s"}${hours && days < 10 ? ` ${hours} h` : ""}`;
  if (hours) return `${hours} h${rest ? ` ${rest} min` : ""}`;
  return `${rest} min`;
}

function runOn(clock) {
  clock.dataset.shownAfter ??= String(Math.floor((performance.now() - loaded) / 60000));
  const passed = Math.floor((performance.now() - loaded) / 60000) - Number(clock.dataset.shownAfter);
  const left = Number(clock.dataset.minutes) - passed;
  if (!passed) return;
  clock.lastChild.data = left > 0 ? `${span(left)} left` : `${span(-left)} late`;
  clock.classList.toggle("late", left <= 0);
  clock.classList.toggle("soon", left > 0 && left <= 30);
  if (left <= 0) clock.querySelector(".ring")?.remove();
}

setInterval(() => document.querySelectorAll(".clock[data-minutes]").forEach(runOn), 20000);
