"""The trainable model: what an iteration changes, under which conditions, and in which order."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import apply, sample_params
from ada_tf.augment.named_policies import RESAMPLINGS
from ada_tf.ops.pixels import to_signed
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration.config import OptimizerConfig
from ada_tf.training.iteration.optimizer import LazyAdam
from ada_tf.training.model import LOGGED_EVERY, StyleGAN2ADA, unpack
from ada_tf.training.presets import preset
from tests.sentences import refused
from tests.training import tiny

pytestmark = pytest.mark.usefixtures("untraced_module")


def changed(before, after, group):
    return any(not np.array_equal(before[k], after[k]) for k in before if k.startswith(group))


class History:
    """A model and what it was after each of six iterations, the last with the full average."""

    def __init__(self):
        self.model = tiny.model(augment=AugmentConfig(mode="fixed", p=0.5))  # warps, too
        self.states, self.logs, self.stats = [tiny.state(self.model)], [], []
        for iteration in range(6):
            if iteration == 5:
                self.model.clock.images = 100_000 * tiny.BATCH  # the ramp allows it now
            self.logs.append(tiny.train(self.model, 1, start=iteration))
            self.stats.append(self.model.stats.read())
            self.states.append(tiny.state(self.model))


@pytest.fixture(scope="module")
def history():
    return History()


def test_an_iteration_trains_both_networks(history):
    before, after = history.states[:2]
    for group in (
        "generator/",
        "generator_ema/",
        "discriminator/",
        "g_optimizer/",
        "d_optimizer/",
        "means/",
    ):
        assert changed(before, after, group), group
    assert list(after) == list(before)
    assert np.isfinite([float(v) for v in history.logs[0].values()]).all()


def test_every_weight_learns(history):
    """A weight without a gradient is a disconnected layer. Noise images are not trained."""
    before, _, after = history.states[:3]
    for name in before:
        fixed = name.endswith("noise_const")
        if name.startswith(("generator/", "discriminator/")):
            assert np.array_equal(before[name], after[name]) == fixed, name


def test_regularizers_run_when_they_are_due(history):
    for iteration, seen in enumerate(history.stats[:5]):
        due = iteration % 2 == 0
        assert ("Loss/r1_penalty" in seen) == due
        assert ("Loss/pl_penalty" in seen) == due
        assert seen["Loss/scores/real"]["num"] == tiny.BATCH * (2 if due else 1)


def test_what_is_switched_off_is_left_out():
    loss = dataclasses.replace(tiny.LOSS, r1_gamma=0.0, pl_weight=0.0)
    m = tiny.model(loss=loss, augment=AugmentConfig(mode="noaug"))
    assert "ada_p" not in tiny.train(m, 1)
    assert not {"Loss/r1_penalty", "Loss/pl_penalty"} & m.stats.read().keys()
    step = m.step
    assert [phase.name for phase in step.phases] == ["Gmain", "Dmain"]
    assert m.means == {}
    weights = m.generator.count_params() - 8 - 4 * 4 - 2 * 8 * 8  # w_avg and the noise images
    assert step.bytes_reduced == 4 * (weights + m.discriminator.count_params())


def test_optimizers_carry_the_lazy_correction(history):
    # r = 2 / 3 for an interval of 2, on the learning rate and on the exponent of beta_2.
    for optimizer in (history.model.g_optimizer, history.model.d_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(0.0025 * 2 / 3)
        assert optimizer.beta_2 == pytest.approx(0.99 ** (2 / 3))
        assert optimizer.beta_1 == 0
        assert optimizer.epsilon == 1e-8


def test_main_and_regularisation_share_one_adam_state(history):
    for name in ("g_optimizer", "d_optimizer"):
        (count,) = (v for k, v in history.states[4].items() if k.startswith(f"{name}/0000_"))
        assert count == 4 + 2


def test_fit_runs_callbacks_and_conditional_labels():
    m = tiny.model(label_source=[0.25, 0.75])
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


def test_one_hot_vectors_train_as_class_numbers_do():
    numbers, vectors = (tiny.model(label_source=[0.25, 0.75]) for _ in range(2))
    tiny.train(numbers, 2, classes=2)
    step = vectors.make_train_function()
    one_hot = (
        {"images": tf.constant(b["images"]), "labels": tf.one_hot(b["labels"], 2)}
        for b in tiny.batches(2, classes=2)
    )
    for _ in range(2):
        step(one_hot)
    ours, theirs = tiny.state(numbers), tiny.state(vectors)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name], err_msg=name)


def test_plain_image_batches_train():
    """People who have a data set of float images in [-1, 1] need no dictionary."""
    m = tiny.model()
    images = np.random.RandomState(0).uniform(-1, 1, [8, 8, 8, 1]).astype(np.float32)
    m.fit(tf.data.Dataset.from_tensor_slices(images).batch(4), verbose=0, shuffle=False)
    assert m.images_done == 8


def test_seeds_decide_everything(history):
    b, c = (tiny.model(seed=s, augment=history.model.augment_config) for s in (0, 1))
    for m in (b, c):
        tiny.train(m, 2)
    a, b, c = history.states[2], tiny.state(b), tiny.state(c)
    assert all(np.array_equal(a[k], b[k]) for k in a)
    assert changed(a, c, "generator/")


def test_xla_computes_the_same(request):
    """What does not depend on random numbers, which XLA draws otherwise: reals at p = 0, no learning."""
    still, off = (
        OptimizerConfig(learning_rate=1e-30),
        AugmentConfig(mode="fixed", p=0.0, pipe="color"),
    )
    plain, compiled = (
        tiny.model(optimizer=still, augment=off, jit_compile=jit) for jit in (False, True)
    )
    tiny.train(plain, 1)
    request.getfixturevalue("traced")
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


def test_batches_come_in_several_forms():
    images, labels = tf.zeros([2, 8, 8, 1]), tf.constant([1, 0])
    for batch in ({"images": images, "labels": labels}, (images, labels), [images, labels]):
        assert [x is y for x, y in zip(unpack(batch), (images, labels), strict=True)] == [True] * 2
    alone = unpack(images)
    assert alone[0] is images
    np.testing.assert_array_equal(alone[1], [0, 0])


def test_bytes_become_numbers_from_minus_1_to_1():
    np.testing.assert_allclose(to_signed(tf.constant([0, 51, 255], tf.uint8)), [-1, -0.6, 1])
    floats = tf.constant([0.5, 2.0])
    assert to_signed(floats) is floats


def test_the_range_of_images_is_not_judged():
    """A generator may leave it, so that a warning would be noise."""
    m = tiny.model()
    m.augment(3 * np.ones([2, 8, 8, 1], np.float32))
    assert m.augment.observer.watch is None


@pytest.mark.parametrize("resample", RESAMPLINGS)
def test_images_are_resampled_as_the_configuration_says(resample):
    m = tiny.model(augment=AugmentConfig("fixed", p=1.0, resample=resample))
    images = np.random.default_rng(0).uniform(-1, 1, [2, 8, 8, 1]).astype(np.float32)
    params = sample_params([3, 4], 2, 1.0, "bgc", size=(8, 8))
    expected = apply(images, params, resample=resample)
    np.testing.assert_array_equal(m.augment(images, seed=[3, 4]), expected)


def test_what_is_not_given_is_that_of_auto():
    m = StyleGAN2ADA((16, 16, 1))
    m.compile()
    usual = preset("auto", resolution=16, channels=1)
    assert (m.network_config, m.augment_config) == (usual.network, usual.augment)
    assert (m.loss_config, m.ema_config) == (usual.loss, usual.ema)
    assert float(m.g_optimizer.learning_rate) == pytest.approx(
        usual.optimizer.learning_rate * 4 / 5
    )


@pytest.mark.parametrize(
    "arguments",
    [{"loss": "hinge"}, {"optimizer": keras.optimizers.Adam()}, {"optimizer": "adam"}, {"ema": 10}],
)
def test_arguments_of_other_kinds_are_a_sentence(history, arguments):
    (name,) = arguments
    with refused(f"{name}="):
        history.model.compile(**arguments)
    with refused("network="):
        StyleGAN2ADA((16, 16, 1), {"z_dim": 8})


def test_what_keras_users_try_works_or_is_a_sentence(history, tmp_path):
    for attempt in (
        lambda: history.model.save(tmp_path / "m.keras"),
        lambda: history.model.get_config(),
        lambda: history.model.evaluate(np.zeros([4, 8, 8, 1])),
    ):
        with refused():
            attempt()
    assert list(tmp_path.iterdir()) == []


def test_wrong_jit_compile_is_refused():
    with refused("jit_compile='yes'"):
        tiny.model(jit_compile="yes")


def test_ema_is_a_copy_at_first_then_lags(history):
    first, (before, after) = history.states[1], history.states[5:7]
    for name, value in first.items():
        if name.startswith("generator_ema/"):
            np.testing.assert_array_equal(value, first[name.replace("_ema", "")])
    weights = [k for k in after if k.startswith("generator/") and k.endswith("kernel")]
    for name in weights:
        ema = name.replace("generator/", "generator_ema/")
        assert np.abs(after[ema] - before[ema]).max() < np.abs(after[name] - before[name]).max()
    np.testing.assert_array_equal(
        after["generator_ema/mapping.w_avg"], after["generator/mapping.w_avg"]
    )


def test_predictions_are_the_averaged_generator(history):
    m, z = history.model, np.random.RandomState(0).randn(3, 8).astype(np.float32)
    np.testing.assert_array_equal(m(z), m.generator_ema(z))
    assert isinstance(m, keras.Model)


def test_lazy_adam_decays_by_powers():
    """17 steps do what 16 would; the papers' beta_1 of 0 would not tell a power from a product."""
    ratio = 16 / 17
    adam = LazyAdam(OptimizerConfig(0.002, 0.5, 0.99, 1e-8), ratio)
    assert float(adam.learning_rate) == pytest.approx(0.002 * ratio)
    assert (adam.beta_1, adam.beta_2) == pytest.approx((0.5**ratio, 0.99**ratio))


@pytest.mark.usefixtures("traced")
def test_fit_reads_the_device_only_now_and_then(monkeypatch):
    """A read waits for all that the device was asked to do; meanwhile the host prepares nothing."""
    reads, tensor = [], type(tf.constant(0.0))
    for name in ("numpy", "_numpy", "__array__", "__float__", "__int__", "__bool__", "__index__"):
        original = getattr(tensor, name)

        def read(self, *arguments, original=original, **named):
            reads.append(original.__name__)
            return original(self, *arguments, **named)

        monkeypatch.setattr(tensor, name, read)
    m = tiny.model()
    m.make_train_function()
    counts = []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            counts.append(len(reads))
            assert logs.keys() == {"g_loss", "d_loss", "ada_p"}

    data = tf.data.Dataset.from_tensor_slices(next(tiny.batches(1))).batch(tiny.BATCH).repeat()
    m.fit(data, steps_per_epoch=LOGGED_EVERY + 2, verbose=0, shuffle=False, callbacks=[Count()])
    assert set(counts[:LOGGED_EVERY]) == {counts[0]}
    assert counts[0] < counts[LOGGED_EVERY] == counts[-1]
