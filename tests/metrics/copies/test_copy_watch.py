"""Copies during training: a generator that begins to copy is seen at the next score."""

import dataclasses

import numpy as np

from ada_tf.metrics.copies import copy_search
from ada_tf.metrics.copies.copy_search import CopyWatch
from tests.metrics.sets import Fakes, dataset, images


class Finished(Fakes):
    count = 100


def test_copies_are_seen_when_they_come():
    log = []
    watch = CopyWatch(dataset(count=300), log.append)
    honest, copied = images(9, 100), np.concatenate([images(9, 60), images(0, 300)[:40]])
    before, after = (watch(Finished(fakes)) for fakes in (honest, copied))
    assert not before.copying
    assert after.copying
    assert copy_search.in_one_line(after).endswith("expected by chance: the generator copies")
    line = copy_search.line_of(after)
    assert line["results"]["copies"] >= 40
    assert line["results"]["copies_p"] < 1e-6
    assert (line["metric"], line["tested"], line["copying"]) == ("copies", 100, True)
    assert not log


def test_what_cannot_be_done_is_said_once(monkeypatch):
    log = []
    watch = CopyWatch(dataset(count=1), log.append)
    for _ in range(2):
        assert watch(Finished(images(9, 100))) is None
    (line,) = log
    assert line.startswith("Copies are not looked for: 1 training images are too few")


def test_very_many_images_are_not_looked_at(monkeypatch):
    monkeypatch.setattr(copy_search, "MOST_WATCHED", 30)
    watch = CopyWatch(dataclasses.replace(dataset(count=40), store=None), None)
    assert watch(None) is None
