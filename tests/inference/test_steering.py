"""Pushing latents along directions, and the file that keeps these."""

import numpy as np
import pytest

from ada_tf.inference.directions import (
    FILE,
    Direction,
    is_name,
    read_directions,
    save_directions,
    steered,
)
from tests.sentences import refused


def direction(first, deviation, layers):
    vector = np.zeros(8, np.float32)
    vector[first] = 1
    return Direction(vector, deviation, np.isin(np.arange(6), layers))


DIRECTIONS = {"smile": direction(2, 0.5, [0, 1]), "Lächeln@0-3+5": direction(3, 2.0, range(6))}


def test_an_amount_is_that_many_deviations_in_the_layers_of_a_direction():
    ws = np.random.RandomState(0).randn(3, 6, 8).astype(np.float32)
    before = ws.copy()
    moved = steered(ws, DIRECTIONS, {"smile": 3.0}) - ws
    expected = np.zeros_like(ws)
    expected[:, :2, 2] = 1.5
    np.testing.assert_allclose(moved, expected, atol=1e-6)
    np.testing.assert_array_equal(ws, before)
    np.testing.assert_array_equal(steered(ws, DIRECTIONS, {}), ws)
    both = {"smile": -1.0, "Lächeln@0-3+5": 2.0}
    expected[:, :2, 2], expected[:, :, 3] = -0.5, 4.0
    np.testing.assert_allclose(steered(ws, DIRECTIONS, both) - ws, expected, atol=1e-5)
    turned = dict(reversed(both.items()))
    np.testing.assert_array_equal(steered(ws, DIRECTIONS, turned), steered(ws, DIRECTIONS, both))


@pytest.mark.parametrize(
    ("amounts", "shape"),
    [
        ({"grin": 1.0}, (1, 6, 8)),
        ({"smile": np.nan}, (1, 6, 8)),
        ({"smile": 101.0}, (1, 6, 8)),
        ({"smile": -101.0}, (1, 6, 8)),
        ({"smile": 1.0}, (1, 6, 9)),
        ({"smile": 1.0}, (1, 7, 8)),
    ],
)
def test_pushes_that_cannot_be(amounts, shape):
    with refused("direction="):
        steered(np.zeros(shape), DIRECTIONS, amounts)


def test_names():
    assert all(map(is_name, ["a", "smile", "sefa0@0-3+5", "Lächeln", "笑", "a.b", "x" * 64]))
    assert not any(map(is_name, ["", "a:b", "a,b", "a b", "a/b", "-a", ".a", "a\n", "x" * 65]))


def test_directions_come_back_and_are_the_same_bytes(tmp_path):
    path = tmp_path / FILE
    save_directions(path, DIRECTIONS)
    written = path.read_bytes()
    for place in (path, tmp_path):
        found = read_directions(place)
        assert list(found) == list(DIRECTIONS)
        for name, one in DIRECTIONS.items():
            np.testing.assert_array_equal(found[name].vector, one.vector)
            np.testing.assert_array_equal(found[name].layers, one.layers)
            assert found[name].deviation == one.deviation
    save_directions(path, found)
    assert path.read_bytes() == written
    assert [p.name for p in tmp_path.iterdir()] == [FILE]
    with np.load(path, allow_pickle=False) as arrays:  # as anybody reads it
        assert arrays["names"].tolist() == list(DIRECTIONS)


def test_directions_of_another_network(plain, conditional, tmp_path):
    save_directions(tmp_path / FILE, DIRECTIONS)
    assert list(read_directions(tmp_path, plain[1])) == list(DIRECTIONS)
    with refused("6", "8"):
        read_directions(tmp_path, conditional[1])


GOOD = {
    "names": np.array(["a", "b"]),
    "vectors": np.eye(2, 8, dtype=np.float32),
    "deviations": np.ones(2, np.float32),
    "layers": np.ones([2, 6], bool),
}


@pytest.mark.parametrize(
    "change",
    [
        {"names": np.array(["a", "a"])},
        {"names": np.array(["a", "../b"])},
        {"names": np.array(["a", ""])},
        {"names": np.array([1, 2])},
        {"names": np.array("a")},
        {"names": np.array(["a"])},
        {"vectors": np.full([2, 8], np.nan, np.float32)},
        {"vectors": np.ones([2, 8], np.float32)},
        {"vectors": np.ones([2], np.float32)},
        {"vectors": np.eye(2, 8, dtype=int)},
        {"deviations": np.array([1, np.inf], np.float32)},
        {"deviations": np.array([1, -1], np.float32)},
        {"deviations": np.ones([2, 1], np.float32)},
        {"layers": np.zeros([2, 6], bool)},
        {"layers": np.ones([2, 6], np.float32)},
        {"layers": np.ones([3, 6], bool)},
        {"layers": np.ones([2, 0], bool)},
        {name: array[:0] for name, array in GOOD.items()},
        {"deviations": None},
    ],
)
def test_files_that_hold_no_directions(tmp_path, change):
    np.savez(tmp_path / FILE, **GOOD)
    assert list(read_directions(tmp_path)) == ["a", "b"]
    arrays = {name: array for name, array in (GOOD | change).items() if array is not None}
    np.savez(tmp_path / FILE, **arrays)
    with refused("directions.npz"):
        read_directions(tmp_path)


def test_no_file(tmp_path):
    with refused("directions.npz"):
        read_directions(tmp_path)
