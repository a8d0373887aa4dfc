"""Run many requests on one model, a pass at a time."""
