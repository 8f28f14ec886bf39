import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.inference.generate import generate, synthesize
from ada_tf.inference.projection import (
    ProjectionConfig,
    Projector,
    autocorrelation,
    own_maps,
    pixel_pyramid,
    project,
    psnr,
    whitened,
)
from ada_tf.inference.w_samples import sample_w, statistics_of
from ada_tf.models import Generator
from ada_tf.ops import graph


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
    with pytest.raises(UserError, match="labels=None: this generator needs"):
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
    with pytest.raises(UserError, match=r"targets of shape \[1, 16, 8, 3\] must be \[N, 8, 8, 3\]"):
        project(small, np.zeros([1, 16, 8, 3]), config=ProjectionConfig(starts=0))
    for argument in (
        {"space": "z"},
        {"steps": 0},
        {"learning_rate": -1},
        {"starts": -1},
        {"tries": 0},
    ):
        with pytest.raises(UserError, match=f"{next(iter(argument))}="):
            ProjectionConfig(**argument)
    wild = ProjectionConfig(steps=6, starts=0, learning_rate=1e38)
    with pytest.raises(
        UserError, match="learning_rate=1e\\+38 ends in latents that are not finite"
    ):
        project(small, wanted, config=wild)
