"""Raw records to frames of one sample."""
