"""Where images come from: folders, archives, TFDS data sets, the built-in digits and creatures."""
