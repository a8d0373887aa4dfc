"""Read anybody's log: each line of another program becomes records of ours, in one place for all readers."""
