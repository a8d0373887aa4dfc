"""How known programs write their records, and what is put around them."""
