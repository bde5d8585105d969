"""The first of the product's two signals: a stored message is being handled."""

from django.dispatch import Signal

# Sent with plain `send` inside the handling transaction: a receiver that fails leaves the message unhandled.
# Arguments: message (crm.Message), mail (crm.rules.mime.ParsedMail), envelope (crm.rules.envelope.Envelope).
message_received = Signal()
