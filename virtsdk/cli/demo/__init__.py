"""``virtsdk demo``: the first notebook, run on real guests, as a page."""
