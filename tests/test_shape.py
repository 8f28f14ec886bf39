"""Shapes: their base and levels, how they are written, and which there are not."""

import dataclasses

import pytest

from ada_tf.errors import UserError
from ada_tf.shape import Shape, quarter_turns, size_of
from tests.sentences import refused

ODD = {  # (height, width): base, levels, side
    (8, 16): ((4, 8), 1, 16),
    (24, 16): ((6, 4), 2, 16),
    (20, 12): ((10, 6), 1, 16),
    (48, 64): ((6, 8), 3, 64),
    (12, 40): ((6, 20), 1, 16),
    (384, 512): ((6, 8), 6, 512),
    (576, 1024): ((9, 16), 6, 1024),
    (48, 48): ((6, 6), 3, 64),
}


@pytest.mark.parametrize("side", [2**i for i in range(3, 15)])
def test_squares_of_a_power_of_two_start_at_4(side):
    shape = Shape(side, side, 3)
    assert shape.base == (4, 4)
    assert shape.top == shape.side == shape.resolution == side
    assert shape.blocks == tuple(2**i for i in range(2, side.bit_length()))
    assert [shape.at(r) for r in shape.blocks] == [(r, r) for r in shape.blocks]


@pytest.mark.parametrize("sides", ODD)
def test_odd_shapes(sides):
    shape = Shape(*sides, 3)
    base, levels, side = ODD[sides]
    assert (shape.base, shape.levels, shape.side) == (base, levels, side)
    assert len(shape.blocks) == levels + 1
    assert shape.blocks[0] == 4
    assert shape.at(4) == base
    assert shape.at(shape.top) == sides


def test_halved_once_more_is_too_small_or_no_whole_number():
    for height in range(8, 130):
        for width in range(8, 130):
            try:
                shape = Shape(height, width, 1)
            except UserError:
                continue
            h, w = shape.base
            assert (h << shape.levels, w << shape.levels) == (height, width)
            assert min(h, w) >= 4
            assert h % 2 or w % 2 or min(h, w) < 8


def test_written_width_first():
    shape = Shape(384, 512, 3)
    assert str(shape) == "512x384x3"
    assert shape.size == shape.resolution == "512x384"
    assert Shape.parse("512x384") == shape
    assert Shape.parse(shape.resolution) == shape
    assert Shape.parse("64x64", 1) == Shape.parse(64, 1) == Shape.parse("64", 1) == Shape(64, 64, 1)
    assert Shape(64, 64, 1).size == "64"
    assert Shape(64, 64, 1).resolution == 64


def test_as_numbers():
    shape = Shape(24, 16, 2)
    assert shape.hwc == (24, 16, 2)
    assert Shape.of(shape) is shape
    assert Shape.of([24, 16, 2]) == Shape.of((24, 16, 2)) == Shape(**dataclasses.asdict(shape))


@pytest.mark.parametrize(
    "size",
    [
        "17x16",
        "15",
        "1024x8",
        "1280x720",
        "4",
        "32768",
        "0x8",
        "64x",
        "-64",
        "64x64x3",
        64.0,
        None,
        True,
    ],
)
def test_what_is_no_size(size):
    with refused("resolution="):
        Shape.parse(size)


@pytest.mark.parametrize("channels", [0, 65, 1.0, True, None])
def test_what_are_no_channels(channels):
    with refused("channels="):
        Shape(64, 64, channels)


@pytest.mark.parametrize("shape", [64, "64", (64, 64), None])
def test_what_is_no_shape(shape):
    with refused("shape="):
        Shape.of(shape)


@pytest.mark.parametrize("side", [64.0, True, "64"])
def test_sides_are_whole_numbers(side):
    with refused("resolution="):
        Shape(side, 64, 3)


def test_of_any_pictures():
    assert size_of(17, 17) == "17"
    assert size_of(17, 30) == "30x17"
    assert quarter_turns(17, 17) == 1
    assert quarter_turns(17, 30) == quarter_turns(30, 17) == 2
