"""The controller for loops without `fit`."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaController, AdaptiveAugmentation, apply, sample_params
from tests.sentences import refused


@pytest.mark.parametrize("jit_compile", [False, True])
def test_moves_every_interval_inside_a_compiled_step(jit_compile):
    controller = AdaController(kimg=1, interval=2, cap=0.05)

    @tf.function(jit_compile=jit_compile)
    def step(images):
        params = sample_params(tf.constant([1, 2]), 8, controller.p)
        controller.update(tf.reduce_mean(apply(images, params), [1, 2, 3]), count_images=False)
        return controller.update(tf.ones([8, 3, 1]))

    p = [step(tf.ones([8, 8, 8, 3])).numpy() for _ in range(8)]
    np.testing.assert_allclose(p, [0, 0.016, 0.016, 0.032, 0.032, 0.048, 0.048, 0.05], atol=1e-6)
    assert controller.statistic.numpy() == 1.0


def test_is_checkpointed(tmp_path):
    controller = AdaController(kimg=1, interval=3)
    for _ in range(5):
        controller.update(tf.ones([10]))
    path = tf.train.Checkpoint(controller=controller).write(str(tmp_path / "c"))
    other = AdaController(kimg=1, interval=3)
    tf.train.Checkpoint(controller=other).read(path).assert_consumed()
    for c in (controller, other):
        c.update(tf.ones([10]))
    assert other.p.numpy() == controller.p.numpy() == np.float32(0.06)


def test_moves_the_p_of_a_layer():
    layer = AdaptiveAugmentation(p=0.1)
    controller = AdaController(kimg=1, interval=1, layer=layer)
    assert controller.update(tf.ones([10])).numpy() == np.float32(0.1) + np.float32(0.01)
    assert np.asarray(tf.convert_to_tensor(layer.p)) == np.float32(0.1) + np.float32(0.01)
    assert layer.observed().batches == 0


def test_the_middle_between_real_and_generated():
    controller = AdaController(kimg=1, interval=1, p=0.5)
    real, fake = tf.constant([[11.0], [13.0], [9.0]]), tf.constant([[7.0]])
    assert controller.update(real, fake, threshold="middle").numpy() == np.float32(0.503)
    assert controller.statistic.numpy() == np.float32(2 / 3)  # the middle is 9


def test_refusals():
    with refused("target=6"):
        AdaController(target=6)
    with refused("interval=0"):
        AdaController(interval=0)
    with refused("kimg=-1"):
        AdaController(kimg=-1)
    with refused("cap=0"):
        AdaController(cap=0)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    controller = AdaController()
    with strategy.scope(), refused("2"):
        controller.update(tf.ones([4]))
