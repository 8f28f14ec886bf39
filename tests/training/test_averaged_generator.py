"""What people look at is the averaged generator, with its fixed noise images."""

import numpy as np
import tensorflow as tf

from ada_tf.ops import random
from ada_tf.training.callbacks import grids
from ada_tf.training.callbacks.grids import Grid
from ada_tf.training.iteration.clock import seed_of
from tests.training import tiny


class Dataset:
    """Labels that alternate."""

    num_images = 1000

    def label_of(self, indices):
        return np.asarray(indices) % 2


def test_images_show_the_average(monkeypatch):
    """Rendered in parts of a batch, of which the last one overlaps."""
    m = tiny.model(label_source=[0.5, 0.5])
    for network, value in ((m.generator, 3.0), (m.generator_ema, -2.0)):
        network.synthesis.blocks[-1].torgb.bias.assign([value])
        network.synthesis.blocks[-1].conv1.noise_strength.assign(1.0)
    monkeypatch.setattr(grids, "grid_shape", lambda resolution: (5, 3))
    monkeypatch.setattr(grids, "grid_selection", lambda dataset, columns, rows: np.arange(15))
    fakes = Grid(m, Dataset(), batch=4).fakes()
    seed = seed_of(m.seed, "grid latents")
    z, labels = random.normal(seed, [15, 8]), tf.one_hot(np.arange(15) % 2, 2)
    expected = m.generator_ema(z, labels, noise_mode="const")
    np.testing.assert_allclose(fakes, expected, atol=1e-5)
    assert np.abs(fakes - m.generator(z, labels, noise_mode="const")).min() > 1
