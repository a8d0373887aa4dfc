"""Parts of the load test: messages that arrive at a rate, and the rate at which a limit is crossed."""
