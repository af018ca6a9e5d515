"""The review of a fleet in one report: its answers, their sections, and the page."""
