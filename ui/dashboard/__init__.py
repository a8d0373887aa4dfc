"""The dashboard: the server renders the view that an address describes, and a small script shows it."""
