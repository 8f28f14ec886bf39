"""Images of an evaluation: made by generators, read from folders, data sets or arrays."""
