"""Plain values to small, escaped HTML (and charts); imports nothing of virtsdk but errors and units."""
