"""Authenticity and C_T on planted copies."""

import numpy as np
import pytest
import scipy.stats

from ada_tf.metrics.measures.memorisation import (
    authenticity,
    data_copying,
    probability_below,
    rank_score,
)
from tests.metrics.spread import ratio_to_spread
from tests.sentences import refused


def points(seed, count, width=6):
    return np.random.default_rng(seed).standard_normal([count, width])


def direct(training, fake):
    """The part that is authentic, by loops."""
    count = 0
    for x in fake:
        distances = np.linalg.norm(training - x, axis=1)
        nearest = training[distances.argmin()]
        apart = np.sort(np.linalg.norm(training - nearest, axis=1))[1]
        count += distances.min() > apart
    return count / len(fake)


def test_against_loops():
    training, held_out, fake = points(0, 50), points(1, 30), 0.8 * points(2, 40)
    found = authenticity(training, held_out, fake)
    assert found.fake.value == direct(training, fake)
    assert found.held_out.value == direct(training, held_out)
    assert 0 < found.fake.value < 1


def test_copies_are_not_authentic():
    training = points(3, 60)
    near = training + 1e-3 * points(4, 60)
    for copies in (training, near, training[:1]):
        assert authenticity(training, None, copies).fake.value == 0
    found = authenticity(training, points(5, 60), near)
    assert found.p_value < 1e-9
    assert found.held_out.value > 0.4


def test_a_copy_of_twins():
    """Both are as near, which is not further."""
    training = np.concatenate([points(6, 10), points(6, 10)[:1]])
    assert authenticity(training, None, training[:1]).fake.value == 0


def test_far_images_are_authentic():
    assert authenticity(points(7, 20), None, points(8, 10) + 100).fake.value == 1


def test_honest_images_are_as_authentic_as_held_out_ones():
    values = [
        authenticity(points(i, 80), points(1000 + i, 40), points(2000 + i, 40)).p_value
        for i in range(100)
    ]
    assert np.mean(np.array(values) < 0.1) < 0.15  # an exact test errs to the safe side
    assert np.mean(values) > 0.4


def test_error_is_of_other_images_beside_the_same_training_images():
    training = points(9, 80)
    compare = lambda rng: authenticity(training, None, rng.standard_normal([50, 6])).fake  # noqa: E731
    assert 0.8 < ratio_to_spread(compare, 200) < 1.25


@pytest.mark.parametrize(
    ("training", "held_out", "fake"),
    [
        (points(0, 1), None, points(1, 5)),
        (points(0, 5), None, points(1, 0)),
        (points(0, 5), points(0, 5, 7), points(1, 5)),
        (points(0, 5), None, points(1, 5, 5)),
        (points(0, 5), points(0, 5) * np.nan, points(1, 5)),
    ],
)
def test_wrong_sides(training, held_out, fake):
    with refused():
        authenticity(training, held_out, fake)


@pytest.mark.parametrize("decimals", [6, 0])  # without ties and with many
def test_rank_score_is_of_scipys_test(decimals):
    rng = np.random.default_rng(0)
    a, b = np.abs(3 * rng.standard_normal(30)).round(decimals), rng.gamma(2, 1, 50).round(decimals)
    found = scipy.stats.mannwhitneyu(
        a, b, use_continuity=False, alternative="less", method="asymptotic"
    )
    np.testing.assert_allclose(scipy.stats.norm.cdf(rank_score(a, b)), found.pvalue, rtol=1e-9)
    np.testing.assert_allclose(1 - probability_below(a, b), found.statistic / (30 * 50))


def test_the_fewest_ranks_have_a_score():
    """Of one image on each side the variance is 1/4."""
    assert rank_score(np.array([2.0]), np.array([1.0])) == 1
    assert rank_score(np.array([1.0]), np.array([2.0])) == -1


def test_all_equal_ranks_say_nothing():
    assert rank_score(np.ones(9), np.ones(12)) == 0
    assert probability_below(np.ones(9), np.ones(12)) == 0.5


def test_copies_are_nearer():
    training, held_out = points(0, 100), points(1, 50)
    found = data_copying(training, held_out, training[:50] + 1e-3)
    assert found.statistic.value < -8
    assert found.p_value < 1e-12
    assert found.nearer == 1


def test_bad_images_are_further():
    found = data_copying(points(0, 100), points(1, 50), points(2, 50) + 10)
    assert found.statistic.value > 8
    assert found.p_value > 1 - 1e-12
    assert found.nearer == 0


@pytest.mark.parametrize("cells", [1, 3])
@pytest.mark.parametrize("kept", [True, False])
def test_of_honest_images_the_score_is_normal(cells, kept):
    found = [
        data_copying(
            points(i, 120), points(1000 + i, 60) if kept else None, points(2000 + i, 70), cells
        )
        for i in range(120)
    ]
    scores = np.array([f.statistic.value / f.statistic.error for f in found])
    assert abs(scores.mean()) < 0.35  # deviation of the mean .09
    assert 0.75 < scores.std() < 1.25
    p_values = [f.p_value for f in found]
    assert abs(np.mean(p_values) - 0.5) < 0.1


def modes(seed, count):
    """A wide mode and one a thousand times narrower."""
    wide, narrow = points(seed, count), 1e-3 * points(seed + 50, count) + 30
    return np.concatenate([wide, narrow])


def test_cells_compare_what_lies_in_one_part_of_the_space():
    training, held_out = modes(0, 100), modes(1, 50)
    fake = training[::2] + np.repeat([[0.2], [2e-4]], 50, axis=0)
    whole, apart = (data_copying(training, held_out, fake, cells) for cells in (1, 2))
    assert apart.statistic.error == pytest.approx(np.sqrt(0.5))
    score = lambda found: found.statistic.value / found.statistic.error  # noqa: E731
    assert score(apart) < 1.5 * score(whole) < -5
    assert apart.p_value < whole.p_value


def test_cells_count_by_their_held_out_images():
    training, fake = modes(0, 100), modes(2, 40) + np.repeat([[0.3], [0.0]], 40, axis=0)
    held_out = np.concatenate(
        [modes(1, 60)[:60], modes(1, 60)[60:80]]
    )  # 60 of one, 20 of the other
    found = data_copying(training, held_out, fake, cells=2)
    in_wide = data_copying(training[:100], held_out[:60], fake[:40]).statistic.value
    in_narrow = data_copying(training[100:], held_out[60:], fake[40:]).statistic.value
    assert found.statistic.value == pytest.approx(0.75 * in_wide + 0.25 * in_narrow)
    assert found.statistic.error == pytest.approx(np.hypot(0.75, 0.25))
    expected = scipy.stats.norm.cdf(found.statistic.value / found.statistic.error)
    assert found.p_value == pytest.approx(expected)


def test_cells_of_few_images_say_nothing():
    training, held_out = modes(0, 100), modes(1, 50)
    half = data_copying(training, held_out, training[:60], cells=2)
    assert half.statistic.error == 1  # one cell remains
    assert half.statistic.value == pytest.approx(
        data_copying(training, held_out[:50], training[:60]).statistic.value
    )


def test_seed_decides_the_cells():
    sides = points(4, 100), points(5, 80), points(6, 80)
    assert data_copying(*sides, cells=4) == data_copying(*sides, cells=4)
    assert data_copying(*sides, cells=4) != data_copying(*sides, cells=4, seed=1)
    assert data_copying(*sides, seed=0) == data_copying(*sides, seed=1)  # one cell is everything


def test_constant_features():
    same = np.ones([20, 3])
    for cells in (1, 3):
        found = data_copying(same, same, same, cells)
        assert (found.statistic.value, found.p_value, found.nearer) == (0, 0.5, 0.5)


@pytest.mark.parametrize(
    "arguments",
    [
        (points(0, 9), points(1, 9), points(2, 7)),
        (points(0, 9), points(1, 7), points(2, 9)),
        (points(0, 9), points(1, 9, 5), points(2, 9)),
        (points(0, 9), points(1, 9), points(2, 9), 10),
        (points(0, 9), points(1, 9), points(2, 9), 0),
        (points(0, 1), points(1, 9), points(2, 9)),
    ],
)
def test_wrong_sides_of_c_t(arguments):
    with refused():
        data_copying(*arguments)
