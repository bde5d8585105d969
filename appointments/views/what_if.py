"""What if a step were better: sliders that also work as a plain form."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from appointments.reports.money import NAMES, ask, base_of, bettered, bounds, read
from appointments.rules.whatif import MINUTES_A_REPLY, MINUTES_AN_ACCOUNT, WhatIf, an_account
from appointments.rules.whatif import what_if as compute

SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}


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
        "costs_words": costs_words(inputs, sign),
        "examples": examples(inputs, sign),
        "costs_json": json.dumps(unit_costs(inputs)),
        "base_json": json.dumps(base),
    }


def sign_of(costs: dict[str, Any]) -> str:
    currency = str(costs.get("currency", "EUR"))
    return SIGNS.get(currency, currency)


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
        "account": sum(an_account(costs, inputs["touches"]).values()),
        "better": hour * MINUTES_AN_ACCOUNT / 60,
        "reply": hour * MINUTES_A_REPLY / 60,
        "sign": sign_of(costs),
    }


def costs_words(inputs: dict[str, Any], sign: str) -> str:
    costs = inputs["costs"]
    names = ("account_on_list", "touch_sent", "mailbox", "risk", "working_hour")
    money = {name: f"{sign} {costs.get(name, 0):,.2f}" for name in names}
    return (
        f"An account costs the list {money['account_on_list']}, sending {money['touch_sent']} a touch "
        f"({inputs['touches']:.1f} touches each), mailboxes {money['mailbox']}, risk {money['risk']} and "
        f"{MINUTES_AN_ACCOUNT} minutes; {MINUTES_A_REPLY} minutes a reply answered better; "
        f"{money['working_hour']} an hour."
    )


REPLIES, RATE = 100, 0.20
TEN_PERCENT = {"contacted": 1.0, "reply": 0.1, "qualified": RATE, "booked": 1.0, "held": 1.0}


def examples(inputs: dict[str, Any], sign: str) -> list[str]:
    """Two sums worth knowing by heart, with this installation's costs: 100 replies of which a fifth is held."""
    accounts, costs = REPLIES / TEN_PERCENT["reply"], {k: v for k, v in inputs["costs"].items() if k != "currency"}
    better = compute(accounts, TEN_PERCENT, {**TEN_PERCENT, "qualified": 0.35}, costs)
    twice = compute(accounts, TEN_PERCENT, TEN_PERCENT, costs, 2)
    return [
        f"{REPLIES} replies, {RATE:.0%} held, answered so that 35% are: {better.held_before:.0f} → {better.held_after:.0f} "
        f"held meetings, +{better.share or 0:.0%}, for {sign} {better.cost:,.0f}: {sign} {better.per_extra or 0:,.0f} each.",
        f"Twice the sending instead, still {RATE:.0%}: {twice.held_before:.0f} → {twice.held_after:.0f}, for "
        f"{sign} {twice.cost:,.0f}: {sign} {twice.per_extra or 0:,.0f} each. The list is spent twice "
        f"({sign} {twice.parts['list']:,.0f} more) and the risk is run twice ({sign} {twice.parts['risk']:,.0f} more).",
    ]
