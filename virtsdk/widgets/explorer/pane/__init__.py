"""The pane of one guest."""
