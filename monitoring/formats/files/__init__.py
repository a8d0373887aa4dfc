"""What a file holds, whatever its name: its compression, its encoding, and how records stand in it."""
