"""What happens between iterations: Keras callbacks."""
