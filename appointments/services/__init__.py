"""What a user would say happened in appointment setting."""
