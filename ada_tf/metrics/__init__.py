"""Scores of generated images: each metric a pure function of features, one pass for all of them."""
