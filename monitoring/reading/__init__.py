"""Read log files into windows, live or once."""
