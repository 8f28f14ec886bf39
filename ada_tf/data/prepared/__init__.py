"""Prepared sets: any source becomes images of one shape, once."""
