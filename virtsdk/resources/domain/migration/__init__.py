"""Moving a guest to another host."""
