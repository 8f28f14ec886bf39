"""Data sets and images for tests."""

import numpy as np

from ada_tf.data.config import DataConfig
from ada_tf.data.dataset import select
from ada_tf.data.stores import ResidentImages
from ada_tf.label_space import LabelSpace
from ada_tf.metrics.images.images import Images


def images(seed, count=40, side=8, channels=3, shift=0):
    """uint8 images of noise around a brightness of their own."""
    rng = np.random.default_rng(seed)
    ground = rng.uniform(60, 160, [count, 1, 1, channels]) + shift
    noise = rng.uniform(-40, 40, [count, side, side, channels])
    return np.clip(ground + noise, 0, 255).astype(np.uint8)


def dataset(seed=0, count=40, labels=None, num_classes=0, **config):
    """An ImageDataset of `images`."""
    config = DataConfig("digits", cond=labels is not None, **config)
    store = ResidentImages.from_array(images(seed, count, channels=3))
    return select("noise", store, labels, LabelSpace(num_classes), config)


class Making:
    """Gives out images in batches; `made` counts them."""

    def __init__(self, pixels, batch):
        self.pixels, self.batch, self.made = pixels, batch, 0

    def __call__(self, count):
        for start in range(0, count, self.batch):
            part = self.pixels[start : min(start + self.batch, count)]
            self.made += len(part)
            yield part


def fakes_of(pixels, batch=16, **fields) -> Images:
    """Given images as generated ones; `batches.made` counts how many were made."""
    return Images("fakes", Making(pixels, batch), "{} fakes".format, **fields)
