"""Sizes of networks, from their settings alone: feature maps; weights and work of a picture of StyleGAN2.

Work counts the products of kernels and matrices and the numbers that layers hand on. Filters, biases
and activations pass over these numbers and follow from them.
"""

import itertools
import math
from typing import NamedTuple

from ada_tf.shape import Shape


def channels_at(block: int, channel_base: int, channel_max: int) -> int:
    """Return the feature maps of a block: halved for each doubling above the maximum."""
    return min(channel_base // block, channel_max)


def group_of(width: int, group_size: int) -> int:
    """Maps of a group: the smallest number from `group_size` on that divides the width, or all."""
    return next((n for n in range(group_size, width) if width % n == 0), width)


class Work(NamedTuple):
    """Work of one picture, once through a network.

    Attributes:
        flops: additions and multiplications of convolutions and matrix products.
        values: numbers that convolutions write.
        layers: number of convolutions and matrix products; each starts some operations.
    """

    flops: float
    values: float
    layers: float

    def __add__(self, other):
        return Work(*(a + b for a, b in zip(self, other, strict=True)))

    def times(self, passes: float, layers: float) -> "Work":
        """Work of `passes` pictures in programs that start all layers `layers` times."""
        return Work(self.flops * passes, self.values * passes, self.layers * layers)


_NONE = Work(0.0, 0.0, 0)


def generator_work(config, shape: Shape, label_dim: int) -> Work:
    """Count the work of a picture through mapping and synthesis."""
    total = _mapping(config.z_dim, config.w_dim, config.mapping_layers, label_dim)
    before = None
    for block in shape.blocks:
        size, width = shape.at(block), channels_at(block, *config.generator_channels)
        if before is not None:  # the layer that doubles the size multiplies at the smaller one
            total += _styled(before, width, shape.at(block // 2), size, config.w_dim)
            if config.generator_architecture == "resnet":
                total += _conv(before, width, shape.at(block // 2), kernel=1)
        total += _styled(width, width, size, size, config.w_dim)
        if block == shape.top or config.generator_architecture == "skip":
            total += _dense(config.w_dim, width) + _conv(width, shape.channels, size, kernel=1)
        before = width
    return total


def discriminator_work(config, shape: Shape, label_dim: int) -> Work:
    """Count the work of a picture through blocks, epilogue and the mapping of labels."""
    total = _NONE
    for block in reversed(shape.blocks[1:]):
        width = channels_at(block, *config.discriminator_channels)
        after = channels_at(block // 2, *config.discriminator_channels)
        size, half = shape.at(block), shape.at(block // 2)
        if block == shape.top or config.discriminator_architecture == "skip":
            total += _conv(shape.channels, width, size, kernel=1)
        total += _conv(width, width, size) + _conv(width, after, half)
        if config.discriminator_architecture == "resnet":
            total += _conv(width, after, half, kernel=1)
    width, base = channels_at(4, *config.discriminator_channels), shape.base
    if config.discriminator_architecture == "skip":
        total += _conv(shape.channels, width, base, kernel=1)
    total += _conv(width + 1, width, base)  # one more for the standard deviation of the batch
    total += _dense(width * math.prod(base), width) + _dense(width, width if label_dim else 1)
    if label_dim:
        total += _mapping(0, width, config.discriminator_mapping_layers, label_dim)
    return total


def _mapping(z_dim, w_dim, layers, label_dim) -> Work:
    total = _dense(label_dim, w_dim) if label_dim else _NONE
    widths = [z_dim + (w_dim if label_dim else 0)] + [w_dim] * layers
    for inputs, outputs in itertools.pairwise(widths):
        total += _dense(inputs, outputs)
    return total


def _dense(inputs, outputs) -> Work:
    # A multiplication and an addition for each weight.
    return Work(2.0 * inputs * outputs, outputs, 1)


def _conv(inputs, outputs, size, kernel=3) -> Work:
    """Count a convolution that writes feature maps of a size, (height, width)."""
    pixels = math.prod(size)
    # Borders are counted like the inside.
    return Work(2.0 * kernel**2 * inputs * outputs * pixels, outputs * pixels, 1)


def _styled(inputs, outputs, read, written, w_dim) -> Work:
    """Count a modulated 3x3 convolution from feature maps of one size to those of the next."""
    # A transposed convolution multiplies at the smaller size and writes the larger one.
    conv = _conv(inputs, outputs, read)._replace(values=float(outputs * math.prod(written)))
    return _dense(w_dim, inputs) + conv


def fewest_generator_weights(config, shape: Shape, label_dim: int) -> int:
    """Return a lower bound of a generator's weights: its largest kernels and its noise."""
    total = config.w_dim * (config.z_dim + label_dim)
    total += config.w_dim**2 * (config.mapping_layers - 1)
    for block in shape.blocks:
        total += 9 * channels_at(block, *config.generator_channels) ** 2
        total += math.prod(shape.at(block))
    return total


def fewest_discriminator_weights(config, shape: Shape, label_dim: int) -> int:
    """Return a lower bound of a discriminator's weights: largest kernels, mapping of labels."""
    widths = [channels_at(b, *config.discriminator_channels) for b in shape.blocks]
    total = sum(9 * width**2 for width in widths) + math.prod(shape.base) * widths[0] ** 2
    if label_dim:
        total += widths[0] * (label_dim + widths[0] * config.discriminator_mapping_layers)
    return total
