"""One iteration of training: what the papers say."""
