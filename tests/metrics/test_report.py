import json
import os
import resource

import pytest

from ada_tf.errors import UserError
from ada_tf.metrics import report
from ada_tf.metrics.evaluate import Score
from ada_tf.metrics.names import parse_metric

SCORE = Score(parse_metric("pr2k3"), {"pr2k3_precision": 0.5, "pr2k3_recall": 0.25}, 61.4, "words")


def test_a_line(tmp_path):
    line = report.record(SCORE, tmp_path / "checkpoints" / "images-8", tmp_path, 2)
    assert line.pop("timestamp") > 0
    assert line == {
        "results": {"pr2k3_precision": 0.5, "pr2k3_recall": 0.25},
        "metric": "pr2k3",
        "total_time": 61.4,
        "total_time_str": "1m 01s",
        "num_gpus": 2,
        "snapshot_pkl": "checkpoints/images-8",
        "protocol": "words",
    }
    assert report.record(SCORE, "/elsewhere", tmp_path)["snapshot_pkl"] == "/elsewhere"
    assert report.describe(SCORE) == "pr2k3_precision 0.5  pr2k3_recall 0.25  (1m 01s)"


def test_lines_add_up_and_a_torn_one_is_skipped(tmp_path):
    assert report.read(tmp_path, "pr2k3") == []
    for i in range(2):
        report.append(tmp_path, {"metric": "pr2k3", "results": {"x": i}})
    path = tmp_path / "metric-pr2k3.jsonl"
    assert [json.loads(line)["results"]["x"] for line in path.read_text().splitlines()] == [0, 1]
    path.write_text(path.read_text() + '{"metric": "pr2')
    assert [line["results"]["x"] for line in report.read(tmp_path, "pr2k3")] == [0, 1]
    report.append(tmp_path, {"metric": "pr2k3", "results": {"x": 2}})
    assert [line["results"]["x"] for line in report.read(tmp_path, "pr2k3")] == [0, 1, 2]


@pytest.mark.parametrize(
    "odd", [b"7", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"results": 3}', b"1" * 5000]
)
def test_lines_of_others_are_passed_over(tmp_path, odd):
    (tmp_path / "metric-pr2k3.jsonl").write_bytes(odd + b"\n")
    report.append(tmp_path, {"metric": "pr2k3", "results": {"x": 2}})
    assert [line["results"]["x"] for line in report.read(tmp_path, "pr2k3")] == [2]


def test_a_full_disk_leaves_no_half_of_a_line(tmp_path):
    """A limit on file sizes stands for the full disk."""
    report.append(tmp_path, {"metric": "fid5k", "results": {"x": 1}})
    before = (tmp_path / "metric-fid5k.jsonl").read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limit[1]))
    try:
        with pytest.raises(UserError, match="fid5k.jsonl cannot be written"):
            report.append(tmp_path, {"metric": "fid5k", "results": {"x": 2}})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (tmp_path / "metric-fid5k.jsonl").read_bytes() == before


def test_nothing_is_written_through_a_link_or_into_a_pipe(tmp_path):
    (tmp_path / "precious").write_text("work of years")
    (tmp_path / "metric-a.jsonl").symlink_to(tmp_path / "precious")
    os.mkfifo(tmp_path / "metric-b.jsonl")
    for name in ("a", "b"):
        with pytest.raises(UserError, match="cannot be written"):
            report.append(tmp_path, {"metric": name, "results": {}})
    with pytest.raises(UserError, match="is no regular file"):
        report.read(tmp_path, "b")
    assert (tmp_path / "precious").read_text() == "work of years"


def test_no_folder(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        report.append(tmp_path / "none", {"metric": "fid5k"})
