"""Rules of idle guests, and their answer."""
