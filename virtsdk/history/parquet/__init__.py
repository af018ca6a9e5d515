"""Parquet files as a recording wants them: sealed, written whole, and those of older versions."""
