"""Network code of the shared record; called by services only."""
