"""What a user would say happened to the shared record."""
