"""Pictures in numbers: planted sets, and the truth about them."""

import numpy as np
import pytest

from ada_tf.diagnosis.image_statistics import look, look_at_reals, marks, sample, variety

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


def motifs(count, originals, noise=6, seed=1):
    """Pictures that are a few real ones again and again, with noise."""
    rng = np.random.default_rng(seed)
    again = REALS[rng.integers(0, originals, count)].astype(int)
    return np.clip(again + rng.normal(0, noise, again.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("originals", [1, 3, 20])
def test_a_handful_of_motifs_has_near_sisters(originals):
    """Which their mean distance does not show: three motifs are two thirds as far apart as reality."""
    fakes = motifs(200, originals)
    assert variety(REALS, fakes).sister < 0.3
    assert originals == 1 or look(REALS, fakes, 8.0).spread > 0.6


@pytest.mark.parametrize("count", [30, 200])
def test_who_makes_all_of_its_pictures_is_varied_however_few_they_are(count):
    """A memoriser of N pictures is named by copies, not by collapse."""
    reals = REALS[:count]
    again = reals[np.random.default_rng(1).integers(0, count, 500)]
    assert variety(reals, again).sister > 0.6
    assert variety(reals, pictures(500, 1)).sister == pytest.approx(1, abs=0.1)


def test_variety_is_of_each_class():
    """Each class one picture: all classes together are varied."""
    real_classes, fake_classes = np.arange(200) % 4, np.arange(240) % 4
    fakes = pictures(240, 1)
    fakes[fake_classes == 2] = REALS[2]
    found = variety(REALS, fakes, real_classes, fake_classes)
    assert found.sister > 0.6
    assert found.of_classes[2] == pytest.approx(0, abs=1e-6)
    assert [found.of_classes[c] for c in (0, 1, 3)] == pytest.approx([1] * 3, abs=0.15)
    alike = REALS.copy()  # a class of one motif, in the data as well
    alike[real_classes == 2] = motifs(50, 1, noise=2)
    fakes[fake_classes == 2] = motifs(60, 1, noise=2, seed=2)
    assert variety(alike, fakes, real_classes, fake_classes).of_classes[2] == pytest.approx(
        1, abs=0.15
    )
    few = variety(REALS, fakes, np.where(real_classes == 2, 0, real_classes), fake_classes)
    assert 2 not in few.of_classes
    assert variety(REALS, fakes).of_classes == {}


@pytest.mark.parametrize(("real", "made"), [(23, 100), (100, 11)])
def test_of_too_few_pictures_variety_is_not_known(real, made):
    assert variety(REALS[:real], pictures(made, 1)) is None
    assert variety(REALS[: real + 1], pictures(made + 1, 1)) is not None


def test_blank_pictures_are_counted_and_are_no_twins():
    """Noise of a scanner is not seen; a faint picture is one."""
    rng = np.random.default_rng(1)
    blank = rng.integers(250, 254, [30, 16, 16, 3]).astype(np.uint8)
    faint = np.full([1, 16, 16, 3], 200, np.uint8)
    faint[:, :8] += 10
    found = look_at_reals(np.concatenate([REALS, blank, faint]), 231)
    assert (found.blank, found.twins, found.looked_at) == (30, 0, 231)
    assert look_at_reals(blank, 30).blank == 30
    plain = np.broadcast_to(np.arange(30, dtype=np.uint8)[:, None, None, None], [30, 16, 16, 3])
    found = look_at_reals(np.concatenate([REALS, plain]), 230)
    assert (found.blank, found.twins) == (30, 0)
    assert look_at_reals(REALS, 200).blank == 0


def test_pictures_that_are_almost_the_same_are_twins():
    noise = np.random.default_rng(1).integers(0, 4, [50, 16, 16, 3], np.uint8)
    found = look_at_reals(np.concatenate([REALS, REALS[:50] - noise]), 1000)
    assert (found.count, found.looked_at, found.twins) == (1000, 250, 100)
    assert look_at_reals(REALS, 200).twins == 0


def test_a_sample_is_the_same_each_time_and_in_order():
    found = sample(np.arange(1000), 10)
    assert len(found) == 10
    assert (np.diff(found) > 0).all()
    assert (found == sample(np.arange(1000), 10)).all()
    assert (sample(np.arange(5), 10) == np.arange(5)).all()
