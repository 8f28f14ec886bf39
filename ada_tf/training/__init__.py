"""Training: settings, the iteration, the Keras model, callbacks, and runs on the disk."""
