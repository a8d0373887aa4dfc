"""Who gets which part of the next pass."""
