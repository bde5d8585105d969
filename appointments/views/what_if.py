"""What if a step were better: sliders that also work as a plain form."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from appointments import reports
from appointments.rules.whatif import MINUTES_A_REPLY, MINUTES_AN_ACCOUNT, STEPS, WhatIf

SHARES = ("reply", "qualified", "booked", "held")
NAMES = {"contacted": "Contacted", "reply": "Reply", "qualified": "Qualified, of replies", "booked": "Booked too, of qualified", "held": "Held, of those booked"}  # fmt: skip
SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
BETTER = 1.2


def shown(request: HttpRequest, inputs: dict[str, Any], kept: dict[str, str]) -> dict[str, Any]:
    """The card: what is asked in the address, its answer, and two ready-made ways."""
    base = base_of(inputs)
    asked = {name: read(request.GET.get(name, ""), base[name], name) for name in NAMES}
    sign = sign_of(inputs["costs"])
    twice, better = {**base, "contacted": 2 * base["contacted"]}, bettered(base)
    found = ask(inputs, base, asked)
    ways = (("Answer better", better), ("Send twice as much", twice))
    return {
        "base": base,
        "presets": [preset(name, values, kept) for name, values in (*ways, ("As it is", base))],
        "sliders": [slider(name, asked[name], base[name]) for name in NAMES],
        "kept": kept.items(),
        "headline": headline(found),
        "text": text(found, same=asked["contacted"] == base["contacted"]),
        "row": row(found, sign),
        "ways": [{"name": name, **row(ask(inputs, base, values), sign)} for name, values in ways],
        "costs_words": costs_words(inputs["costs"], sign),
        "costs_json": json.dumps(unit_costs(inputs)),
        "base_json": json.dumps(base),
    }


def sign_of(costs: dict[str, Any]) -> str:
    currency = str(costs.get("currency", "EUR"))
    return SIGNS.get(currency, currency)


def base_of(inputs: dict[str, Any]) -> dict[str, float]:
    """As it is: accounts contacted, and the shares in percent."""
    contacted = round(inputs["accounts"] * (inputs["contacted"] or 0))
    return {"contacted": contacted, **{name: round(100 * (inputs[name] or 0), 1) for name in SHARES}}


def bettered(base: dict[str, float]) -> dict[str, float]:
    return {**base, **{name: round(min(98.0, base[name] * BETTER), 1) for name in ("qualified", "booked", "held")}}


def read(text: str, fallback: float, name: str) -> float:
    """A slider's value, kept inside its range."""
    try:
        value = float(text[:12])
    except ValueError:
        return fallback
    least, most, _ = bounds(name, fallback)
    return min(most, max(least, value)) if value == value else fallback


def bounds(name: str, base: float) -> tuple[float, float, float]:
    """Least, most and step of a slider; what is already beyond stays reachable."""
    if name == "contacted":
        return 0, max(20, 3 * base), 1
    return 0, 100 if name != "reply" else min(100.0, max(30.0, 3 * base)), 0.1


def ask(inputs: dict[str, Any], base: dict[str, float], at: dict[str, float]) -> WhatIf:
    times = at["contacted"] / base["contacted"] if base["contacted"] else 1
    before = {name: inputs[name] for name in STEPS}
    # an untouched slider is exactly as it is, not as it was rounded
    after = {name: at[name] / 100 for name in SHARES if at[name] != base[name]}
    return reports.what_if(inputs["accounts"], before, after, times)


def preset(name: str, values: dict[str, float], kept: dict[str, str]) -> dict[str, Any]:
    asked = urlencode({**kept, **values})
    return {"name": name, "url": f"{reverse('appointments:funnel')}?{asked}", "plain": name == "As it is",
            "values": ",".join(f"{values[one]:g}" for one in NAMES)}  # fmt: skip


def slider(name: str, value: float, base: float) -> dict[str, Any]:
    least, most, step = bounds(name, base)
    unit = "" if name == "contacted" else " %"
    return {
        "key": name, "name": NAMES[name], "border": name == "qualified", "step": f"{step:g}",
        "tone": "before" if name in ("contacted", "reply") else "after",
        "least": f"{least:g}", "most": f"{most:g}", "value": f"{value:g}", "changed": value != base,
        "was": f"{base:,g}{unit}", "now": f"{value:,g}{unit}",
    }  # fmt: skip


def headline(found: WhatIf) -> str:
    before, after = round(found.held_before), round(found.held_after)
    return f"{before} held meetings, as it is" if before == after else f"{before} → {after} held meetings"


def text(found: WhatIf, *, same: bool) -> str:
    before, after = round(found.held_before), round(found.held_after)
    if before == after:
        return "Move a step to see what changes."
    more = after - before
    share = f", {'+' if more > 0 else '−'}{abs(round(100 * more / before))} %" if before else ""
    list_words = ", with the same list and the same sending" if same else ""
    return f"{abs(more)} {'more' if more > 0 else 'fewer'}{share}{list_words}"


def row(found: WhatIf, sign: str) -> dict[str, str]:
    each = found.per_extra if round(found.held_after) > round(found.held_before) else None
    return {
        "held": f"{round(found.held_after):,}",
        "cost": f"{sign} {found.cost:,.0f}",
        "each": f"{sign} {each:,.0f}" if each is not None else "–",
    }


def unit_costs(inputs: dict[str, Any]) -> dict[str, Any]:
    """What the same sum needs in the browser."""
    costs = inputs["costs"]
    hour = costs.get("working_hour", 0)
    return {
        "accounts": inputs["accounts"],
        "account": costs.get("account_on_list", 0) + costs.get("touch_sent", 0) + hour * MINUTES_AN_ACCOUNT / 60,
        "better": hour * MINUTES_AN_ACCOUNT / 60,
        "reply": hour * MINUTES_A_REPLY / 60,
        "sign": sign_of(costs),
    }


def costs_words(costs: dict[str, Any], sign: str) -> str:
    money = {name: f"{sign} {costs.get(name, 0):,.2f}" for name in ("account_on_list", "touch_sent", "working_hour")}
    return (
        f"List {money['account_on_list']}, sending {money['touch_sent']} and {MINUTES_AN_ACCOUNT} minutes an account; "
        f"{MINUTES_A_REPLY} minutes a reply answered better; {money['working_hour']} an hour."
    )
