"""Answers of a recorded past: what guests used says what they need."""
