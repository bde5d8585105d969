"""Network code of appointment setting."""
