"""Sizes as an answer, and as changed definitions."""
