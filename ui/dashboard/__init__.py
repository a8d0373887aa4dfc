"""The dashboard: one view, told by a query string, that is rendered here and shown by a small script."""
