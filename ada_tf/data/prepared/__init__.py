"""Prepared sets: any source becomes square images of one size, once."""
