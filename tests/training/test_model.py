"""The trainable model: what an iteration changes, under which conditions, and in which order."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.training.config import AugmentConfig, OptimizerConfig
from tests.training import tiny


def changed(before, after, group):
    return any(not np.array_equal(before[k], after[k]) for k in before if k.startswith(group))


def test_an_iteration_trains_both_networks():
    m = tiny.model()
    before = tiny.state(m)
    logs = tiny.train(m, 1)
    after = tiny.state(m)
    for group in (
        "generator/",
        "generator_ema/",
        "discriminator/",
        "g_optimizer/",
        "d_optimizer/",
        "counters/",
    ):
        assert changed(before, after, group), group
    assert after["counters/images_seen"] == tiny.BATCH
    assert np.isfinite([float(v) for v in logs.values()]).all()


def test_every_weight_learns():
    """A weight without a gradient is a disconnected layer. Noise images are not trained."""
    m = tiny.model()
    before = tiny.state(m)
    tiny.train(m, 2)
    after = tiny.state(m)
    for name in before:
        fixed = name.endswith("noise_const")
        if name.startswith(("generator/", "discriminator/")):
            assert np.array_equal(before[name], after[name]) == fixed, name


def test_regularizers_run_when_they_are_due():
    m = tiny.model()
    for iteration in range(5):
        tiny.train(m, 1, start=iteration)
        seen = m.stats.read()
        due = iteration % 2 == 0
        assert ("Loss/r1_penalty" in seen) == due
        assert ("Loss/pl_penalty" in seen) == due
        assert seen["Loss/scores/real"]["num"] == tiny.BATCH * (2 if due else 1)


def test_regularizers_of_weight_zero_are_left_out():
    m = tiny.model(loss=dataclasses.replace(tiny.LOSS, r1_gamma=0.0, pl_weight=0.0))
    tiny.train(m, 1)
    assert not {"Loss/r1_penalty", "Loss/pl_penalty"} & m.stats.read().keys()


def test_optimizers_carry_the_lazy_correction():
    m = tiny.model()
    # r = 2 / 3 for an interval of 2, on the learning rate and on the exponent of beta_2.
    for optimizer in (m.g_optimizer, m.d_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(0.0025 * 2 / 3)
        assert optimizer.beta_2 == pytest.approx(0.99 ** (2 / 3))
        assert optimizer.beta_1 == 0
        assert optimizer.epsilon == 1e-8


def test_main_and_regularisation_share_one_adam_state():
    m = tiny.model()
    tiny.train(m, 4)
    assert int(m.g_optimizer.iterations) == 4 + 2
    assert int(m.d_optimizer.iterations) == 4 + 2


def test_fit_runs_callbacks_and_conditional_labels():
    m = tiny.model(label_frequencies=[0.25, 0.75])
    data = tf.data.Dataset.from_generator(
        lambda: tiny.batches(3, classes=2),
        output_signature={
            "images": tf.TensorSpec([tiny.BATCH, 8, 8, 1], tf.uint8),
            "labels": tf.TensorSpec([tiny.BATCH], tf.int32),
        },
    )
    history = m.fit(data.repeat(), steps_per_epoch=3, epochs=2, verbose=0, shuffle=False)
    assert set(history.history) == {"g_loss", "d_loss", "ada_p"}
    assert m.images_done == 6 * tiny.BATCH


def test_plain_image_batches_train():
    """People who have a data set of float images in [-1, 1] need no dictionary."""
    m = tiny.model()
    images = np.random.RandomState(0).uniform(-1, 1, [8, 8, 8, 1]).astype(np.float32)
    m.fit(tf.data.Dataset.from_tensor_slices(images).batch(4), verbose=0, shuffle=False)
    assert m.images_done == 8


def test_seeds_decide_everything():
    a, b, c = (tiny.model(seed=s) for s in (0, 0, 1))
    for m in (a, b, c):
        tiny.train(m, 2)
    a, b, c = tiny.state(a), tiny.state(b), tiny.state(c)
    assert all(np.array_equal(a[k], b[k]) for k in a)
    assert changed(a, c, "generator/")


def test_xla_computes_the_same():
    """What does not depend on random numbers, which XLA draws otherwise: reals at p = 0, no learning."""
    still, off = OptimizerConfig(learning_rate=0.0), AugmentConfig(mode="fixed", p=0.0)
    plain, compiled = (
        tiny.model(optimizer=still, augment=off, jit_compile=jit) for jit in (False, True)
    )
    tiny.train(plain, 1)
    tiny.train(compiled, 1)
    ours, theirs = plain.stats.read(), compiled.stats.read()
    assert ours.keys() == theirs.keys()
    for name in ("Loss/scores/real", "Loss/signs/real", "Loss/r1_penalty", "Loss/D/reg"):
        assert theirs[name]["mean"] == pytest.approx(ours[name]["mean"], rel=1e-4, abs=1e-5), name
    assert all(np.isfinite(v["mean"]) for v in theirs.values())


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_low_precision_trains(precision):
    network = dataclasses.replace(
        tiny.NETWORK, precision=precision, num_low_precision=1, conv_clamp=256.0
    )
    m = tiny.model(network=network)
    tiny.train(m, 3)
    assert all(np.isfinite(v).all() for v in tiny.state(m).values())
    assert all(v.dtype == "float32" for v in m.generator.trainable_variables)


def test_accumulated_rounds_train_on_the_mean_gradient():
    """With gradients in rounds an iteration still takes one step of each optimizer."""
    m = tiny.model(batch_gpu=2)
    tiny.train(m, 1)
    assert int(m.g_optimizer.iterations) == 2
    assert m.stats.read()["Loss/D/loss"]["num"] == tiny.BATCH


def test_noaug_builds_no_pipeline():
    m = tiny.model(augment=AugmentConfig(mode="noaug"))
    assert "ada_p" not in tiny.train(m, 1)


def test_wrong_jit_compile_is_refused():
    with pytest.raises(UserError, match="jit_compile='yes' must be"):
        tiny.model(jit_compile="yes")


def test_ema_is_a_copy_at_first_then_lags():
    m = tiny.model()
    tiny.train(m, 1)
    first = tiny.state(m)
    for name, value in first.items():
        if name.startswith("generator_ema/"):
            np.testing.assert_array_equal(value, first[name.replace("_ema", "")])
    m.images_done = 100_000  # the ramp allows its full half-life now
    tiny.train(m, 1)
    after = tiny.state(m)
    weights = [k for k in after if k.startswith("generator/") and k.endswith("weight")]
    for name in weights:
        ema = name.replace("generator/", "generator_ema/")
        assert np.abs(after[ema] - first[ema]).max() < np.abs(after[name] - first[name]).max()
        np.testing.assert_array_equal(
            after["generator_ema/mapping.w_avg"], after["generator/mapping.w_avg"]
        )


def test_predictions_are_the_averaged_generator():
    m = tiny.model()
    tiny.train(m, 1)
    z = np.random.RandomState(0).randn(3, 8).astype(np.float32)
    np.testing.assert_array_equal(m(z), m.generator_ema(z))
    assert isinstance(m, keras.Model)
