"""Other people's history as the documented frames: Prometheus, CSV, Parquet, collectd, telegraf, sar."""
