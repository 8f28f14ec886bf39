"""Samples of features: what is refused, and distances."""

import numpy as np
import pytest

from ada_tf.metrics.measures import samples
from ada_tf.metrics.measures.samples import both, checked, note_of_sizes, to_nearest
from tests.sentences import refused


def test_type_is_given_or_kept():
    x = np.ones([2, 3], np.float32)
    assert checked(x, "x").dtype == np.float64
    assert checked(x, "x", dtype=None) is x
    assert [side.dtype for side in both(x, x.astype(int))] == [np.float64] * 2


@pytest.mark.parametrize(
    ("real", "fake", "said"), [(100, 200, False), (201, 100, True), (9, 99, True)]
)
def test_note_of_sizes(real, fake, said):
    assert (f"{real} reals against {fake} fakes" in note_of_sizes(real, fake)) == said
    assert bool(note_of_sizes(real, fake)) == said


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_every_block_must_be_finite(monkeypatch, block):
    monkeypatch.setattr(samples, "_NUMBERS", block)
    for row in range(5):
        x = np.ones([5, 3])
        assert checked(x, "x") is x
        x[row, 2] = np.inf
        with refused():
            checked(x, "x")


@pytest.mark.parametrize("wrong", [3, np.ones(3), np.ones([2, 0]), np.ones([2, 2], bool), [["a"]]])
def test_not_features(wrong):
    with refused():
        checked(wrong, "x")


@pytest.mark.parametrize("block", [5, 40, 10**6])
def test_to_nearest(monkeypatch, block):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal([23, 4]), rng.standard_normal([31, 4])
    monkeypatch.setattr(samples.distance_blocks, "__defaults__", (block,))
    pairs = np.linalg.norm(a[:, None] - b[None], axis=-1)
    found, indices = to_nearest(a, b)
    np.testing.assert_allclose(found, pairs.min(axis=1), rtol=1e-9)
    np.testing.assert_array_equal(indices, pairs.argmin(axis=1))
    own = np.linalg.norm(a[:, None] - a[None], axis=-1) + 1e9 * np.eye(23)
    found, indices = to_nearest(a)
    np.testing.assert_allclose(found, own.min(axis=1), rtol=1e-9)
    np.testing.assert_array_equal(indices, own.argmin(axis=1))
    assert (to_nearest(a, a)[0] < 1e-6).all()
