"""Losses, the compiled step, the trainable Keras model, and the policies around it."""
