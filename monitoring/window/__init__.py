"""The newest records of a log as columns in memory."""
