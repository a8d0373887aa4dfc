"""Small logs of every format."""
