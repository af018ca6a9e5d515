"""The console of a guest, and pictures of its screen."""
