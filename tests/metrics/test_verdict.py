"""What the numbers say, in sentences: planted numbers and what must be said of them."""

import types

import pytest

from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.measures.precision_recall import expected_coverage
from ada_tf.metrics.metric_names import parse_metric
from ada_tf.metrics.summary import verdict


def score(name, value, error, result="", real=500):
    metric = parse_metric(name)
    return Score(
        metric,
        {name + result: value},
        1.0,
        "words",
        {name + result: error},
        {"real": dict.fromkeys(metric.references, real)},
    )


def copies(**given):
    usual = {
        "count": 9, "tested": 1000, "expected": 10.0, "p": 0.6, "verdict": "none", "seen_from": 0.05, "unseen": 1000,
        "largest_equal": 1, "distinct": 1000,
    }  # fmt: skip
    return types.SimpleNamespace(**{**usual, **given})


@pytest.mark.parametrize(
    ("held", "train", "error", "says"),
    [
        (0.30, 0.10, 0.01, "nearer to the images it was trained on"),
        (0.12, 0.10, 0.01, "as near to images it has never seen"),
        (0.30, 0.10, 0.10, "as near to images it has never seen"),
        (0.10, 0.30, 0.01, "as near to images it has never seen"),
    ],
)
def test_a_gap_is_one_beyond_its_error(held, train, error, says):
    scores = [score("kid1k_held_lite0", held, error), score("kid1k_train_lite0", train, error)]
    assert says in verdict(scores, None)[0]


@pytest.mark.parametrize(
    ("value", "says"), [(0.03, "can be told from real ones"), (0.019, "cannot be told from real")]
)
def test_a_distance_is_one_beyond_its_error(value, says):
    (sentence,) = verdict([score("kid1k_full", value, 0.01)], None)
    assert sentence.startswith(f"1,000 generated images {says}")
    assert f"{value:.3f} ± 0.010" in sentence


@pytest.mark.parametrize(("coverage", "missing"), [(0.9, False), (0.5, True)])
def test_variety(coverage, missing):
    (sentence,) = verdict([score("dc1k_full", coverage, 0.01, "_coverage", 1000)], None)
    assert (
        f"{coverage:.0%} of the real ones, where as many real ones would be beside 97%" in sentence
    )
    assert ("variety is missing" in sentence) == missing


def test_copies_come_first_whatever_the_scores_are():
    found = copies(count=120, p=1e-50, verdict="copies", largest_equal=59, distinct=900)
    sentences = verdict([score("kid1k_full", 0.0, 0.01)], found)
    assert sentences[0].startswith("The generator copies: 120 of 1,000 generated images")
    assert sentences[-1] == "59 of 1,000 generated images are the same image."
    assert verdict([], copies())[0].startswith("No sign of copying: 9 of 1,000")
    assert len(verdict([], copies())) == 1


def test_few_modes_are_said():
    assert "100 differ by more than copies do" in verdict([], copies(distinct=100))[-1]


@pytest.mark.parametrize(
    ("real", "fake", "neighbours"), [(300, 300, 5), (100, 1000, 5), (50, 20, 3)]
)
def test_the_coverage_that_one_distribution_has(real, fake, neighbours):
    import numpy as np

    from ada_tf.metrics.measures.precision_recall import density_coverage

    rng = np.random.default_rng(0)
    found = [
        density_coverage(rng.normal(size=[real, 8]), rng.normal(size=[fake, 8]), neighbours)[1]
        for _ in range(30)
    ]
    assert (
        abs(np.mean(found) - expected_coverage(real, fake, neighbours))
        < 4 * np.std(found) / 5 + 1e-3
    )
