"""What the product tells one person."""

from crm import clock
from crm.models import Notification, User
from crm.services import live
from crm.whole import whole


@whole()
def notify(user: User, kind: str, text: str, url: str = "") -> Notification:
    row = Notification.objects.create(user=user, kind=kind, text=text[:300], url=url[:300], at=clock.now())
    live.tell("notification", user=user, id=row.pk)
    return row


def mark_read(notification: Notification) -> None:
    if notification.read_at is None:
        notification.read_at = clock.now()
        notification.save(update_fields=["read_at"])
