"""Scores as lines of files and as lines for people."""

import json

import pytest
import tensorflow as tf

import ada_tf
from ada_tf.metrics import report
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.measures.estimate import Estimate, in_words
from ada_tf.metrics.metric_names import parse_metric, parse_metrics
from ada_tf.metrics.report import describe_score, gaps
from tests.sentences import refused


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


def scores(names, values, errors):
    return [
        Score(m, {m.keys[0]: value}, 1.0, "words", {} if error is None else {m.keys[0]: error})
        for m, value, error in zip(parse_metrics(names), values, errors, strict=True)
    ]


def test_held_out_minus_training_of_the_same_metric():
    names = "kid1k_held_lite0,kid1k_train_lite0,kid1k_train,kid2k_held_lite0,fid1k_held_lite0"
    found = gaps(scores(names, [5.0, 3.0, 9.0, 9.0, 9.0], [0.3, 0.4, 1, 1, 1]))
    assert found == {"kid1k_held_lite0": Estimate(2.0, 0.5)}


def test_no_error_where_one_is_not_known():
    found = gaps(scores("kid1k_held,kid1k_train", [5.0, 3.0], [0.3, None]))
    assert found == {"kid1k_held": Estimate(2.0, None)}


SCORE = Score(
    parse_metric("pr2k3"), {"pr2k3_precision": 0.5, "pr2k3_recall": 0.25}, 61.4, "words",
    {"pr2k3_recall": 0.125}, {"reference": "held_out", "seed": 7},
)  # fmt: skip


def test_a_line(tmp_path):
    line = report.record(SCORE, tmp_path / "checkpoints" / "images-8", tmp_path, 2)
    assert line.pop("timestamp") > 0
    assert {line.pop("ada_tf"), line.pop("tensorflow")} == {ada_tf.__version__, tf.__version__}
    assert line == {
        "results": {"pr2k3_precision": 0.5, "pr2k3_recall": 0.25},
        "errors": {"pr2k3_recall": 0.125},
        "reference": "held_out",
        "seed": 7,
        "metric": "pr2k3",
        "total_time": 61.4,
        "total_time_str": "1m 01s",
        "num_gpus": 2,
        "snapshot_pkl": "checkpoints/images-8",
        "protocol": "words",
    }
    assert report.record(SCORE, "/elsewhere", tmp_path)["snapshot_pkl"] == "/elsewhere"


def test_lines_add_up_and_a_torn_one_is_skipped(tmp_path):
    assert report.read(tmp_path, "pr2k3") == []
    for i in range(2):
        report.append(tmp_path, {"metric": "pr2k3", "results": {"x": i}})
    path = tmp_path / "metric-pr2k3.jsonl"
    assert [json.loads(line)["results"]["x"] for line in path.read_text().splitlines()] == [0, 1]
    path.write_text(path.read_text() + '{"metric": "pr2')
    assert [line["results"]["x"] for line in report.read(tmp_path, "pr2k3")] == [0, 1]


def test_no_folder(tmp_path):
    with refused("metric-fid5k.jsonl"):
        report.append(tmp_path / "none", {"metric": "fid5k"})
