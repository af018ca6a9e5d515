"""How long samples are kept, and what takes their place: rates and usage of every 5 minutes."""
