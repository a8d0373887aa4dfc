"""The log record: schema, encoding, timestamps, names."""
