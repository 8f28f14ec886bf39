"""The built-in set: 1,797 handwritten digits, 10 classes, no download."""

import numpy as np
from PIL import Image

# Pixels of the set are counts of ink in a 4x4 cell: 0 (none) to 16 (all).
_FULL_INK = 16


def load_digits(height: int, width: int):
    """Read scikit-learn's digits (BSD licence), white ink on black.

    They have 8x8 pixels and are enlarged with the bicubic filter: Lanczos rings visibly on the
    black ground, box leaves blocks. In pictures that are no squares they stand in the middle.

    Args:
        height: of the returned images.
        width: of the returned images.

    Returns:
        (uint8 [1797, height, width, 1], int64 [1797] classes 0 to 9).
    """
    from sklearn import datasets  # only who asks for digits waits for this import

    ink, labels = datasets.load_digits(return_X_y=True)
    images = np.rint(ink.reshape(-1, 8, 8) * (255 / _FULL_INK)).astype(np.uint8)
    side = min(height, width)
    size, top, left = (side, side), (height - side) // 2, (width - side) // 2
    pictures = np.zeros([len(images), height, width, 1], np.uint8)
    pictures[:, top : top + side, left : left + side, 0] = [
        Image.fromarray(p).resize(size, Image.Resampling.BICUBIC) for p in images
    ]
    return pictures, labels.astype(np.int64)
