"""Measures of features, by NumPy and SciPy alone: each a formula of a paper."""
