"""What happens to the guests of hosts that fail."""
