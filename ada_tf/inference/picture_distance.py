"""Likeness and distance of pictures by their pixels alone."""

import numpy as np
import tensorflow as tf

from ada_tf.ops.pixels import box_mean

_SMALLEST_PICTURE = 4  # pixels of a side


def pixel_pyramid(images):
    """An embedding in which squared distances are mean squared errors, added up over sizes.

    Sizes are that of the images and its halves, by the mean of 2x2 pixels, down to 4 pixels a side.
    A mean squared error of 1 is the square of half of the range from black to white.

    Args:
        images: float32 [N, H, W, C] in [-1, 1], of any channels.

    Returns:
        float32 [N, D].
    """
    levels = []
    images = tf.convert_to_tensor(images)
    while True:
        _, h, w, c = images.shape
        levels.append(tf.reshape(images, [-1, h * w * c]) / (h * w * c) ** 0.5)
        if h % 2 or w % 2 or min(h, w) < 2 * _SMALLEST_PICTURE:
            return tf.concat(levels, axis=1)
        images = box_mean(images, 2)


def psnr(images, others) -> np.ndarray:
    """Return the likeness of pictures in dB: 10 log10(4 / mean squared difference), over all channels.

    Args:
        images: float [N, H, W, C]; what is outside of [-1, 1] is clipped, as in files.
        others: the same.

    Returns:
        float64 [N]; infinite for the same pictures.
    """
    a, b = (np.clip(np.asarray(pictures, np.float64), -1, 1) for pictures in (images, others))
    with np.errstate(divide="ignore"):
        return 10 * np.log10(4 / np.mean((a - b) ** 2, axis=(1, 2, 3)))
