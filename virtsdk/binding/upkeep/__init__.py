"""Upkeep of a connection: who uses it, in which turn, whether its host is there, and how it ends."""
