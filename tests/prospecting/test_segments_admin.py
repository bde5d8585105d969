"""Segments and their lists in the admin: the same verbs as on the pages."""

from typing import Any

from django.urls import reverse

from prospecting.models import ListEntry, Pin, Segment, Snapshot, TargetList
from tests.prospecting.world import account_named


def act(client: Any, noun: str, action: str, row: Any, **answers: Any) -> Any:
    url = reverse(f"admin:prospecting_{noun}_changelist")
    given = {"action": action, "_selected_action": [row.pk], **({"answered": "1", **answers} if answers else {})}
    return client.post(url, given, follow=True)


def test_an_admin_excludes_a_member_with_a_reason_and_a_last_day(world: Any, adm: Any, as_: Any) -> None:
    entry = ListEntry.objects.get()

    asked = act(as_(adm), "listentry", "keep_off", entry)
    act(as_(adm), "listentry", "keep_off", entry, reason="A customer.", expires_on="2026-07-01")

    assert b"Keep off the list" in asked.content
    assert (Pin.objects.get().kind, str(Pin.objects.get().expires_on)) == ("exclude", "2026-07-01")
    assert ListEntry.objects.get().left_reason == "excluded: A customer."


def test_an_admin_pins_an_account_found_by_its_name(world: Any, adm: Any, as_: Any) -> None:
    bakery = account_named("Bakery", owner=world.ada, industry="Bakery")
    client, target = as_(adm), TargetList.objects.get()

    found = client.get(
        "/admin/autocomplete/",
        {"term": "bak", "app_label": "prospecting", "model_name": "pin", "field_name": "account"},
    ).json()
    form = {
        "target_list": target.pk,
        "account": bakery.pk,
        "kind": "include",
        "reason": "They asked.",
        "expires_on": "",
    }
    client.post(reverse("admin:prospecting_pin_add"), form)

    assert [row["text"] for row in found["results"]] == ["Bakery"]
    assert ListEntry.objects.filter(account=bakery, entered_reason="pinned: They asked.").exists()


def test_an_admin_takes_a_snapshot_orders_segments_and_sets_the_hours(world: Any, adm: Any, as_: Any) -> None:
    client = as_(adm)

    act(client, "segment", "take_snapshot", world.segment, name="June", reason="for the board")
    act(client, "segment", "set_place", world.segment, place="1")
    act(client, "segment", "set_schedule", world.segment, every_hours="6")

    assert (Snapshot.objects.get().name, Segment.objects.get().priority) == ("June", 1)
    assert TargetList.objects.get().every_hours == 6


def test_words_change_in_the_form_and_leave_a_line(world: Any, adm: Any, as_: Any) -> None:
    url = reverse("admin:prospecting_segment_change", args=[world.segment.pk])

    as_(adm).post(url, {"name": "Cold stores", "statement": "Operations signs.", "_save": "1"} | management())

    assert Segment.objects.get().name == "Cold stores"


def management() -> dict[str, str]:
    return {
        f"{name}-{part}": "0"
        for name in ("versions", "variants", "roles_needed")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
