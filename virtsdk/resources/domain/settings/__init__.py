"""Small things in a guest's definition that are set by a call of their own."""
