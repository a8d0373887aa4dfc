"""What a record is: schema, encoding, timestamps, names."""
