"""Sources of images: folders, archives, TFDS data sets, the built-in digits and creatures."""
