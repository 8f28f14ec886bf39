"""What is said of a change is true of changes that were made on purpose."""

import numpy as np
import pytest

from ada_tf.images import as_shown, to_uint8
from ada_tf.inference.direction_reports import change_of, strip_of, with_map
from ada_tf.inference.directions import Direction
from ada_tf.inference.generate import _program, map_latents, synthesize
from tests.inference.runs import save_run
from tests.sentences import refused


def strip(difference, rows=2, columns=3):
    """Rows from 100 to 100 + difference [H, W, channels]."""
    found = np.full([rows, columns, *difference.shape], 100, np.uint8)
    found[:, -1] = (100 + difference).astype(np.uint8)
    return found


def planted(kind, height=24, width=16):
    found = np.zeros([height, width, 3])
    if kind == "brightness":
        found += 20
    elif kind == "colour":
        found += [20, -20, 0]
    elif kind == "layout":
        found[: height // 2], found[height // 2 :] = 20, -20
    elif kind == "detail":
        found += 20 * (-1) ** np.add.outer(np.arange(height), np.arange(width))[..., np.newaxis]
    return found


@pytest.mark.parametrize("kind", ["brightness", "colour", "layout", "detail"])
@pytest.mark.parametrize("size", [(24, 16), (32, 32), (16, 48)])
def test_one_thing_changes(kind, size):
    change = change_of(strip(planted(kind, *size)))
    assert change.parts[kind] == pytest.approx(1)
    assert change.levels == pytest.approx(40 / 3 if kind == "colour" else 20)


def test_parts_add_up_and_small_ones_are_not_said():
    mixed = planted("brightness") + 0.5 * planted("layout") + 0.2 * planted("detail")
    change = change_of(strip(mixed))
    assert sum(change.parts.values()) == pytest.approx(1)
    squares = {"brightness": 400.0, "layout": 100.0, "detail": 16.0, "colour": 0.0}
    for name, square in squares.items():
        assert change.parts[name] == pytest.approx(square / 516)
    assert change.in_words() == "20 levels, most at the top left: brightness 78%, layout 19%"


def test_any_difference_of_any_size_is_its_parts():
    for height, width, channels in ((5, 7, 3), (4, 4, 1), (9, 33, 3)):
        difference = np.random.RandomState(0).randint(-90, 90, [height, width, channels])
        change = change_of(strip(difference))
        assert sum(change.parts.values()) == pytest.approx(1)
        assert change.levels == pytest.approx(np.abs(difference).mean(), rel=1e-5)


@pytest.mark.parametrize(
    ("rows", "columns", "place"),
    [((0, 8), (0, 5), "top left"), ((8, 16), (6, 10), "centre"), ((18, 24), (6, 10), "bottom"),
     ((8, 16), (11, 16), "right")],
)  # fmt: skip
def test_the_place_that_changes_most(rows, columns, place):
    difference = np.ones([24, 16, 3])
    difference[slice(*rows), slice(*columns)] = -50
    assert change_of(strip(difference)).place == place


def test_nothing_changes():
    change = change_of(strip(np.zeros([8, 8, 1])))
    assert change.levels == 0
    assert change.in_words() == "0 levels, most at the top left: nothing"
    assert with_map(strip(np.zeros([8, 8, 1])))[:, -1].max() == 0


def test_a_map_of_what_changes():
    difference = np.zeros([24, 16, 3])
    difference[3, 4], difference[5, 6] = -60, 30
    shown = with_map(strip(difference))
    assert shown.shape == (2, 4, 24, 16, 3)
    np.testing.assert_array_equal(shown[:, :3], strip(difference))
    assert (shown[:, 3, 3, 4] == 255).all()
    assert (shown[:, 3, 5, 6] == 128).all()
    assert shown[:, 3].sum() == 2 * 3 * (255 + 128)


def test_the_next_strip_traces_nothing(plain):
    ws = map_latents(plain[1], seeds=[1, 2])
    counts = set()
    for vector in np.eye(3, 8, dtype=np.float32):
        strip_of(plain[1], Direction(vector, 1.0, np.ones(6, bool)), ws, [-1, 0, 1], batch=4)
        counts.add(_program(False).experimental_get_tracing_count())
    assert len(counts) == 1


@pytest.mark.parametrize(("channels", "shown"), [(1, 1), (3, 3), (4, 3), (6, 3)])
def test_the_middle_of_a_strip_is_the_picture(tmp_path, channels, shown):
    generator = save_run(tmp_path, channels=channels).generator_ema
    direction = Direction(np.eye(1, 8, dtype=np.float32)[0], 1.0, np.ones(6, bool))
    ws = map_latents(generator, seeds=[1, 2])
    found = strip_of(generator, direction, ws, [-1, 0, 1], batch=4)
    assert found.shape == (2, 3, 16, 16, shown)
    for column, moved in enumerate([ws - np.eye(1, 8), ws, ws + np.eye(1, 8)]):
        images = as_shown(to_uint8(synthesize(generator, moved)))
        assert np.abs(found[:, column].astype(int) - images).max() <= 1
    with refused():
        strip_of(generator, direction, ws * np.nan, [0])
