"""Models of strangers that are scored: SavedModels and .keras files, checked before they are loaded."""
