"""Corruptions: additive noise and cutout (arXiv:2006.06676, Appendix B)."""

import tensorflow as tf


def add_noise(images, sigma, noise):
    """Add white noise.

    Args:
        images: [N, H, W, C].
        sigma: [N], standard deviation.
        noise: [N, H, W, C], N(0, 1).

    Returns:
        [N, H, W, C].
    """
    sigma = tf.cast(sigma, images.dtype)
    return images + sigma[:, None, None, None] * tf.cast(noise, images.dtype)


def cut_out(images, size, center):
    """Set a rectangle to 0, the middle grey; it may hang over the border.

    Args:
        images: [N, H, W, C].
        size: [N], edge in image sizes; 0 cuts nothing.
        center: [N, 2], (x, y) in image sizes.

    Returns:
        [N, H, W, C].
    """

    def outside(length, centers):
        position = (tf.range(length, dtype=tf.float32) + 0.5) / length
        return tf.abs(position[None] - centers[:, None]) >= size[:, None] / 2.0  # [N, length]

    height, width = images.shape[1], images.shape[2]
    keep = outside(height, center[:, 1])[:, :, None] | outside(width, center[:, 0])[:, None, :]
    return images * tf.cast(keep, images.dtype)[..., None]
