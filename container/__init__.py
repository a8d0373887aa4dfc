"""What the machine, and the container on it, let this process use."""
