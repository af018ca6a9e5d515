"""What `make release` does, a file a step, and how a wheel is tried on a fresh Debian."""
