"""Serve the page: the app behind its guard, on one port."""
