"""Folders of a mailbox on its server, how far each was read, and where in it a message lies."""

from django.db import models


class MailFolder(models.Model):
    """An epoch begins when the server gives its messages new numbers (UIDVALIDITY, RFC 9051 §2.3.1.1).

    What lay there when the epoch began is read from `epoch_since` on; all that came after it is read.
    """

    class Role(models.TextChoices):
        INBOX = "inbox", "Inbox"
        JUNK = "junk", "Junk"
        SENT = "sent", "Sent"
        ALL = "all", "All mail"
        OTHER = "other", "Other"

    mailbox = models.ForeignKey("crm.Mailbox", models.CASCADE, related_name="folders")
    name = models.CharField(max_length=500, help_text="As the server calls it.")
    role = models.CharField(max_length=8, choices=Role, default=Role.OTHER)
    uidvalidity = models.BigIntegerField(default=0, help_text="0: never opened yet.")
    last_uid = models.BigIntegerField(
        default=0, help_text="Everything up to this number is stored or noted as missing."
    )
    last_internaldate = models.DateTimeField(null=True, blank=True)
    epoch_since = models.DateTimeField(null=True, blank=True)
    epoch_uidnext = models.BigIntegerField(default=0)
    on_server = models.PositiveIntegerField(
        default=0, help_text="Messages of the time we answer for, at the last count."
    )
    stored = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("mailbox", "name", name="mail_folder_once")]

    def __str__(self) -> str:
        return self.name


class FolderSighting(models.Model):
    """A message under its number in a folder; without a message it is one that could not be fetched, and why."""

    folder = models.ForeignKey(MailFolder, models.CASCADE, related_name="sightings", db_index=False)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    message = models.ForeignKey("crm.Message", models.CASCADE, null=True, blank=True, related_name="places")
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("folder", "uidvalidity", "uid", name="folder_sighting_once")]

    def __str__(self) -> str:
        return f"{self.folder} {self.uid}"
