"""History of a Prometheus: its files, its servers, and what exporters call our columns."""
