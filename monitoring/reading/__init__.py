"""Files fill windows, live or once."""
