"""A task becomes a line on the disk."""
