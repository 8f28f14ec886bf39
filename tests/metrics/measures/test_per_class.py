import numpy as np
import pytest

from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.kernel import all_pairs
from ada_tf.metrics.measures.per_class import ClassScore, per_class
from ada_tf.metrics.measures.precision_recall import neighbourhood_estimates
from tests.sentences import refused

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.standard_normal([60, 3]), RNG.standard_normal([50, 3])
REAL_LABELS, FAKE_LABELS = RNG.integers(0, 3, 60), RNG.integers(0, 3, 50)


def test_each_class_alone():
    found = per_class(all_pairs, REAL, REAL_LABELS, FAKE, FAKE_LABELS, 5)
    assert [score.label for score in found] == [0, 1, 2]
    for score in found:
        real, fake = REAL[score.label == REAL_LABELS], FAKE[score.label == FAKE_LABELS]
        assert score == ClassScore(score.label, len(real), len(fake), (all_pairs(real, fake),))
    one_hot = np.eye(3, dtype=np.float32)
    again = per_class(all_pairs, REAL, one_hot[REAL_LABELS], FAKE, one_hot[FAKE_LABELS], 5)
    assert again == found


def test_several_results():
    found = per_class(neighbourhood_estimates, REAL, REAL_LABELS, FAKE, FAKE_LABELS, 12)
    assert {len(score.estimates) for score in found} == {4}


def test_too_few_are_not_scored():
    labels = np.array([0] * 40 + [7] * 9 + [8])
    mean = lambda real, fake: Estimate(fake.mean() - real.mean())  # noqa: E731
    found = per_class(mean, REAL[:50], labels, FAKE[:45], labels[:45], 10)
    assert [(s.label, s.real, s.fake, s.estimates is None) for s in found] == [
        (0, 40, 40, False), (7, 9, 5, True), (8, 1, 0, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "labels",
    [
        REAL_LABELS[:59],
        REAL_LABELS / 2,
        np.ones([60, 3]),
    ],
)
def test_labels_that_do_not_fit(labels):
    with refused():
        per_class(all_pairs, REAL, labels, FAKE, FAKE_LABELS, 5)
    with refused("least=0"):
        per_class(all_pairs, REAL, REAL_LABELS, FAKE, FAKE_LABELS, 0)
