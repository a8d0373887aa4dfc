"""Files of settings, and what is wrong in them, told by line and key."""
