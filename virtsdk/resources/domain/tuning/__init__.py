"""What a guest has of its host's memory and processors, and the limits on that."""
