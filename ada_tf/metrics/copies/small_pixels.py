"""Small pixels: images as a few numbers, without brightness and contrast.

Networks that were trained on objects ignore contrast and brightness in some images and not in others. Small
pixels need no weights, and do not change with either.
"""

import numpy as np

SIDE = 16  # rows and columns of means


def small_pixels(images, side: int = SIDE) -> np.ndarray:
    """Compute means of side x side cells, shifted to the mean 0 and scaled to the length 1.

    Args:
        images: uint8 or float [N, H, W, C], of any size.
        side: cells in a row and in a column; cells of images that do not divide by it share pixels.

    Returns:
        float32 [N, side * side * C]. An image of one colour has no contrast, and is 0 everywhere.
    """
    means = cell_means(images, side)
    flat = means.reshape(len(means), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    # Less than round-off of bytes is no contrast.
    return np.where(lengths > 1e-3, flat / np.maximum(lengths, 1e-3), 0)


def cell_means(images, side: int = SIDE) -> np.ndarray:
    """Compute means of side x side cells: [N, H, W, C] of any numbers to float32 [N, C, side, side]."""
    rows, columns = _cells(images.shape[1], side), _cells(images.shape[2], side)
    return np.matmul(rows, np.asarray(images, np.float32).transpose(0, 3, 1, 2)) @ columns.T


def _cells(size: int, side: int) -> np.ndarray:
    """Weights of pixels in the mean of each cell, float32 [side, size]; rows sum to 1."""
    edges = np.arange(side + 1) * size / side
    pixels = np.arange(size)
    upper = np.minimum(edges[1:, np.newaxis], pixels + 1)
    lower = np.maximum(edges[:-1, np.newaxis], pixels)
    shares = np.maximum(upper - lower, 0)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
