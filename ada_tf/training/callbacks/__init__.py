"""Keras callbacks of a training: they act between iterations."""
