"""Answers about room: what fits now, what fits after a change, and which moves get there."""
