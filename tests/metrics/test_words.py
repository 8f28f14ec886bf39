import pytest

from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.names import parse_metric
from ada_tf.metrics.report import describe_score, in_words


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (0.0123456, 0.00214, "0.0123 ± 0.0021"),
        (0.0123456, 0.0995, "0.012 ± 0.100"),
        (123.456, 21.4, "123 ± 21"),
        (123.456, 1.04, "123.5 ± 1.0"),
        (-0.5, 1234.0, "-0 ± 1234"),
        (0.5, None, "0.5"),
        (0.123456789, 0.0, "0.123457"),
    ],
)
def test_no_more_digits_than_are_known(value, error, words):
    assert in_words(Estimate(value, error)) == words


def test_a_score():
    results = {"pr2k3_precision": 0.5, "pr2k3_recall": 0.25}
    score = Score(parse_metric("pr2k3"), results, 61.4, "words", {"pr2k3_recall": 0.125})
    assert describe_score(score) == "pr2k3_precision 0.5  pr2k3_recall 0.25 ± 0.12  (1m 01s)"
