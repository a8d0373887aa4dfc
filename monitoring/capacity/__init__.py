"""The number of messages that the machine can take."""
