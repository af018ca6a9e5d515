"""Sources of the timeline: a live host, or a recording."""
