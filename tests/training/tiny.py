"""A model of a few thousand weights and batches for it."""

import numpy as np

from ada_tf.models.config import NetworkConfig
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration.config import EmaConfig, LossConfig
from ada_tf.training.model import StyleGAN2ADA

RESOLUTION, BATCH = 8, 4
NETWORK = NetworkConfig(
    z_dim=8, w_dim=8, mapping_layers=2, channel_base=64, channel_max=8, mbstd_group=2, num_low_precision=0,
    conv_clamp=None,
)  # fmt: skip
# Transforms of colours are traced in a fourth of the time that warps take; warps are compared with the
# reference in tests/golden, and are in every run that a program starts.
AUGMENT = AugmentConfig(mode="fixed", p=0.5, pipe="color")
LOSS = LossConfig(r1_gamma=0.5, r1_interval=2, pl_interval=2)


def model(
    *, loss=LOSS, network=NETWORK, augment=AUGMENT, label_source=None, seed=0, **compile_arguments
):
    """A compiled model; weights are the same at every call."""
    m = StyleGAN2ADA(
        (RESOLUTION, RESOLUTION, 1),
        network,
        augment,
        label_source=label_source,
        seed=seed,
    )
    m.compile(loss, ema=EmaConfig(1.0, 0.05), **compile_arguments)
    return m


def batches(count, start=0, classes=1, batch=BATCH):
    """Batch k is a function of k alone."""
    for k in range(start, start + count):
        random = np.random.RandomState(k)
        yield {
            "images": random.randint(0, 256, [batch, RESOLUTION, RESOLUTION, 1], np.uint8),
            "labels": random.randint(0, classes, [batch], np.int32),
        }


def train(m, count, start=0, **arguments):
    """Run `count` iterations without `fit`; returns the logs of the last."""
    import tensorflow as tf

    step = m.make_train_function()
    data = (tf.nest.map_structure(tf.constant, b) for b in batches(count, start, **arguments))
    for _ in range(count):
        logs = step(data)
    return logs


def state(m):
    """Every number a checkpoint holds."""
    import tensorflow as tf

    from ada_tf.training.runs.checkpoint_folder import state_of

    flat = {}
    for group, variables in state_of(m).items():
        for name, variable in variables.items():
            flat[f"{group}/{name}"] = np.array(tf.convert_to_tensor(variable))
    return flat


def assert_goes_on_exactly(whole, rest):
    """Of two models alike, one that takes over the state of the other after a batch ends where that ends."""
    from ada_tf.training.runs.checkpoint_folder import state_of

    train(whole, 1)
    saved = state(whole)
    train(whole, 1, start=1)
    for group, found in state_of(rest).items():
        for key, variable in found.items():
            variable.assign(saved[f"{group}/{key}"])
    rest.clock.images = BATCH
    train(rest, 1, start=1)
    after, expected = state(rest), state(whole)
    for key, value in expected.items():
        assert np.isfinite(value).all(), key
        np.testing.assert_array_equal(after[key], value, err_msg=key)
