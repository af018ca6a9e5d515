"""The agent inside a guest: what it tells, and what it does there."""
