"""Planted generators: memorisers of few pictures ring, honest failures do not (small pixels alone).

experiments/planted_truth has the whole table, with the rates of false and missed alarms.
"""

import functools
import re

import numpy as np
import pytest
import scipy.ndimage

from ada_tf.data.creatures import creature, draw
from ada_tf.metrics.copies import CANNOT_TELL, COPIES, NO_SIGN
from ada_tf.metrics.copies.copies import copies_to_json, describe_copies
from ada_tf.metrics.copies.copy_search import CopySearch, copies_in_one_line, copies_line
from tests.metrics.sets import fakes_of


def to_bytes(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


@functools.cache
def pictures(name):
    if name == "creatures":
        found = np.stack([draw(creature(i), 16) for i in range(900)])
    else:
        datasets = pytest.importorskip("sklearn.datasets")
        grey = np.clip(16 * datasets.load_digits().images, 0, 255).astype(np.uint8)
        found = np.repeat(np.repeat(grey, 2, axis=1), 2, axis=2)[..., np.newaxis]
    return found[np.random.default_rng(0).permutation(len(found))]


def finished(pixels):
    return fakes_of(pixels, batch=250, count=len(pixels))


def near(images, rng):
    """Copies as a network makes them: other contrast, other noise."""
    contrast = rng.normal(1, 0.05, [len(images), 1, 1, 1])
    return to_bytes((images - 128.0) * contrast + 128 + rng.normal(0, 6, images.shape))


def search(training, fakes, held_out=None):
    held_out = None if held_out is None else finished(held_out)
    return CopySearch(finished(training), held_out)(finished(fakes), drawn=1)[0]


def memoriser(name, n, share, originals, held_out=0, tested=500):
    images, rng = pictures(name), np.random.default_rng(n)
    training, unseen, fresh = np.split(images, [n, n + held_out])
    copied = round(share * tested)
    again = near(training[rng.integers(0, originals, copied)], rng)
    fakes = np.concatenate([again, fresh[: tested - copied]])
    return search(training, fakes, unseen if held_out else None)


@pytest.mark.parametrize("name", ["creatures", "digits"])
@pytest.mark.parametrize(
    ("n", "share", "originals", "held_out"),
    [
        (20, 0.4, 20, 0),
        (30, 0.65, 20, 0),
        (30, 0.25, 20, 0),
        (30, 1.0, 5, 0),
        (60, 0.15, 60, 0),
        (100, 0.25, 30, 0),
        (100, 0.15, 100, 150),
        (300, 0.1, 20, 0),
    ],
)
def test_memorisers_are_seen(name, n, share, originals, held_out):
    found = memoriser(name, n, share, originals, held_out)
    assert found.verdict == COPIES
    assert found.held_out == bool(held_out)
    assert found.count >= 0.8 * share * found.tested


HONEST = {
    "fresh": lambda x, rng: x,
    "ten modes": lambda x, rng: near(x[rng.integers(0, 10, len(x))], rng),
    "blurred": lambda x, rng: to_bytes(
        scipy.ndimage.gaussian_filter(x.astype(float), [0, 1, 1, 0])
    ),
    "near the mean": lambda x, rng: to_bytes(0.6 * x + 0.4 * x.mean(axis=0)),
    "mixed": lambda x, rng: to_bytes(0.5 * x + 0.5 * x[::-1]),
}


@pytest.mark.parametrize("name", ["creatures", "digits"])
@pytest.mark.parametrize("n", [30, 100, 300])
@pytest.mark.parametrize("kind", list(HONEST))
def test_honest_ones_are_not_accused(name, n, kind):
    images, rng = pictures(name), np.random.default_rng(1)
    found = search(images[:n], HONEST[kind](images[n : n + 500], rng))
    assert found.verdict != COPIES
    # Of so few pictures nobody can say that there are no copies.
    assert n > 30 or found.verdict == CANNOT_TELL
    assert n < 100 or found.seen_from <= 0.1
    assert n < 100 or kind in ("fresh", "ten modes") or found.verdict == NO_SIGN


def test_a_verdict_never_contradicts_its_count():
    shares = [memoriser("creatures", n, q, 3) for n in (30, 100) for q in (0, 0.05, 0.3)]
    for found in shares:
        excess = (found.count - found.expected) / found.tested
        if found.verdict == NO_SIGN:
            assert excess < found.seen_from <= 0.1
        if excess > 0.15:
            assert "no sign" not in describe_copies(found).lower()
    assert shares[2].verdict != NO_SIGN
    assert {found.verdict for found in shares} >= {CANNOT_TELL, NO_SIGN}


def test_one_wording():
    found = memoriser("creatures", 30, 0, 3)
    words = "cannot tell from 500 generated and 30 real images, where a share of "
    assert words in describe_copies(found)
    assert words in copies_in_one_line(found)
    line, record = copies_line(found), copies_to_json(found)
    for kept in (line, record):
        assert (kept["verdict"], kept["copying"]) == (CANNOT_TELL, False)
        assert kept["seen_from"] == found.seen_from
    assert re.search(rf"seen from a share of {found.seen_from:.1%} on", describe_copies(found))


def pairs(count):
    """Pictures and their mirror images, in turn, such as arrows to the left and to the right."""
    return np.stack([pictures("creatures")[:count], pictures("creatures")[:count, :, ::-1]], 1)


def test_mirror_images_among_the_training_images_are_no_copies():
    both = pairs(450)
    # Of a third of all pairs both are trained on, of another third one, and the other is new.
    training = np.concatenate([both[:60].reshape(-1, 16, 16, 3), both[60:120, 0]])
    fakes = np.concatenate([both[60:120, 1], both[120:, 0]])
    found = search(training, fakes)
    assert (found.below, found.unseen) == (121, 180)
    assert found.exact.sum() == found.turned.sum() == 60
    assert found.verdict != COPIES
    one = fakes.copy()
    one[0] = training[0]
    assert search(training, one).verdict == COPIES
    # Where unseen ones are no mirror images, sixty are copies.
    assert search(both[:120, 0], fakes).verdict == COPIES


def test_near_twins_of_the_set_are_chance():
    """Icons that share a frame: one in ten has a twin, trained on or not."""
    rng, images = np.random.default_rng(3), pictures("creatures")
    twins = np.concatenate([images[:700], near(images[:70], rng)])[rng.permutation(770)]
    assert search(twins[:200], twins[200:]).verdict != COPIES


@pytest.mark.parametrize("times", [2, 4])
def test_copies_of_what_is_there_several_times_are_seen(times):
    images, rng = pictures("creatures"), np.random.default_rng(4)
    training = np.concatenate([np.tile(images[:40], [times, 1, 1, 1]), images[40:100]])
    fakes = np.concatenate([near(images[rng.integers(0, 40, 150)], rng), images[100:400]])
    found = search(training, fakes)
    assert (found.twins, found.unseen) == (40 * times, 60)
    assert found.verdict == COPIES
