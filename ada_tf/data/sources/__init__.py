"""Where images come from: folders, zip files, TFDS data sets, the built-in digits."""
