"""Answer questions about all files of a log."""
