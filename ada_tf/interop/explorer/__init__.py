"""The explorer: a generator as a page for browsers."""
