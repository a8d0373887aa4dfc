"""Lines become columns in memory."""
