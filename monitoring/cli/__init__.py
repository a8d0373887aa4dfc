"""The command line: `python -m monitoring`."""
