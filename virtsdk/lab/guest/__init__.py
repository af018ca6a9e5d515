"""Guests of a lab: their image, their definitions, their start."""
