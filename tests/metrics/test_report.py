import json

import pytest
import tensorflow as tf

import ada_tf
from ada_tf.errors import UserError
from ada_tf.metrics import report
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.names import parse_metric

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
    with pytest.raises(UserError, match="cannot be written"):
        report.append(tmp_path / "none", {"metric": "fid5k"})
