"""What tests of accumulation and replicas share: an iteration whose result shows the gradients."""

import dataclasses

import numpy as np
import tensorflow as tf

from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration.config import LossConfig
from tests.training import tiny

BATCH = 8
# Path length: the penalty of a part sees the mean length of its own images, at the weight pl_decay
# (0.01). With pl_decay=0 nothing but round-off is left between one part and several.
LOSS = LossConfig(r1_gamma=0.5, r1_interval=1, pl_interval=1, pl_decay=0.0, style_mixing_prob=0.0)
NETWORK = dataclasses.replace(tiny.NETWORK, mbstd_group=1)


def iterate(
    strategy=None, batch=None, loss=LOSS, network=NETWORK, augment=None, traced=False, **arguments
):
    """A model after one iteration on `batch`, and its statistics.

    It runs as Python unless it shall be `traced`: that takes ten times as long, and longer for each replica.
    """
    strategy = strategy or tf.distribute.get_strategy()
    with strategy.scope():
        augment = augment or AugmentConfig(mode="noaug")
        m = tiny.model(loss=loss, network=network, augment=augment, **arguments)
    batch = batch or next(tiny.batches(1, batch=BATCH))
    share = BATCH // strategy.num_replicas_in_sync
    local = tf.data.Dataset.from_tensor_slices(batch).batch(share)
    data = strategy.distribute_datasets_from_function(lambda context: local)
    tf.config.run_functions_eagerly(not traced)
    try:
        m.make_train_function()(iter(data))
    finally:
        tf.config.run_functions_eagerly(False)
    return m, m.stats.read()


def gradients(m):
    """The last gradients of each optimizer, of the regularisers: with beta_1=0 its first moment."""
    found = {}
    for name in ("g_optimizer", "d_optimizer"):
        for i, v in enumerate(getattr(m, name).variables):
            if v.name.endswith("momentum"):
                found[f"{name}/{i}/{v.name}"] = np.array(tf.convert_to_tensor(v))
    assert found
    return found


def assert_close(found, expected, tolerance=1e-5):
    """Equal to `tolerance` of the largest number of each tensor."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        scale = max(np.abs(value).max(), 1e-3)
        np.testing.assert_allclose(found[name], value, rtol=0, atol=tolerance * scale, err_msg=name)
