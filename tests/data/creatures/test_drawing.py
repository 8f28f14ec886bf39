import colorsys
import pathlib

import numpy as np
import pytest
from PIL import Image

from ada_tf.data.creatures import CHOICES, RANGES, creature, draw
from ada_tf.data.creatures.drawing import PALETTE

RECORDED = pathlib.Path(__file__).parent.parent / "golden" / "creatures.png"
# In this one every attribute shows: it has cheeks, open eyes and hills.
BASE = creature(
    0, lids="open", mouth="smile", crown="horns", pattern="spots", arms="wave", cheeks=True,
    ground="hills", body="ball", colour="teal", ground_colour="pink", eyes=2,
)  # fmt: skip


def changed(**fixed):
    return creature(0, **{**vars(BASE), **fixed})


def without_number(fixed):
    return {name: value for name, value in fixed.items() if name != "number"}


def test_a_creature_is_drawn_the_same_every_time():
    np.testing.assert_array_equal(draw(creature(3), 32), draw(creature(3), 32))


def test_a_thousand_creatures_are_a_thousand_pictures():
    pictures = {draw(creature(number), 16).tobytes() for number in range(1000)}
    assert len(pictures) == 1000


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in CHOICES for value in CHOICES[name]]
)
def test_every_value_shows(name, value):
    others = [v for v in CHOICES[name] if v != value]
    fixed = without_number(vars(BASE))
    picture = draw(creature(0, **{**fixed, name: value}), 32).astype(int)
    for other in others:
        difference = np.abs(draw(creature(0, **{**fixed, name: other}), 32) - picture)
        assert difference.max() > 30, f"{name}={value} looks like {other}"


@pytest.mark.parametrize("name", RANGES)
def test_every_range_shows(name):
    low, high = RANGES[name]
    fixed = without_number(vars(BASE))
    # A phase ends where it began.
    one, other = (
        draw(creature(0, **{**fixed, name: value}), 32).astype(int)
        for value in (low, low + 0.7 * (high - low))
    )
    assert np.abs(one - other).max() > 8


@pytest.mark.parametrize("colour", PALETTE)
def test_a_body_has_its_colour(colour):
    plain = dict(colour=colour, pattern="plain", cheeks=False, lids="happy", mouth="flat", hue=0.0)
    picture = draw(creature(1, **plain), 64, alpha=True)
    # Above the eyes, in the middle of the body's upper half.
    body = picture[20:44, 20:44, :3][picture[20:44, 20:44, 3] == 255]
    middle = np.median(body, axis=0) / 255
    found = colorsys.rgb_to_hls(*middle)[0]
    away = abs((found - PALETTE[colour][0] + 0.5) % 1 - 0.5)
    assert away < 0.03


def test_alpha_leaves_the_ground_out():
    whole, cut = draw(BASE, 64), draw(BASE, 64, alpha=True)
    assert cut.shape == (64, 64, 4)
    assert cut[0, 0, 3] == 0
    solid = cut[..., 3] == 255
    assert 0.2 < solid.mean() < 0.7
    np.testing.assert_array_equal(cut[solid][:, :3], whole[solid])


@pytest.mark.parametrize(("height", "width"), [(8, 8), (40, 64), (64, 24), (128, 128)])
def test_any_size_and_shape(height, width):
    picture = draw(creature(2), height, width)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 10


def test_a_creature_fills_the_shorter_side_of_any_shape():
    square = draw(BASE, 32, alpha=True)
    wide = draw(BASE, 32, 64, alpha=True)
    np.testing.assert_array_equal(wide[:, 16:48], square)


def test_a_larger_picture_shows_the_same():
    large = Image.fromarray(draw(creature(4), 128)).resize((32, 32), Image.Resampling.BOX)
    small = draw(creature(4), 32).astype(int)
    assert np.abs(np.asarray(large) - small).mean() < 2


def test_nothing_is_cut_off():
    for number in range(200):
        edge = draw(creature(number), 64, alpha=True)[..., 3]
        assert edge[0].max() == 0, number
        assert edge[-1].max() == 0, number


def test_creatures_look_as_recorded():
    """If this fails on purpose, raise `_DRAWING` of the source and record them again.

    Pillow may round an edge otherwise; nothing else may change.
    """
    drawn = np.concatenate([draw(creature(number), 32) for number in range(32)], axis=1)
    recorded = np.asarray(Image.open(RECORDED), int)
    assert np.abs(drawn - recorded).mean() < 0.5
