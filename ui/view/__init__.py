"""The view of a page of the dashboard: its address as a value, and the time interval that it shows."""
