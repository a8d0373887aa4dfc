"""Pure functions from a window's records to numbers."""
