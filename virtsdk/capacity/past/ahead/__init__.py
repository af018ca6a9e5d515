"""The statistics behind `forecast` and `exhaustion`: arrays in, arrays out."""
