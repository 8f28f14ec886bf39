"""Tests of projection."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.inference import projection
from ada_tf.inference.generate import generate, synthesize
from ada_tf.inference.noise_maps import autocorrelation, own_maps, whitened
from ada_tf.inference.picture_distance import pixel_pyramid, psnr
from ada_tf.inference.projection import (
    ProjectionConfig,
    Projector,
    Starts,
    affordable,
    learning_rate,
    noise_of_w,
    project,
)
from ada_tf.inference.w_samples import sample_w, statistics_of
from ada_tf.models import Generator
from ada_tf.models.synthesis import SynthesisNetwork
from ada_tf.ops import graph
from tests.sentences import refused


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (0, 0),
        (0.025, 0.05),
        (0.05, 0.1),
        (0.5, 0.1),
        (0.75, 0.1),
        (0.875, 0.05),
        (0.9375, 0.0146447),
    ],
)
def test_learning_rate_by_hand(t, expected):
    assert learning_rate(t, 0.1) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("t", "expected"), [(0, 0.3), (0.375, 0.075), (0.75, 0), (0.9, 0)])
def test_noise_by_hand(t, expected):
    assert noise_of_w(t, deviation=6.0) == pytest.approx(expected)


def drawn(sizes):
    return [tf.random.stateless_normal([1, *size, 1], [1, 2]) for size in sizes]


def test_by_hand_of_a_constant():
    # Neighbours multiply to 1, halves to 2 x 2 and 4 x 4; squared, in two directions.
    ones = tf.ones([2, 32, 32, 1])
    np.testing.assert_allclose(autocorrelation([ones]), [2 * (1 + 4**2 + 16**2)] * 2)
    np.testing.assert_allclose(autocorrelation([ones[:, :8, :8]] * 3), [6, 6])


def test_pyramids_of_odd_shapes_end_where_they_cannot_be_halved():
    assert autocorrelation([tf.ones([1, 9, 16, 1])]) == [2]
    assert autocorrelation([tf.ones([1, 16, 40, 1])]) == [2 + 2 * 4**2]


def test_gradient_by_hand():
    noise = np.random.RandomState(0).randn(1, 4, 6, 1).astype(np.float32)
    with tf.GradientTape() as tape:
        maps = tf.constant(noise)
        tape.watch(maps)
        found = autocorrelation([maps])
    expected = np.zeros_like(noise)
    for axis in (1, 2):
        before, after = np.roll(noise, 1, axis), np.roll(noise, -1, axis)
        expected += 2 * np.mean(noise * before) * (before + after) / 24
    np.testing.assert_allclose(tape.gradient(found, maps), expected, rtol=1e-5, atol=1e-7)


def test_white_maps_have_little_and_smooth_ones_much():
    white = drawn([(64, 64)])[0]
    smooth = whitened(tf.nn.avg_pool2d(white, 4, 1, "SAME"))
    assert 100 * autocorrelation([white]) < autocorrelation([smooth])


def test_whitened_maps_of_each_picture():
    maps = tf.constant(np.random.RandomState(0).uniform(1, 3, [2, 8, 4, 1]), tf.float32)
    found = whitened(maps * [[[[1.0]]], [[[5.0]]]]).numpy()
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(found.std(axis=(1, 2, 3)), 1, rtol=1e-5)


def test_a_network_makes_the_same_of_its_own_maps(plain):
    synthesis = plain[1].synthesis
    ws = tf.random.stateless_normal([2, 6, 8], [1, 2])
    maps = own_maps(synthesis)
    assert [tuple(noise.shape[1:3]) for noise in maps] == synthesis.noise_sizes
    found = synthesis(ws, noises=maps)
    np.testing.assert_allclose(found, synthesis(ws, noise_mode="const"), rtol=1e-6, atol=1e-6)
    others = synthesis(ws, noises=drawn(synthesis.noise_sizes))
    assert np.abs(others - found).max() > 1e-2


@pytest.mark.parametrize("read", [own_maps, lambda network: network.noise_sizes])
def test_networks_without_noise_have_no_maps(read):
    network = SynthesisNetwork(4, (8, 8, 1), channel_base=32, channel_max=4, use_noise=False)
    assert read(network) == []


def distance(a, b):
    return np.sum((pixel_pyramid(a) - pixel_pyramid(b)) ** 2, axis=1)


@pytest.mark.parametrize(
    ("shape", "levels"), [((8, 8, 1), 2), ((16, 16, 3), 3), ((16, 12, 6), 2), ((12, 20, 4), 1)]
)
def test_a_shift_of_grey_counts_in_every_size(shape, levels):
    if shape == (12, 20, 4):
        levels = 2  # 6 x 10, and no smaller
    a = np.zeros([2, *shape], np.float32)
    np.testing.assert_allclose(distance(a, a + 0.5), [0.25 * levels] * 2, rtol=1e-5)


def test_fine_detail_counts_once():
    checks = np.indices([16, 16]).sum(axis=0)[None, ..., None] % 2 * 2.0 - 1
    assert distance(
        checks.astype(np.float32), np.zeros([1, 16, 16, 1], np.float32)
    ) == pytest.approx(1)


def test_psnr_by_hand():
    a = np.full([2, 4, 4, 3], 0.5)
    b = a.copy()
    b[1] -= 0.2
    assert psnr(a, b).tolist() == [np.inf, pytest.approx(20)]
    assert psnr(a + 3, np.ones_like(a)).tolist() == [np.inf] * 2  # files hold nothing beyond white


def test_random_pictures_are_found_again(plain):
    ws = sample_w(plain[1], count=40)
    starts = Starts(plain[1], ws, count=30)
    assert len(starts) == 30
    targets = synthesize(plain[1], np.repeat(ws[[3, 29, 0], None], 6, axis=1))
    np.testing.assert_array_equal(starts.nearest(targets)[:, 0], ws[[3, 29, 0]])
    several = starts.nearest(targets, 4)
    np.testing.assert_array_equal(several[:, :1], starts.nearest(targets))
    assert len(np.unique(several[0], axis=0)) == 4
    assert starts.nearest(targets, 40).shape == (3, 40, 8)  # more than there are begin anew


@pytest.mark.parametrize(
    ("size", "count"),
    [((16, 16), 10_000), ((64, 64), 10_000), ((128, 64), 5_000), ((1024, 1024), 100)],
)
def test_as_many_as_are_affordable(size, count):
    assert affordable(*size) == count


def test_statistics(conditional):
    ws = sample_w(conditional[1], labels=1, count=1500)
    assert ws.shape == (1500, 8)
    np.testing.assert_array_equal(ws, sample_w(conditional[1], labels=1, count=1500))
    assert np.abs(ws - sample_w(conditional[1], labels=2, count=1500)).max() > 1e-3
    found = statistics_of(np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 4.0], [0.0, -4.0]], np.float32))
    np.testing.assert_allclose(found.mean, [0, 0])
    assert found.deviation == pytest.approx(np.sqrt(12.5))


def test_as_keras_does_it():
    start = tf.constant([1.0, -2.0, 3.0])
    theirs = keras.Variable(start)
    optimizer = keras.optimizers.Adam(0.1, 0.9, 0.999, epsilon=1e-8)
    ours, moments = start, projection.adam_start([start])
    for step in range(1, 6):
        gradient = tf.square(ours) * [1.0, 0.1, -10.0]
        optimizer.apply([gradient], [theirs])
        changes, moments = projection.adam_update(
            [gradient], moments, tf.constant(float(step)), 0.1
        )
        ours = ours - changes[0]
        np.testing.assert_allclose(ours, theirs.value, rtol=1e-5)


def test_the_first_step_is_the_learning_rate():
    gradients = [tf.constant([5.0, -0.001])]
    changes, _ = projection.adam_update(
        gradients, projection.adam_start(gradients), tf.constant(1.0), 0.3
    )
    np.testing.assert_allclose(changes[0], [0.3, -0.3], rtol=1e-4)


def small_generator(shape=(8, 8, 3), c_dim=0, use_noise=True):
    """Random, with noise that is seen."""
    keras.utils.set_random_seed(1)
    synthesis = {"shape": shape, "channel_base": 32, "channel_max": 8, "use_noise": use_noise}
    generator = Generator(8, c_dim, 8, mapping={"num_layers": 2}, synthesis=synthesis)
    for variable in generator.variables:
        if variable.name == "noise_strength":
            variable.assign(0.1)
    return generator


@pytest.fixture(scope="module")
def small():
    return small_generator()


@pytest.fixture(scope="module")
def wanted(small):
    return generate(small, seeds=[7, 8, 9])


@pytest.mark.parametrize("space", ["w", "w+"])
def test_pictures_come_back(small, wanted, space):
    ws = project(small, wanted, config=ProjectionConfig(space, steps=100, starts=50))
    assert ws.shape == (3, 4, 8)
    assert ws.dtype == np.float32
    assert (np.abs(ws - ws[:, :1]).max() < 1e-6) == (space == "w")
    mean = statistics_of(sample_w(small)).mean
    start = synthesize(small, np.broadcast_to(mean, ws.shape))
    assert np.all(psnr(synthesize(small, ws), wanted) > psnr(start, wanted) + 6)


def test_the_best_of_all_tries_is_kept(small, wanted):
    projector = Projector(small, config=ProjectionConfig(steps=1, starts=8, tries=8))
    found = projector(wanted)  # after a step at a learning rate of 0, as all began
    w = sample_w(small)[:8]
    shown = synthesize(small, np.repeat(w[:, None], 4, axis=1))
    for one, target in zip(found, wanted, strict=True):
        apart = pixel_pyramid(shown) - pixel_pyramid(target[None])
        np.testing.assert_array_equal(one[0], w[np.argmin(np.sum(apart**2, axis=1))])


def test_without_starts_the_search_begins_at_the_mean_and_the_distance_decides(small, wanted):
    blind = lambda images: 0 * pixel_pyramid(images)  # noqa: E731
    found = project(small, wanted, blind, config=ProjectionConfig(steps=3, starts=0))
    mean = statistics_of(sample_w(small)).mean
    np.testing.assert_allclose(found, np.broadcast_to(mean, found.shape), atol=1e-6)


def test_pictures_do_not_know_of_each_other_and_one_program_serves_all(small, wanted, monkeypatch):
    traced = []

    def counted(function, jit_compile=False):
        def outer(*args):
            traced.append(1)
            return function(*args)

        return graph(outer, jit_compile)

    monkeypatch.setattr("ada_tf.inference.projection.graph", counted)
    projector = Projector(small, config=ProjectionConfig(steps=8, starts=20), batch=2)
    together = projector(wanted)
    np.testing.assert_array_equal(projector(wanted), together)
    alone = [projector(one[None])[0] for one in wanted]
    np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-3)
    assert len(traced) == 1


def test_another_seed_another_way(small, wanted):
    one, other = (
        project(small, wanted, config=ProjectionConfig(steps=8, starts=0, seed=seed))
        for seed in (1, 2)
    )
    assert np.abs(one - other).max() > 1e-4


def test_conditional_generators_need_a_label():
    generator = small_generator(c_dim=3)
    targets = generate(generator, seeds=[1], labels=2)
    with refused("labels=None"):
        project(generator, targets)
    config = ProjectionConfig(steps=1, starts=0)  # its learning rate is 0
    mean = statistics_of(sample_w(generator, labels=2)).mean
    found = project(generator, targets, label=2, config=config)
    np.testing.assert_allclose(found[0, 0], mean, atol=1e-6)


@pytest.mark.parametrize(("shape", "noise"), [((8, 16, 4), True), ((16, 8, 6), False)])
def test_any_shape(shape, noise):
    generator = small_generator(shape, use_noise=noise)
    targets = generate(generator, seeds=[1])
    ws = project(generator, targets, config=ProjectionConfig(steps=3, starts=5))
    assert np.isfinite(ws).all()


def test_noise_maps_are_optimised_and_stay_white(small, wanted):
    projector = Projector(small, config=ProjectionConfig(steps=1, starts=0))
    maps = [tf.repeat(noise, 3, axis=0) for noise in own_maps(small.synthesis)]
    state = [tf.zeros([3, 1, 8]), *maps]
    moments = [(tf.zeros_like(s), tf.zeros_like(s)) for s in state]
    numbers = map(tf.constant, (0, 0.1, 0.0))
    found, _ = projector._step(state, moments, pixel_pyramid(tf.constant(wanted)), *numbers)
    for before, after in zip(maps, found[1:], strict=True):
        assert np.abs(before - after).max() > 1e-3
        np.testing.assert_allclose(tf.math.reduce_std(after, axis=[1, 2, 3]), 1, rtol=1e-4)


def test_the_noise_weight_keeps_pictures_out_of_noise_maps(small, wanted):
    """Of maps that begin correlated, those are less so after a step that were pushed to be."""
    rolled = [tf.cumsum(noise, axis=2) for noise in own_maps(small.synthesis)]
    maps = [whitened(tf.repeat(noise, 3, axis=0)) for noise in rolled]
    left = {}
    for weight in (0.0, 1e5):
        config = ProjectionConfig(steps=1, starts=0, noise_weight=weight)
        state = [tf.zeros([3, 1, 8]), *maps]
        moments = [(tf.zeros_like(s), tf.zeros_like(s)) for s in state]
        numbers = map(tf.constant, (0, 0.1, 0.0))
        embedded = pixel_pyramid(tf.constant(wanted))
        found, _ = Projector(small, config=config)._step(state, moments, embedded, *numbers)
        left[weight] = autocorrelation(found[1:]).numpy()
    assert np.all(left[1e5] < 0.9 * left[0.0])


def test_what_is_refused(small, wanted):
    with refused("[1, 16, 8, 3]", "[N, 8, 8, 3]"):
        project(small, np.zeros([1, 16, 8, 3]), config=ProjectionConfig(starts=0))
    for argument in (
        {"space": "z"},
        {"steps": 0},
        {"learning_rate": -1},
        {"starts": -1},
        {"tries": 0},
    ):
        with refused(f"{next(iter(argument))}="):
            ProjectionConfig(**argument)
    wild = ProjectionConfig(steps=6, starts=0, learning_rate=1e38)
    with refused("learning_rate=1e+38"):
        project(small, wanted, config=wild)
