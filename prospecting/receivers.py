"""What prospecting hears from below, and the one verb each message calls."""
