"""Rules over the records, and what comes of them; the same records give the same alerts, live or replayed."""
