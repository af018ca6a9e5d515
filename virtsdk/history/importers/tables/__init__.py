"""Tables of ones own: CSV and Parquet, and what other importers of rows share with them."""
