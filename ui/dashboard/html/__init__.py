"""Pure functions from numbers to HTML."""
