"""Short names of what the images are: they depend on pixels, order and classes, nothing else.

Not on paths, times or how an image is encoded. The images are hashed one by one, so that the
threads that make them can do it.
"""

import hashlib
from collections.abc import Iterable

import numpy as np

from ada_tf.data.stored import Stored
from ada_tf.label_space import LabelSpace

# 64 bits: no two data sets of anybody agree by chance.
_DIGITS = 16


def of_image(pixels: np.ndarray) -> bytes:
    """Hash one image, uint8 or uint16 [H, W, C]."""
    return hashlib.sha256(np.ascontiguousarray(pixels)).digest()


def of_images(digests: Iterable[bytes], stored: Stored) -> str:
    """Hash images in their order, given the hash of each."""
    found = hashlib.sha256(str(stored).encode())
    for digest in digests:
        found.update(digest)
    return found.hexdigest()


def of_array(images: np.ndarray) -> str:
    """Hash images in an array, uint8 or uint16 [n, H, W, C]."""
    return of_images(map(of_image, images), Stored(*images.shape[1:], 8 * images.itemsize))


def of_dataset(images: str, labels: np.ndarray | None, space: LabelSpace) -> str:
    """Hash what is trained on: the hash of the images, and the labels if they are used."""
    found = hashlib.sha256(images.encode())
    if labels is not None:
        found.update(labels.astype("<f4" if space.attributes else "<i8").tobytes())
        found.update("\0".join((*space.class_names, *space.attributes)).encode())
    return found.hexdigest()[:_DIGITS]
