"""The layer: randomness, ranges, types, state, replicas."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import (
    AdaptiveAugmentation,
    AugmentPolicy,
    apply,
    get_policy,
    sample_params,
)
from ada_tf.augment.watch import UseWatch
from tests.sentences import refused

X = np.random.default_rng(0).uniform(-1, 1, [4, 8, 8, 3]).astype(np.float32)


def test_training_false_is_identity():
    layer = AdaptiveAugmentation(p=1.0)
    np.testing.assert_array_equal(layer(X, training=False), X)
    for training in (None, True):
        assert np.abs(layer(X, training=training) - X).max() > 0.1


def test_explicit_seed_hides_nothing():
    layer = AdaptiveAugmentation("bg", p=0.9)
    expected = apply(X, sample_params([3, 4], 4, 0.9, "bg"))
    for _ in range(2):
        np.testing.assert_array_equal(layer(X, seed=tf.constant([3, 4])), expected)


def test_each_call_draws_anew_and_the_base_seed_decides():
    layer, twin, other = (AdaptiveAugmentation(p=1.0, seed=s) for s in (1, 1, 2))
    first, second = layer(X).numpy(), layer(X).numpy()
    assert np.abs(first - second).max() > 0.1
    np.testing.assert_array_equal(twin(X), first)
    np.testing.assert_array_equal(twin(X), second)
    assert np.abs(other(X) - first).max() > 0.1


def test_p_is_read_at_every_call_of_a_graph():
    layer = AdaptiveAugmentation("color", p=0.0)
    graph = tf.function(lambda x: layer(x))
    np.testing.assert_allclose(graph(X), X, atol=1e-6)
    layer.p.assign(1.0)
    assert np.abs(graph(X) - X).max() > 0.1


@pytest.mark.parametrize("value_range", [(-1, 1), (0, 255)])
def test_at_p_zero_images_are_not_touched(value_range):
    low, high = value_range
    layer = AdaptiveAugmentation(value_range=value_range)
    x = (X + 1) / 2 * (high - low) + low
    np.testing.assert_array_equal(layer(x), x)
    for jit_compile in (False, True):  # by XLA, images that were resampled would be rounded
        call = tf.function(lambda x: layer(x), jit_compile=jit_compile)
        np.testing.assert_array_equal(call(x), x)


def test_adaptive_noise_is_there_at_p_zero():
    policy = {"xflip": 1.0, "diffusion": 1.0}
    assert np.abs(AdaptiveAugmentation(policy, p=0.0)(X) - X).max() > 0


@pytest.mark.parametrize("p", [0.0, 0.7])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_derivatives_of_both_orders_are_those_without_the_layer(p, jit_compile):
    """Whether images are augmented at all is decided inside of the graph."""
    layer, seed = AdaptiveAugmentation("bgc", p=p), tf.constant([3, 4])

    def orders(augmented):
        x = tf.constant(X[:, :, :6])
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                score = tf.reduce_sum(augmented(x) ** 3)
            gradient = inner.gradient(score, x)
            penalty = tf.reduce_sum(gradient**2)
        return gradient, outer.gradient(penalty, x)

    params = sample_params(seed, 4, p, "bgc", size=(8, 6))
    expected = orders(lambda x: apply(x, params))
    found = tf.function(lambda: orders(lambda x: layer(x, seed=seed)), jit_compile=jit_compile)()
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


@pytest.mark.parametrize("value_range", [(0, 1), (0, 255), (-1, 1)])
def test_value_range(value_range):
    low, high = value_range
    layer = AdaptiveAugmentation("bgc", p=0.8, value_range=value_range)
    scaled = (X + 1) / 2 * (high - low) + low
    out = layer(scaled, seed=[1, 2])
    expected = (apply(X, sample_params([1, 2], 4, 0.8)) + 1) / 2 * (high - low) + low
    np.testing.assert_allclose(out, expected, atol=1e-4 * (high - low))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_types_are_kept_also_under_mixed_precision(dtype):
    previous = tf.keras.mixed_precision.global_policy()
    tf.keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        layer = AdaptiveAugmentation(p=0.5)
        out = tf.function(lambda x: layer(x))(tf.cast(X, dtype))
    finally:
        tf.keras.mixed_precision.set_global_policy(previous)
    assert out.dtype == dtype
    assert tf.convert_to_tensor(layer.p).dtype == tf.float32


def test_within_a_discriminator_of_half_precision_p_is_read_whole(monkeypatch):
    """Keras casts weights that are read in a model of another type; here layer and weight both forbid it."""
    seen = []

    def sampling(seed, batch, p, *more, **options):
        seen.append(p.dtype)
        return sample_params(seed, batch, p, *more, **options)

    monkeypatch.setattr("ada_tf.augment.layer.sample_params", sampling)
    previous = tf.keras.mixed_precision.global_policy()
    tf.keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        layers = [tf.keras.Input([8, 8, 3]), AdaptiveAugmentation("color", p=0.5)]
        tf.keras.Sequential(layers)(X, training=True)
    finally:
        tf.keras.mixed_precision.set_global_policy(previous)
    assert set(seen) == {tf.float32}


@pytest.mark.parametrize("jit_compile", [False, True])
def test_inside_a_training_graph(jit_compile):
    layer = AdaptiveAugmentation(p=0.5)

    @tf.function(jit_compile=jit_compile)
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            output = tf.reduce_sum(layer(x), [1, 2, 3])
        layer.observe(output)
        return tape.gradient(output, x)

    for _ in range(3):
        assert np.abs(step(tf.constant(X))).max() > 0
    seen = layer.observed()
    assert (seen.count, seen.images, seen.batches) == (12.0, 12.0, 3.0)


def test_observe_and_reset():
    layer = AdaptiveAugmentation()
    output = tf.constant([[0.9], [0.2]])
    assert layer.observe(output, threshold=0.5) is output
    layer.observe(tf.constant([[3.0], [2.0]]), count_images=False)
    layer.observe_fake(tf.constant([-2.0]))
    layer.observe_validation(tf.constant([1.0, 2.0, 3.0]))
    seen = layer.observed()
    assert (seen.signs, seen.count, seen.images, seen.batches) == (2.0, 4.0, 2.0, 1.0)
    assert (seen.fake, seen.fake_count) == (-2.0, 1.0)
    assert (seen.validation, seen.validation_count) == (6.0, 3.0)
    layer.reset_observed()
    assert layer.observed() == (0.0,) * len(seen)
    with refused("threshold=None"):
        layer.observe(tf.ones([2]), threshold=None)


def test_bilinear_is_that_of_the_pipeline():
    layer = AdaptiveAugmentation("bgc", p=0.9, resample="bilinear")
    params = sample_params([3, 4], 4, 0.9, "bgc")
    np.testing.assert_array_equal(layer(X, seed=[3, 4]), apply(X, params, resample="bilinear"))
    assert np.abs(layer(X, seed=[3, 4]) - apply(X, params)).max() > 0.01


def test_nothing_of_it_is_trained():
    layer = AdaptiveAugmentation()
    assert not layer.trainable_weights
    assert not layer.accumulator.trainable


def used_layer():
    layer = AdaptiveAugmentation(p=0.1, seed=5)
    layer(X)
    layer.p.assign(0.7)
    layer.observe(tf.ones([3]))
    return layer


def test_save_weights(tmp_path):
    class Model(tf.keras.Model):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def call(self, x):
            return self.layer(x)

    model, again = Model(used_layer()), Model(AdaptiveAugmentation(p=0.1, seed=5))
    for m in (model, again):
        m.build([4, 8, 8, 3])
    model.save_weights(str(tmp_path / "m.weights.h5"))
    again.load_weights(str(tmp_path / "m.weights.h5"))
    np.testing.assert_allclose(np.asarray(tf.convert_to_tensor(again.layer.p)), 0.7)
    np.testing.assert_array_equal(again.layer(X), model.layer(X))  # the call counter came along


def test_checkpoint(tmp_path):
    layer, again = used_layer(), AdaptiveAugmentation(p=0.1, seed=5)
    path = tf.train.Checkpoint(layer=layer).write(str(tmp_path / "c"))
    tf.train.Checkpoint(layer=again).read(path).assert_consumed()
    assert again.observed() == layer.observed()
    np.testing.assert_allclose(np.asarray(tf.convert_to_tensor(again.p)), 0.7)
    np.testing.assert_array_equal(again(X), layer(X))


def test_config_round_trip():
    policy = AugmentPolicy(hue=1.0, imgfilter=0.5, imgfilter_bands=(1, 1, 0, 0))
    layer = AdaptiveAugmentation(
        policy, p=0.25, value_range=(0, 1), seed=9, resample="bilinear", name="ada"
    )
    config = tf.keras.layers.serialize(layer)
    again = tf.keras.layers.deserialize(config)
    assert isinstance(again, AdaptiveAugmentation)
    assert (again.policy, again.value_range, again.seed, again.resample, again.name) == (
        policy,
        (0.0, 1.0),
        9,
        "bilinear",
        "ada",
    )
    assert float(tf.convert_to_tensor(again.p)) == 0.25
    assert (
        get_policy("bgc")
        == AdaptiveAugmentation.from_config(AdaptiveAugmentation("bgc").get_config()).policy
    )


def test_replicas_differ_and_count_exactly():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        layer = AdaptiveAugmentation("color", p=1.0)
    watch = UseWatch.attach(layer)

    @tf.function
    def step(x):
        def on_replica(x):
            out = layer(x)
            layer.observe(tf.ones([4, 2, 1]))
            return out

        return strategy.experimental_local_results(strategy.run(on_replica, args=(x,)))

    a, b = step(tf.constant(X))
    assert np.abs(a - b).max() > 0.1
    a2, _ = step(tf.constant(X))
    assert np.abs(a - a2).max() > 0.1
    seen, counts = layer.observed(), watch.read()
    assert (seen.signs, seen.count, seen.images, seen.batches) == (32.0, 32.0, 16.0, 2.0)
    layer.reset_observed()
    assert layer.observed().count == 0.0
    assert (counts.augmented, counts.outputs, counts.low) == (16.0, 4.0, X.min())
    layer.p.assign(0.0)
    np.testing.assert_allclose(step(tf.constant(X))[1], X, atol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"p": 1.5},
        {"value_range": (1, -1)},
        {"resample": "cubic"},
        {"policy": "best"},
    ],
)
def test_refusals(arguments):
    with refused():
        AdaptiveAugmentation(**arguments)


def test_a_number_for_p_goes_into_the_weight():
    layer = AdaptiveAugmentation()
    weight = layer.p
    layer.p = 0.5
    assert layer.p is weight
    assert float(np.asarray(tf.convert_to_tensor(weight))) == 0.5


def test_draws_are_not_shared_from_outside_of_a_function():
    layer = AdaptiveAugmentation(p=1.0)
    outside = tf.function(lambda x: layer(x), autograph=False)
    with layer.same_draws():
        np.testing.assert_array_equal(layer(X), layer(X))
        with refused("same_draws"):
            outside(X)

    @tf.function
    def inside(x):
        with layer.same_draws():
            return layer(x), layer(x)

    first, second = inside(X), inside(X)
    np.testing.assert_array_equal(first[0], first[1])
    assert np.abs(first[0] - second[0]).max() > 0.1
