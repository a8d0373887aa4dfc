"""Faults that are made on purpose, to see that the right alert tells of them."""
