"""Faults that the product survives: counted from outside it."""
