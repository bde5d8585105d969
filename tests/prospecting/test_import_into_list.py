"""An import into a list pins its accounts, and lets them go when it is undone."""

from typing import Any

from crm.models import Account, Import
from crm.services import import_undo, imports
from prospecting.models import ListEntry, Pin

FILE = b"external_id,name\nA1,Maas BV\nA2,Dekker\n"


def test_pins_of_the_import_are_taken_off_the_list(world: Any, ada: Any) -> None:
    target = world.segment.target_list
    before = set(ListEntry.objects.filter(target_list=target, left_at=None).values_list("account", flat=True))
    imports.import_rows(FILE, "accounts", by=ada, options={"list": target.pk})
    assert Pin.objects.filter(target_list=target, reason="import").count() == 2

    import_undo.undo(Import.objects.latest("pk"), by=ada)

    assert not Pin.objects.filter(reason="import").exists()
    assert set(ListEntry.objects.filter(target_list=target, left_at=None).values_list("account", flat=True)) == before
    assert not Account.objects.filter(external_id__in=["A1", "A2"]).exists()
