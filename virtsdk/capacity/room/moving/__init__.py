"""Moves from where guests are to where they are better off: in an order that never overcommits a host."""
