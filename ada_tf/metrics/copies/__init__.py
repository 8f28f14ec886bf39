"""Copies of training images among generated ones."""
