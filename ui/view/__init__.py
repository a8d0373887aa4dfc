"""What a page of the dashboard looks at: its address as a value, and the time range it means."""
