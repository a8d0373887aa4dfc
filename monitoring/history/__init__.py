"""Questions to the whole log."""
