"""Guests that share a host's CPUs: what they ask for together, and how packings of them would have done."""
