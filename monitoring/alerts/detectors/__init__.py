"""The kinds of alert rules, by what they watch."""
