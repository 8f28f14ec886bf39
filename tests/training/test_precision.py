"""float16 and bfloat16 train like float32: same seeds, 200 iterations, at a strong augmentation."""

import keras
import numpy as np
import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.models.config import NetworkConfig
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration.config import EmaConfig, LossConfig
from ada_tf.training.model import StyleGAN2ADA

ITERATIONS, BATCH = 200, 16
# Measured: 1 % apart on losses of about 1, 0.007 on the penalties.
BAND = 0.05


def statistics(precision, low):
    keras.utils.set_random_seed(0)
    network = NetworkConfig(
        z_dim=32, w_dim=32, mapping_layers=2, channel_base=256, channel_max=16, mbstd_group=4,
        precision=precision, num_low_precision=low, conv_clamp=256.0,
    )  # fmt: skip
    model = StyleGAN2ADA((16, 16, 1), network, AugmentConfig(mode="fixed", p=0.8))
    model.compile(LossConfig(r1_gamma=0.1), ema=EmaConfig(1.0, 0.05))
    step = model.make_train_function()
    batches = iter(open_dataset(DataConfig("digits"), log=lambda line: None).batches(BATCH))
    for _ in range(ITERATIONS):
        step(batches)
    assert all(
        np.isfinite(v).all()
        for v in model.generator.get_weights() + model.discriminator.get_weights()
    )
    return {name: value["mean"] for name, value in model.stats.read().items()}


@pytest.fixture(scope="module")
def in_float32():
    return statistics("float32", 0)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_stays_within_the_band(precision, in_float32):
    ours = statistics(precision, 2)
    assert ours.keys() == in_float32.keys()
    for name in ours:
        assert abs(ours[name] - in_float32[name]) < BAND, name
