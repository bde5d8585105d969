"""The baton: a message became a reply row and appointment setting takes over."""

from django.dispatch import Signal

# Sent with plain `send` inside the handling transaction, for machines too (`reply.counts` tells them apart).
# Arguments: reply (prospecting.Reply), message (crm.Message), envelope (crm.rules.envelope.Envelope).
reply_received = Signal()
