"""One timeline for figures as they come, for recordings and for events."""
