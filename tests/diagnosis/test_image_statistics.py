"""Pictures in numbers: planted sets, and the truth about them."""

import numpy as np
import pytest

from ada_tf.diagnosis.image_statistics import look, look_at_reals, marks, sample, styles, two_kinds

# What pictures look like in numbers: planted sets, and the truth about them.


def pictures(count, seed=0, dark=False):
    """Pictures with a bright upper half, of many shades: uint8 [N, 16, 16, 3]."""
    rng = np.random.default_rng(seed)
    small = rng.uniform(40, 120, [count, 4, 4, 3])
    small[:, :2] += 100
    pixels = np.kron(small, np.ones([1, 4, 4, 1])).astype(np.uint8)
    return 255 - pixels if dark else pixels


REALS = pictures(200)


def turned(images):
    return images[:, ::-1]


def test_pictures_of_one_kind_are_near_varied_and_apart():
    found = look(REALS, pictures(200, 1), 8.0)
    assert found.kimg == 8
    assert abs(found.distance.value) < 3 * found.distance.error
    assert found.coverage == pytest.approx(1, abs=0.1)
    assert found.spread == pytest.approx(1, abs=0.05)


def test_pictures_of_another_kind_are_far():
    found = look(REALS, turned(pictures(200, 1)), 8.0)
    assert found.distance.value > 20 * found.distance.error
    assert found.coverage == 0


def test_pictures_that_are_alike_are_not_apart():
    noise = np.random.default_rng(1).integers(0, 3, [200, 16, 16, 3], np.uint8)
    found = look(REALS, REALS[:1] // 2 + noise, 8.0)
    assert found.spread < 0.1
    assert found.coverage < 0.2


def test_few_pictures_can_be_looked_at():
    found = look(REALS[:4], REALS[4:8], 0.0)
    assert np.isfinite([found.distance.value, found.coverage, found.spread]).all()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_marks_are_the_share_of_augmented_pictures(share):
    fakes, moved = pictures(400, 1), turned(pictures(400, 2))
    some = round(share * 400)
    found = marks(REALS, turned(REALS), np.concatenate([fakes[some:], moved[:some]]))
    assert found.share == pytest.approx(share, abs=0.05)
    assert found.explained > 0.8


def test_marks_of_pictures_that_are_like_neither_are_not_explained():
    noise = np.random.default_rng(1).integers(0, 256, [100, 16, 16, 3]).astype(np.uint8)
    assert marks(REALS, turned(REALS), noise).explained < 0.1


def outlines(count, seed=1):
    """Pictures of thin grey lines."""
    noise = np.random.default_rng(seed).uniform(0, 1, [count, 16, 16, 1]) > 0.8
    return np.repeat(np.where(noise, 255, 0).astype(np.uint8), 3, axis=3)


def test_a_set_of_one_kind_without_copies():
    found = look_at_reals(REALS, 1000)
    assert (found.count, found.looked_at, found.twins) == (1000, 200, 0)
    assert found.joined > 0.01


@pytest.mark.parametrize("second", [20, 100])
def test_two_kinds_are_seen_whatever_their_sizes(second):
    mixed = np.concatenate([REALS, outlines(second)])
    found = look_at_reals(mixed, len(mixed))
    assert found.joined < 0.003
    assert found.smaller == pytest.approx(second / (200 + second))


def test_dark_and_light_pictures_are_of_one_kind():
    mixed = np.concatenate([REALS, pictures(100, 1, dark=True)])
    assert look_at_reals(mixed, 300).joined > 0.01


def test_odd_ones_out_are_no_kind():
    mixed = np.concatenate([REALS, outlines(8)])
    assert look_at_reals(mixed, 208).joined > 0.01


def test_a_thread_between_two_kinds_is_cut():
    points = np.random.default_rng(0).normal(size=[200, 2])
    points[100:, 0] += 9
    bridge = np.stack([np.linspace(1, 8, 12), np.zeros(12)], axis=1)
    joined, smaller = two_kinds(np.concatenate([points, bridge]))
    assert 0 < joined < 0.003
    assert smaller == pytest.approx(0.5, abs=0.03)


def test_styles_do_not_know_where_things_are():
    assert styles(turned(REALS)) == pytest.approx(styles(REALS))
    assert styles(255 - REALS) == pytest.approx(styles(REALS))
    grey = styles(REALS[..., :1])
    assert (grey[:, :2] == 0).all()
    assert grey[:, 2:].std(axis=0) == pytest.approx(1)


def test_pictures_that_are_almost_the_same_are_twins():
    noise = np.random.default_rng(1).integers(0, 4, [50, 16, 16, 3], np.uint8)
    found = look_at_reals(np.concatenate([REALS, REALS[:50] - noise]), 250)
    assert found.twins == 100
    alone = look_at_reals(REALS, 200)
    assert found.joined == pytest.approx(alone.joined)
    assert look_at_reals(np.repeat(REALS, 2, axis=0), 400).joined == pytest.approx(alone.joined)


def test_pictures_that_are_all_the_same_can_be_looked_at():
    found = look_at_reals(np.repeat(REALS[:1], 20, axis=0), 20)
    assert np.isfinite([found.joined, found.smaller]).all()


def test_a_sample_is_the_same_each_time_and_in_order():
    found = sample(np.arange(1000), 10)
    assert len(found) == 10
    assert (np.diff(found) > 0).all()
    assert (found == sample(np.arange(1000), 10)).all()
    assert (sample(np.arange(5), 10) == np.arange(5)).all()
