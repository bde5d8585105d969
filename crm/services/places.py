"""A place as people give it: country by code or name, phone written internationally, time zone from the place."""

from typing import Any

from crm.errors import Refused
from crm.rules import countries, phones, zones
from crm.rules.zones import DERIVED


def tidied(fields: dict[str, Any], country: str = "") -> dict[str, Any]:
    """The fields with country and phone as they are kept; raises Refused for a country nobody knows. A new dict."""
    fields = dict(fields)
    if given := fields.get("country"):
        code = countries.code_of(given)
        if not code:
            raise Refused(f"“{given}” is no country we know. Give its name or its two-letter code.")
        fields["country"] = country = code
    if fields.get("phone"):
        fields["phone"] = phones.shown(fields["phone"], country)[:40]
    return fields


def zone(place: Any) -> str:
    """The zone of an account or a person: the one somebody gave, else that of the place; empty when it cannot be known."""
    said = place.facts.get("zone") or {}
    if place.zone and not (isinstance(said, dict) and said.get("source") == DERIVED):
        return str(place.zone)
    found = zones.zone_of(place.country, place.state_name, place.city, place.postcode)
    place.facts = (
        {**place.facts, "zone": {"source": DERIVED}} if found else {k: v for k, v in place.facts.items() if k != "zone"}
    )
    return found
