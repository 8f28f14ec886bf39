"""What iterations report is pooled exactly, and does not pile up when nobody reads it."""

import json

import numpy as np
import pytest

from ada_tf.training.iteration.non_finite import NonFinite, watched
from ada_tf.training.iteration.stats import WAITING, Stats


def of(values):
    return np.array([len(values), np.sum(values), np.sum(np.square(values))], np.float32)


def test_phases_are_pooled_by_name():
    stats = Stats()
    stats.report(
        {
            "Dmain": {"Loss/scores/real": of([1.0, 2.0])},
            "Dreg": {"Loss/scores/real": of([3.0, 6.0])},
        }
    )
    ((name, found),) = stats.read().items()
    assert (name, found["num"]) == ("Loss/scores/real", 4)
    assert found["mean"] == pytest.approx(3.0)
    assert found["std"] == pytest.approx(np.std([1, 2, 3, 6]))
    assert stats.read() == {}


def test_whoever_looks_in_between_changes_no_bit():
    """A checkpoint in the middle of a tick holds what came so far; the rest is added to that."""
    random = np.random.default_rng(0)
    reports = [{"Gmain": {"x": of(random.normal(size=7))}} for _ in range(50)]
    whole, first, second = Stats(), Stats(), Stats()
    for report in reports:
        whole.report(report)
    for report in reports[:23]:
        first.report(report)
    second.report({"Dmain": {"other": of([1.0])}})
    second.go_on_from(json.loads(json.dumps(first.sums())))
    for report in reports[23:]:
        second.report(report)
    assert second.read() == whole.read()
    assert first.read()["x"]["num"] == 23 * 7  # looking takes nothing away


def test_unread_statistics_do_not_pile_up():
    stats, count = Stats(), 2 * WAITING + 5
    for i in range(count):
        stats.report({"Gmain": {"x": of([float(i)])}})
        assert len(stats._pending) < WAITING
    found = stats.read()["x"]
    assert found["num"] == count
    assert found["mean"] == pytest.approx((count - 1) / 2)


def test_an_unread_symptom_is_the_first_one():
    found = NonFinite()
    found.watch({"Gmain": watched(["a"])})
    fine, mended, fatal = np.zeros(3), np.array([0, 1, 0]), np.array([1, 0, 0])
    for i in range(3 * WAITING):
        found.report(i, {"Gmain": {10: mended, 20: fatal, 30: fatal}.get(i, fine)})
        assert len(found._pending) < WAITING
    worst, mild = found.read()
    assert (worst.images, str(worst.tensor)) == (20, "the loss")
    assert (mild.images, str(mild.tensor)) == (10, "the gradient of a")
    assert found.read() == (None, None)
