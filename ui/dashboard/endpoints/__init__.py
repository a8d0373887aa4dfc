"""The HTTP addresses of the dashboard."""
