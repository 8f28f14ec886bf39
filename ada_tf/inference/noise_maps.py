"""Noise maps that are optimised together with a latent (arXiv 1912.04958, appendix D).

A map is float32 [N, height, width, 1], one for each 3x3 layer and each of N images. Free maps would
paint the picture themselves; kept white, of unit variance, they can hold its noise alone.
"""

import tensorflow as tf

from ada_tf.ops.pixels import box_mean

_SMALLEST_MAP = 8  # pixels of a side, to which the pyramid of a map goes down


def own_maps(synthesis) -> list:
    """The maps that a network has for `noise_mode="const"`, [1, height, width, 1] each."""
    if not getattr(synthesis, "noise_sizes", None):  # of other families, too
        return []
    layers = [layer for block in synthesis.blocks for layer in block.convs]
    return [
        tf.convert_to_tensor(layer.noise_const)[tf.newaxis, ..., tf.newaxis] for layer in layers
    ]


def whitened(noise):
    """Zero mean and unit variance of each map: what is done after every step of the optimiser."""
    noise = noise - tf.reduce_mean(noise, axis=[1, 2, 3], keepdims=True)
    return noise * tf.math.rsqrt(tf.reduce_mean(tf.square(noise), axis=[1, 2, 3], keepdims=True))


def autocorrelation(maps):
    """Return the distance of maps from white noise: the regularisation of appendix D, before its weight.

    The squared means of n(x, y) n(x - 1, y) and of n(x, y) n(x, y - 1), around the borders, are summed
    over maps and over their halves down to 8 pixels. A half is the mean of 2x2 pixels times 2, which keeps
    the variance.

    Args:
        maps: list of [N, height, width, 1].

    Returns:
        [N].
    """
    return tf.add_n([_neighbours(level) for noise in maps for level in _pyramid(noise)])


def _neighbours(noise):
    """Squared mean product of neighbours of [N, h, w, 1], from left to right and down: [N]."""
    products = [tf.reduce_mean(noise * tf.roll(noise, 1, axis), axis=[1, 2, 3]) for axis in (1, 2)]
    return tf.add_n([tf.square(product) for product in products])


def _pyramid(noise):
    yield noise
    while min(noise.shape[1:3]) > _SMALLEST_MAP:
        if any(side % 2 for side in noise.shape[1:3]):
            return
        noise = 2 * box_mean(noise, 2)
        yield noise
