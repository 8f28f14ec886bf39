"""Generators in the formats of others: SavedModel, ONNX, LiteRT, each with its card."""
