import dataclasses

import numpy as np
import pytest
import scipy.stats

from ada_tf.metrics.copies import copies, verdict
from ada_tf.metrics.copies.neighbours import Neighbours
from tests.sentences import refused


def powers(seed, n, dimensions=8):
    """Distances to the nearest of points in so many dimensions."""
    return np.random.default_rng(seed).random(n) ** (1 / dimensions)


def evenly(seed, n, dimensions=8):
    """The same without chance: their quantiles, shuffled."""
    quantiles = (np.arange(n) + 0.5) / n
    return np.random.default_rng(seed).permutation(quantiles) ** (1 / dimensions)


def test_p_value_is_beta_binomial_far_out_too():
    found = verdict.p_value(9, tested=100, a=4, b=197)
    assert found == pytest.approx(scipy.stats.betabinom.sf(8, 100, 4, 197), rel=1e-9)
    assert 0 < verdict.p_value(300, 1000, 10, 991) < 1e-80
    assert verdict.p_value(0, 100, 4, 197) == 1
    assert copies.expected(1000, 4, 399) == 10


def test_p_value_is_uniform_where_nothing_is_copied():
    """Against the draws themselves: how often p falls below 5% and 0.1%."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(2000):
        unseen, fakes = rng.random(300), rng.random(200)
        (limit,), rank = copies.learn_limits([unseen])
        found.append(verdict.p_value(int((fakes < limit).sum()), 200, rank, 301 - rank))
    assert 0.01 < np.mean(np.array(found) < 0.05) < 0.07
    assert np.mean(np.array(found) < 1e-3) < 0.004


def test_limits_share_the_level():
    unseen = evenly(0, 400)
    assert copies.learn_limits([unseen])[1] == 4
    limits, below = copies.learn_limits([unseen, evenly(1, 400)])
    assert below == 4
    assert limits[0] == np.sort(unseen)[1]


def test_few_unseen_give_a_limit_and_say_what_chance_makes():
    _, below = copies.learn_limits([evenly(0, 20)])
    assert below == 1
    assert copies.expected(1000, below, 20) > 40
    with refused():
        copies.learn_limits([np.array([0.5])])


def test_twins_do_not_move_the_limit():
    unseen = evenly(0, 400)
    (clean,), _ = copies.learn_limits([unseen])
    near = np.concatenate([unseen, np.full(20, 0.05), np.zeros(20)])
    (limit,), below = copies.learn_limits([near])
    assert limit == pytest.approx(clean, rel=0.05)
    assert below == 44  # nobody knows but that chance makes them
    (limit,), below = copies.learn_limits([np.concatenate([unseen, np.zeros(800)])])
    assert (limit, below) == (clean, 804)


def test_bulk_has_no_near_twins():
    found = [copies.near_twins(powers(seed, 400)).sum() for seed in range(50)]
    assert np.mean(found) < 0.5
    assert not copies.near_twins(np.full(9, 0.5)).any()


def test_alike():
    points = np.array([[0.0, 0], [0.1, 0], [5, 5], [0.2, 0], [5, 5]])
    groups = copies.alike(points, np.ones(5), limit=0.15)
    assert groups[0] == groups[1] == groups[3] != groups[2] == groups[4]
    assert len(set(copies.alike(points, np.full(5, 0.1), limit=0.15))) == 4


def test_zero_is_below_any_limit():
    np.testing.assert_array_equal(
        copies.below(np.array([0.0, 1e-5, 0.3]), 0.0), [True, True, False]
    )


def far(n):
    """No image is beside a training image."""
    return np.full(n, np.inf)


def constructed(relative, alike):
    """Copies of one view of made-up distances; the limit is 0.5."""
    relative = np.asarray(relative)
    n = len(relative)
    fakes = Neighbours(
        relative, np.ones(n), relative, np.zeros(n, bool), np.zeros([n, 5], int), far(n)
    )
    unseen = evenly(0, 400)
    of_unseen = Neighbours(unseen, unseen, unseen, unseen > 2, np.zeros([400, 5], int), far(400))
    view = copies.View("a view", fakes, of_unseen, 0.5)
    # Each looks like a copy of a training image of its own, as far as there are enough.
    fakes = dataclasses.replace(fakes, indices=np.arange(n)[:, np.newaxis])
    view = dataclasses.replace(view, fakes=fakes)
    nothing = np.zeros(n, bool)
    return copies.Copies(
        400, (view,), 400, 4, 0, True, nothing, nothing, np.arange(n), np.asarray(alike)
    )


def test_images_that_are_alike_are_one_accident():
    relative = np.where(np.arange(100) < 20, 0.4, 0.9)
    each = constructed(relative, np.arange(100))
    assert (each.count, each.distinct, each.expected) == (20, 100, pytest.approx(0.9975, abs=1e-3))
    assert each.copying
    assert each.p == pytest.approx(2 * verdict.p_value(20, 100, 4, 397))
    together = constructed(relative, np.arange(100) // 20)
    assert (together.count, together.distinct) == (20, 5)
    assert together.p == pytest.approx(2 * verdict.p_value(1, 5, 4, 397))
    assert not together.copying


def test_suspects_of_one_training_image_are_one_accident():
    relative = np.where(np.arange(100) < 20, 0.4, 0.9)
    found = constructed(relative, np.arange(100))
    (view,) = found.views
    indices = view.fakes.indices % 2  # as if each were nearest to one of two
    fakes = dataclasses.replace(view.fakes, indices=indices)
    joined = dataclasses.replace(found, views=(dataclasses.replace(view, fakes=fakes),))
    assert len(np.unique(found.accidents)) == found.distinct == joined.distinct == 100
    assert len(np.unique(joined.accidents[:20])) == 2
    assert len(np.unique(joined.accidents)) == 82  # those that look like no copies are as they were
    assert joined.p == pytest.approx(2 * verdict.p_value(2, 82, 4, 397))
    assert found.copying
    assert joined.verdict == "cannot tell"


def test_the_rule_of_a_third_knows_what_was_seen_of_unseen_images():
    found = constructed(np.full(50, 0.9), np.arange(50))
    (view,) = found.views
    near = np.where(np.arange(400) < 7, 0.33, 0.34)
    fakes = dataclasses.replace(view.fakes, apart=np.where(np.arange(50) < 3, 0.33, 0.34))
    view = dataclasses.replace(
        view, fakes=fakes, unseen=dataclasses.replace(view.unseen, apart=near)
    )
    for training, size in ((20, 100), (60, 180), (500, 300)):
        limits, third = dataclasses.replace(found, views=(view,), training=training).rules
        assert (limits.a, limits.b, limits.size) == (4, 397, 400)
        assert (third.a, third.b, third.size) == (8, 492, size)
        assert third.hits.sum() == 3
        assert not limits.hits.any()


@pytest.mark.parametrize(("beside", "expected"), [(300, "cannot tell"), (10, "none")])
def test_no_sign_is_not_said_of_many_that_are_by_far_nearer(beside, expected):
    """None is below the limit, and all of them are one accident."""
    found = constructed(np.full(1000, 0.9), np.where(np.arange(1000) < beside, 0, np.arange(1000)))
    (view,) = found.views
    apart = np.where(np.arange(1000) < beside, 0.33, 0.34)
    indices = np.where(np.arange(1000) < beside, 0, np.arange(1000))[:, np.newaxis] % 400
    fakes = dataclasses.replace(view.fakes, apart=apart, indices=indices)
    found = dataclasses.replace(found, views=(dataclasses.replace(view, fakes=fakes),))
    limits, third = found.rules
    assert third.excess == pytest.approx(beside / 1000 - 1 / 500)
    assert limits.excess == pytest.approx(-found.expected / 1000)
    assert (found.count, found.verdict) == (0, expected)
    said = copies.describe_copies(found)
    assert f"{beside} are nearer to a training image than a third of its distance" in said
    both = dataclasses.replace(fakes, relative=np.where(np.arange(1000) < beside, 0.4, 0.9))
    found = dataclasses.replace(found, views=(dataclasses.replace(view, fakes=both),))
    assert "third" not in copies.describe_copies(found)  # they are counted already


def test_one_image_to_the_last_byte_is_a_copy():
    found = constructed(np.full(50, 0.9), np.arange(50))
    assert not found.copying
    exact = dataclasses.replace(found, exact=np.arange(50) == 7)
    assert exact.copying
    assert exact.count == 1
    assert exact.suspicion.argmin() == 7
    turned = dataclasses.replace(exact, turned=exact.exact)  # an arrow to the left, say
    assert not turned.copying
    assert turned.count == 1


def test_nearer_as_a_whole():
    same = constructed(evenly(1, 400), np.arange(400)).views[0]
    assert same.nearer == pytest.approx(0.5)
    assert same.nearer_p == pytest.approx(0.5, abs=0.01)
    nearer = constructed(evenly(1, 400) / 2, np.arange(400)).views[0]
    assert nearer.nearer > 0.95
    assert nearer.nearer_p < 1e-50
