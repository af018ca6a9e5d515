"""Where all guests would go if they were placed anew: heuristics, patterns, bounds, and the answer."""
