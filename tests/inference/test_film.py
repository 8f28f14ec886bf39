"""Films of a generator: they pass by what they are asked for, and their end is no place of its own."""

import numpy as np
import pytest

from ada_tf.images import tile
from ada_tf.inference import generate as generating
from ada_tf.inference.film import film
from ada_tf.inference.generate import generate, map_latents, synthesize
from ada_tf.inference.latents import FILM_PATHS, latents_from_seeds
from tests.sentences import refused

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
THROUGH = [path for path in FILM_PATHS if path != "circle"]


def frames_of(generator, *arguments, **options):
    return np.stack(list(film(generator, *arguments, **options)))


def steps_of(frames):
    """How far each frame is from the next, the last from the first: [N]."""
    return np.abs(np.roll(frames, -1, axis=0) - frames).mean(axis=(1, 2, 3))


@pytest.mark.parametrize("path", THROUGH)
def test_every_seed_is_passed(path, plain):
    frames = frames_of(plain[1], 12, seeds=[1, 2, 3], path=path, truncation_psi=0.7)
    assert frames.shape == (12, 16, 16, 3)
    assert frames.dtype == np.float32
    stops = generate(plain[1], seeds=[1, 2, 3], truncation_psi=0.7)
    np.testing.assert_allclose(frames[::4], stops, **TOLERANCE)


@pytest.mark.parametrize("path", FILM_PATHS)
def test_the_loop_closes_without_a_doubled_or_a_missing_frame(path, plain):
    """The step from the last frame to the first is such as those beside it."""
    seeds = [3] if path == "circle" else [1, 2, 3]
    steps = steps_of(frames_of(plain[1], 120, seeds=seeds, path=path))
    beside = [steps[-2], steps[0]]
    # A path that has corners at the stops may be faster on one side of the first.
    assert 0.8 * min(beside) < steps[-1] < 1.25 * max(beside)
    assert steps[-1] > 0.2 * steps.mean()


@pytest.mark.parametrize("path", FILM_PATHS)
def test_a_loop_that_begins_elsewhere_is_the_same_loop(path, plain):
    """So that the place where it closes cannot differ from others."""
    if path == "circle":
        frames = frames_of(plain[1], 8, seeds=[3], path=path)
        opposite = plain[1](-latents_from_seeds([3], 8)).numpy()
        np.testing.assert_allclose(frames[4], opposite[0], **TOLERANCE)
    else:
        frames = frames_of(plain[1], 9, seeds=[1, 2, 3], path=path)
        turned = frames_of(plain[1], 9, seeds=[2, 3, 1], path=path)
        np.testing.assert_allclose(turned, np.roll(frames, -3, axis=0), **TOLERANCE)


def test_straight_in_w(plain):
    frames = frames_of(plain[1], 6, seeds=[1, 2, 3], path="straight")
    w = map_latents(plain[1], seeds=[3, 1])
    np.testing.assert_allclose(
        frames[-1], synthesize(plain[1], w.mean(axis=0, keepdims=True))[0], **TOLERANCE
    )


def test_a_circle_begins_with_its_seed(plain):
    frames = frames_of(plain[1], 5, seeds=[7], path="circle", truncation_psi=0.5)
    np.testing.assert_allclose(
        frames[:1], generate(plain[1], seeds=[7], truncation_psi=0.5), **TOLERANCE
    )


@pytest.mark.parametrize("path", THROUGH)
def test_truncation_goes_up_and_back(path, plain):
    frames = frames_of(plain[1], 4, seeds=[5], path=path, truncation_psi=(-0.5, 1))
    for number, psi in enumerate((-0.5, 0.25, 1, 0.25)):
        still = generate(plain[1], seeds=[5], truncation_psi=psi)[0]
        np.testing.assert_allclose(frames[number], still, **TOLERANCE)


@pytest.mark.parametrize("truncation", ["class", "global"])
@pytest.mark.parametrize("path", THROUGH)
def test_from_label_to_label(path, truncation, conditional):
    generator = conditional[1]
    options = {"truncation_psi": 0.6, "truncation": truncation}
    frames = frames_of(generator, 6, seeds=[4], labels=[0, 2, 1], path=path, **options)
    stops = generate(generator, seeds=[4] * 3, labels=[0, 2, 1], **options)
    np.testing.assert_allclose(frames[::2], stops, **TOLERANCE)
    assert steps_of(frames).min() > 1e-3


def test_labels_are_mixed_on_the_way_in_z(conditional):
    generator = conditional[1]
    frames = frames_of(generator, 4, seeds=[4], labels=[0, 2], path="slerp")
    half = generate(generator, seeds=[4], labels=np.float32([0.5, 0, 0.5]))
    np.testing.assert_allclose(frames[1], half[0], **TOLERANCE)
    round_ = frames_of(generator, 4, seeds=[4], labels=[0, 2], path="circle")
    z = latents_from_seeds([4], generator.z_dim)
    np.testing.assert_allclose(round_[2], generate(generator, -z, labels=2)[0], **TOLERANCE)


def test_the_shorter_list_of_seeds_and_labels_starts_over(conditional):
    generator, one_hot = conditional[1], np.eye(3, dtype=np.float32)
    frames = frames_of(generator, 3, seeds=[4, 5, 6], labels=one_hot[[0, 2]])
    np.testing.assert_allclose(
        frames, generate(generator, seeds=[4, 5, 6], labels=[0, 2, 0]), **TOLERANCE
    )
    frames = frames_of(generator, 3, seeds=[4, 5], labels=[0, 2, 1])
    np.testing.assert_allclose(
        frames, generate(generator, seeds=[4, 5, 4], labels=[0, 2, 1]), **TOLERANCE
    )


def test_latents_are_stops_that_truncation_leaves_alone(plain):
    ws = map_latents(plain[1], seeds=[8])
    frames = frames_of(plain[1], 4, seeds=[1], ws=ws, truncation_psi=(0.5, 0.7))
    np.testing.assert_allclose(
        frames[0], generate(plain[1], seeds=[1], truncation_psi=0.5)[0], **TOLERANCE
    )
    np.testing.assert_allclose(frames[2], generate(plain[1], seeds=[8])[0], **TOLERANCE)
    alone = frames_of(plain[1], 2, ws=map_latents(plain[1], seeds=[8, 9]))
    np.testing.assert_allclose(alone, generate(plain[1], seeds=[8, 9]), **TOLERANCE)


@pytest.mark.parametrize("batch", [1, 4, 50])
def test_a_grid_of_loops(batch, conditional):
    generator = conditional[1]
    options = {"labels": 1, "path": "straight", "batch": batch}
    frames = frames_of(generator, 5, seeds=range(12), grid=(3, 2), **options)
    assert frames.shape == (5, 16, 24, 1)
    cells = [frames_of(generator, 5, seeds=[k, k + 1], **options) for k in range(0, 12, 2)]
    expected = [tile(np.stack(images), 3) for images in zip(*cells, strict=True)]
    np.testing.assert_allclose(frames, expected, **TOLERANCE)


def test_all_latents_are_edited(plain):
    edited = frames_of(plain[1], 4, seeds=[1, 2], edit=lambda ws: ws + np.float32(0.5))
    ws = map_latents(plain[1], seeds=[1, 2])
    np.testing.assert_allclose(edited[::2], synthesize(plain[1], ws + 0.5), **TOLERANCE)


def test_one_program_renders_a_film(plain, monkeypatch):
    """Frames that do not fill the last batch cost no second one."""
    batches, program = set(), generating._program(False)

    def counted(generator, ws, *more):
        batches.add(ws.shape)
        return program(generator, ws, *more)

    monkeypatch.setattr(generating, "_program", lambda jit_compile: counted)
    for grid, seeds in (((1, 1), [1, 2]), ((2, 1), range(4)), ((5, 2), range(20))):
        batches.clear()
        assert len(frames_of(plain[1], 7, seeds=seeds, grid=grid, batch=4)) == 7
        assert len(batches) == 1


def test_frames_are_made_when_they_are_asked_for(plain):
    """A million frames of the beginning of which there is no sign in memory."""
    frames = film(plain[1], 10**6, seeds=range(4), batch=2)
    assert next(frames).shape == next(frames).shape == (16, 16, 3)


@pytest.mark.parametrize(
    "options",
    [
        {"path": "round"},
        {"frames": 1},
        {"seeds": [1]},
        {"seeds": []},
        {"grid": (3, 1)},
        {"path": "circle"},
        {"path": "slerp", "ws": np.zeros([1, 6, 8])},
        {"labels": 1},
        {"noise_mode": "loud"},
    ],
)
def test_what_makes_no_film(options, plain):
    options = {"frames": 4, "seeds": [1, 2], **options}
    with refused():
        next(film(plain[1], **options))


def test_a_conditional_generator_needs_labels(conditional):
    for path in THROUGH:
        with refused("labels=None"):
            film(conditional[1], 4, seeds=[1, 2], path=path)
