"""How many messages the machine can take."""
