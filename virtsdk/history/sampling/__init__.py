"""Hosts asked for their figures: who is due when, and what a sample is before it is written."""
