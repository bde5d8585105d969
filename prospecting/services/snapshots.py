"""The list as it stood at one moment, kept whatever happens to it afterwards."""

from django.db import connection, transaction

from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from prospecting.models import Segment, SegmentVersion, Snapshot, TargetList


@transaction.atomic
def take(segment: Segment, *, name: str, reason: str = "", by: User | None) -> Snapshot:
    """Freeze the members with what is known of them now; the name is free once per list."""
    name = name.strip()[:120]
    if not name or "\x00" in name + reason:
        raise Refused("Give the snapshot a name.")
    target = TargetList.objects.select_for_update().get(segment=segment)
    if Snapshot.objects.filter(target_list=target, name__iexact=name).exists():
        raise Refused(f"There is a snapshot named “{name}” already.")
    version = segment.versions.filter(state=SegmentVersion.State.PUBLISHED).order_by("-number").first()
    row = Snapshot.objects.create(
        target_list=target, version=version, name=name, reason=reason.strip()[:200], by=by, at=clock.now()
    )
    row.members = copy_members(row)
    row.save(update_fields=["members"])
    Event.record("snapshot.taken", by=by, subject=row, why=row.reason, facts={"members": row.members})
    return row


def copy_members(row: Snapshot) -> int:
    """In the order of their names, so that a page is read in the order of the rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO prospecting_snapshotentry (snapshot_id, account_id, name, domain, rung)
            SELECT %s, account.id, account.name, account.domain, account.rung
              FROM prospecting_listentry entry JOIN crm_account account ON account.id = entry.account_id
             WHERE entry.target_list_id = %s AND entry.left_at IS NULL
             ORDER BY account.name, account.id
            """,
            [row.pk, row.target_list_id],
        )
        return int(cursor.rowcount)
