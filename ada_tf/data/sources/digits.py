"""The built-in set: 1,797 handwritten digits, 10 classes, no download."""

import numpy as np
from PIL import Image

# Pixels of the set are counts of ink in a 4x4 cell: 0 (none) to 16 (all).
_FULL_INK = 16


def load_digits(resolution: int):
    """Read scikit-learn's digits (BSD licence), white ink on black.

    They have 8x8 pixels and are enlarged with the bicubic filter: Lanczos rings visibly on the
    black ground, box leaves blocks.

    Args:
        resolution: side of the returned images.

    Returns:
        (uint8 [1797, resolution, resolution, 1], int64 [1797] classes 0 to 9).
    """
    from sklearn import datasets  # only who asks for digits waits for this import

    ink, labels = datasets.load_digits(return_X_y=True)
    images = np.rint(ink.reshape(-1, 8, 8) * (255 / _FULL_INK)).astype(np.uint8)
    size = (resolution, resolution)
    enlarged = [Image.fromarray(p).resize(size, Image.Resampling.BICUBIC) for p in images]
    return np.stack(enlarged)[..., None], labels.astype(np.int64)
