"""Answers of a `Recording`: what it holds, whether it is whole, rates, definitions and events."""
