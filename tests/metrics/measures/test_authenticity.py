import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.measures.memorisation import authenticity
from tests.metrics.spread import ratio_to_spread


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
    ("training", "held_out", "fake", "sentence"),
    [
        (points(0, 1), None, points(1, 5), "training of 1 images must be of at least 2"),
        (points(0, 5), None, points(1, 0), "fake of 0 images must be of at least 1"),
        (points(0, 5), points(0, 5, 7), points(1, 5), "images have 7 features and training 6"),
        (points(0, 5), None, points(1, 5, 5), "images have 5 features and training 6"),
        (points(0, 5), points(0, 5) * np.nan, points(1, 5), "held_out must be finite"),
    ],
)
def test_wrong_sides(training, held_out, fake, sentence):
    with pytest.raises(UserError, match=sentence):
        authenticity(training, held_out, fake)
