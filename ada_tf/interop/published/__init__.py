"""Networks that others published, read as data."""
