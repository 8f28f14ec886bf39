"""Planted truth on creatures of 32 pixels: what is copied is counted, what is not is not."""

import dataclasses
import functools
import json

import numpy as np
import pytest
import scipy.ndimage

from ada_tf.data.creatures import creature, draw
from ada_tf.metrics.copies import copy_search, verdict
from ada_tf.metrics.copies.copies import copies_to_json, describe_copies
from ada_tf.metrics.copies.copy_search import (
    CopySearch,
    CopyWatch,
    Record,
    look_for_copies,
    read_copies_line,
)
from tests.metrics.networks import Counting
from tests.metrics.sets import dataset, fakes_of, images
from tests.sentences import refused

# Copies during training: a generator that begins to copy is seen at the next score.


def finished(pixels):
    return fakes_of(pixels, count=len(pixels))


def test_copies_are_seen_when_they_come():
    log = []
    watch = CopyWatch(dataset(count=300), log.append)
    honest, copied = images(9, 100), np.concatenate([images(9, 60), images(0, 300)[:40]])
    before, after = (watch(finished(fakes)) for fakes in (honest, copied))
    assert not before.copying
    assert after.copying
    assert copy_search.copies_in_one_line(after).endswith(
        "expected by chance: the generator copies"
    )
    line = copy_search.copies_line(after)
    assert line["results"]["copies"] >= 40
    assert line["results"]["copies_p"] < 1e-6
    assert (line["metric"], line["tested"], line["copying"]) == ("copies", 100, True)
    assert not log


def test_what_cannot_be_done_is_said_once(monkeypatch):
    log = []
    watch = CopyWatch(dataset(count=1), log.append)
    for _ in range(2):
        assert watch(finished(images(9, 100))) is None
    (line,) = log
    assert line.startswith("Copies are not looked for: 1 training images are too few")


def test_very_many_images_are_not_looked_at(monkeypatch):
    monkeypatch.setattr(copy_search, "MOST_WATCHED", 30)
    watch = CopyWatch(dataclasses.replace(dataset(count=40), store=None), None)
    assert watch(None) is None


COUNT, SIDE = 150, 32


class RandomProjection:
    """A network of one layer: the same numbers for the same image, and nearly for nearly the same."""

    name, title, weights_hash = "projection", "a random projection", "0" * 64

    def __call__(self, images):
        flat = images.reshape(len(images), -1) / 255
        return {"features": np.tanh(flat @ _weights(flat.shape[1]) / 20).astype(np.float32)}


@functools.cache
def _weights(numbers):
    return np.random.default_rng(0).standard_normal([numbers, 64])


@functools.cache
def creatures(first):
    return np.stack([draw(creature(i), SIDE) for i in range(first, first + COUNT)])


def training():
    return creatures(0)


def held_out():
    return creatures(1000)


def honest():
    return creatures(2000)


def to_bytes(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def varied(pixels):
    """Contrast x N(1, 8%), shift N(0, 6), noise N(0, 4)."""
    rng = np.random.default_rng(3)
    one = lambda scale: scale * rng.standard_normal([len(pixels), 1, 1, 1])  # noqa: E731
    noise = 4 * rng.standard_normal(pixels.shape)
    return to_bytes((pixels - 128.0) * (1 + one(0.08)) + 128 + one(6) + noise)


def mixed(copied):
    return np.concatenate([training()[:copied], honest()[copied:]])


def modes(pixels):
    """Ten images again and again, with a little noise."""
    return to_bytes(
        pixels[np.arange(COUNT) % 10] + np.random.default_rng(4).normal(0, 1, pixels.shape)
    )


@functools.cache
def searcher(views, unseen):
    network = RandomProjection() if views == 2 else None
    return CopySearch(finished(training()), finished(held_out()) if unseen else None, network)


def search(pixels, views=2, unseen=True):
    return searcher(views, unseen)(finished(pixels))[0]


every_way = pytest.mark.parametrize(
    ("views", "unseen"), [(1, True), (1, False), (2, True), (2, False)]
)


@every_way
@pytest.mark.parametrize("copied", [8, 15, 75, 150])
def test_exact_copies(copied, views, unseen):
    found = search(mixed(copied), views, unseen)
    assert found.flagged[:copied].all()
    assert found.exact.sum() == copied
    assert found.count - copied <= 3 * found.expected + 3
    assert found.copying
    assert found.p < (0.05 if copied == 8 else 1e-3)


@every_way
def test_nearly_copies(views, unseen):
    found = search(varied(training()), views, unseen)
    assert found.count > 0.8 * COUNT
    assert not found.exact.any()
    assert found.p < 1e-20
    nearest = found.views[0].fakes.indices[:, 0]
    assert (nearest == np.arange(COUNT))[found.flagged].mean() > 0.95


@every_way
def test_mirrored_copies(views, unseen):
    found = search(varied(training()[:, :, ::-1]), views, unseen)
    assert found.count > 0.8 * COUNT
    assert found.views[0].fakes.mirrored[found.flagged].mean() > 0.9
    assert search(training()[:, :, ::-1], views, unseen).exact.all()


@every_way
@pytest.mark.parametrize(
    "changed",
    [
        lambda x: x,
        varied,
        modes,
        lambda x: scipy.ndimage.gaussian_filter(x, [0, 1, 1, 0]),
        lambda x: np.random.default_rng(5).integers(0, 256, x.shape).astype(np.uint8),
    ],
    ids=["held out", "varied", "few modes", "blurred", "noise"],
)
def test_what_is_no_copy(changed, views, unseen):
    found = search(changed(honest()), views, unseen)
    assert not found.copying
    assert found.p > 1e-3
    assert "no sign of copying" in describe_copies(found)


def test_few_modes_are_counted():
    found = search(modes(honest()))
    assert 8 <= found.distinct <= 10  # two of the ten may be alike
    assert found.largest_equal == 1
    again = honest()
    again[:60] = again[0]
    assert search(again).largest_equal == 60
    assert "60 of 150 are the same image" in describe_copies(search(again))


@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize("change", [lambda x: x, varied], ids=["twins", "near twins"])
def test_twins_do_not_blind(change, views):
    doubled = np.concatenate([training(), change(training()[:8])])
    network = RandomProjection() if views == 2 else None
    finder = CopySearch(finished(doubled), None, network)
    found = finder(finished(varied(training())))[0]
    assert found.count > 0.75 * COUNT
    assert found.p < 1e-10
    assert not finder(finished(honest()))[0].copying


def test_images_are_made_once_and_reals_looked_at_once():
    fakes, network = finished(mixed(15)), Counting(RandomProjection())
    finder = CopySearch(finished(training()), finished(held_out()), network)
    assert network.seen == COUNT + 2 * COUNT
    finder(fakes)
    assert fakes.batches.made == COUNT
    assert network.seen == 5 * COUNT
    known = Counting(RandomProjection())
    features = RandomProjection()(training())["features"]
    found = look_for_copies(
        fakes, finished(training()), finished(held_out()), known, features=features
    )[0]
    assert known.seen == 4 * COUNT
    assert found.count == finder(fakes)[0].count


def test_sheet_starts_with_the_most_suspicious():
    fakes = honest().copy()
    fakes[100] = training()[7]
    found, sheet, columns = searcher(2, True)(fakes_of(fakes, 7, count=COUNT), tested=120, drawn=5)
    assert found.tested == 120
    assert (sheet.shape, columns) == ((30, SIDE, SIDE, 3), 6)
    np.testing.assert_array_equal(sheet[0], fakes[100])
    np.testing.assert_array_equal(sheet[1], training()[7])
    order = np.argsort(found.suspicion, kind="stable")[:5]
    np.testing.assert_array_equal(sheet[::6], fakes[order])


def test_few_held_out_images_are_not_enough():
    finder = CopySearch(finished(training()), finished(held_out()[:99]))
    assert not finder.held_out
    assert "each left out in turn" in describe_copies(finder(finished(honest()))[0])
    assert searcher(1, True).held_out


def test_report():
    found = search(mixed(15))
    text = describe_copies(found).splitlines()[0]
    assert text.startswith(f"{found.count} of 150 generated images look like copies")
    assert f"{found.expected:.2g} expected by chance, p = " in text
    assert "the generator copies" in text
    names = [f"{i}.png" for i in range(COUNT)]
    record = json.loads(json.dumps(copies_to_json(found, names, names)))
    assert len(record["images"]) == record["count"] == found.count
    first = record["images"][:15]
    assert {image["generated"] for image in first} == set(names[:15])
    assert all(image["generated"] == image["nearest"] and image["exact"] for image in first)
    assert first[0]["views"] == ["small pixels", "features of a random projection"]
    assert record["views"][0]["count"] >= 15


def test_images_of_another_shape():
    with refused("32", "1"):
        search(honest()[:, :, :, :1])
    with refused("1"):
        CopySearch(finished(training()[:1]))
    with refused("3", "150"):
        CopySearch(finished(training()), None, RandomProjection(), np.zeros([3, 2]))


LINE = {"results": {"copies": 60}, "tested": 1000, "expected": 32.3, "verdict": "cannot tell"}


def test_a_line_is_read_in_the_words_of_the_search():
    known = LINE | {"unseen": 30, "seen_from": 0.31}
    words = verdict.in_words("cannot tell", 1000, 30, 0.31)
    assert read_copies_line(known) == Record(60, 1000, 32.3, "cannot tell", words)
    assert read_copies_line(LINE).words == verdict.in_words("cannot tell")


@pytest.mark.parametrize(
    "wrong",
    [
        {"results": 3},
        {"results": {}},
        {"tested": "x"},
        {"expected": None},
        {"tested": -1},
        {"tested": 2e12},
    ],
)
def test_a_line_that_tells_of_no_search_is_none(wrong):
    assert read_copies_line(LINE | wrong) is None
