"""Tests of latents."""

import dataclasses
import types

import numpy as np
import pytest

from ada_tf.inference.latents import latents_from_seeds, layers_of, read_ws, resolutions_of, save_ws
from ada_tf.models.build import make_generator
from ada_tf.shape import Shape
from tests.inference.runs import NETWORK
from tests.sentences import refused

WS = np.random.RandomState(0).randn(3, 6, 8)


def test_what_was_saved_is_read(plain, tmp_path):
    save_ws(tmp_path / "a.npz", WS, noise=np.zeros(3))
    found = read_ws(tmp_path / "a.npz", plain[1])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, WS.astype(np.float32))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_files_of_others(plain, tmp_path):
    np.savez(tmp_path / "a.npz", w=WS[:1])  # float64
    np.testing.assert_array_equal(read_ws(tmp_path / "a.npz", plain[1]), np.float32(WS[:1]))


@pytest.mark.parametrize(
    "arrays",
    [
        {"ws": WS},
        {"w": WS[:, :5]},
        {"w": WS[0]},
        {"w": np.float32(1)},
        {"w": WS[:0]},
        {"w": WS.astype(int)},
        {"w": np.full_like(WS, np.nan)},
        {"w": WS * 1e300},
    ],
)  # fmt: skip
def test_what_does_not_fit(plain, tmp_path, arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    with refused("a.npz"):
        read_ws(tmp_path / "a.npz", plain[1])


def test_what_cannot_be_read_or_written(plain, tmp_path):
    with refused("a.npz"):
        read_ws(tmp_path / "a.npz", plain[1])
    with refused("a.npz"):
        save_ws(tmp_path / "none" / "a.npz", WS)


@pytest.fixture(scope="module")
def large():
    """At 64 pixels, where there are layers of all groups; no square."""
    return make_generator(
        dataclasses.replace(NETWORK, channel_max=4), Shape(96, 64, 1), label_dim=0, name="large"
    )


def test_each_latent_has_the_resolution_it_is_first_used_at(large):
    assert resolutions_of(large) == [4, 8, 8, 16, 16, 32, 32, 64, 64, 64]
    assert len(resolutions_of(large)) == large.num_ws


def test_groups_are_those_of_the_paper(large):
    assert layers_of(large, "coarse") == [0, 1, 2]
    assert layers_of(large, "middle") == [3, 4, 5, 6]
    assert layers_of(large, ["fine"]) == [7, 8, 9]


def test_groups_and_numbers_together(large):
    assert layers_of(large, [9, "coarse", 2, 5]) == [0, 1, 2, 5, 9]
    assert layers_of(large, []) == []


@pytest.mark.parametrize("styles", [[10], [-1], "all", ["coarse", "x"], [1.5]])
def test_layers_that_do_not_exist(large, styles):
    with refused("styles="):
        layers_of(large, styles)


def test_a_group_that_a_small_generator_has_not(plain):
    with refused("layers='fine'"):
        layers_of(plain[1], "fine", "layers")


def test_a_family_without_resolutions():
    other = types.SimpleNamespace(synthesis=lambda ws: ws, num_ws=1)
    assert layers_of(other, [0]) == [0]
    with refused("styles='coarse'"):
        layers_of(other, "coarse")


def test_latents_are_those_of_numpy_and_do_not_depend_on_each_other():
    z = latents_from_seeds([5, 0, 5, 2**32 - 1], 16)
    assert z.dtype == np.float32
    assert z.shape == (4, 16)
    expected = np.random.RandomState(5).randn(1, 16).astype(np.float32)
    np.testing.assert_array_equal(z[:1], expected)
    np.testing.assert_array_equal(z[0], z[2])
    np.testing.assert_array_equal(latents_from_seeds([0], 16)[0], z[1])
    # First draw of the Mersenne Twister seeded with 0, a number known to every NumPy user.
    np.testing.assert_allclose(z[1, 0], 1.76405235, rtol=1e-7)
