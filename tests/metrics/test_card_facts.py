import json
import os

import pytest

from ada_tf.inference.open_networks import open_trained
from ada_tf.metrics.card_facts import facts_of
from tests.inference.runs import save_run

STATS = "stats.jsonl"


@pytest.fixture
def run(tmp_path):
    """A run directory of a checkpoint after 0 images."""
    save_run(tmp_path / "run", resolution=8)
    return tmp_path / "run"


def facts(run, **given):
    return facts_of(open_trained(run), "faces", given.get("licence"), given.get("data_licence"))


def write(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def line(metric="kid1k_full_lite0", value=0.5, **others):
    """A line of training, of the state after 0 images."""
    return {"metric": metric, "results": {metric: value}, "errors": {metric: 0.0123}, "kimg": 0.0,
            "protocol": "of 1000 images"} | others  # fmt: skip


def test_a_run_tells_its_scores_p_and_copies(run):
    write(run / "metric-kid1k_full_lite0.jsonl", line(value=0.9), line(), line(value=0.1, kimg=4.0))
    copies = {"metric": "copies", "results": {"copies": 3, "copies_p": 0.5}, "tested": 1000,
              "expected": 2.5, "copying": False, "kimg": 0.0}  # fmt: skip
    write(run / "metric-copies.jsonl", copies)
    tick = {"Progress/kimg": {"mean": 0.0}, "Progress/augment": {"mean": 0.25}}
    later = {"Progress/kimg": {"mean": 4.0}, "Progress/augment": {"mean": 0.75}}
    write(run / STATS, tick, later)
    found = facts(run, licence="CC0")
    assert found.scores == (("kid1k_full_lite0", "0.500 ± 0.012", "of 1000 images"),)
    assert found.copies == (
        "Of 1,000 generated images 3 look like copies of training images, where 2.5 are expected by"
        " chance: no sign of copying."
    )
    assert (found.kimg, found.p, found.licence, found.origin) == (0, 0.25, "CC0", "ada-train")


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"copying": True}, "the generator copies"),
        ({"copying": False, "results": {"copies": 658}}, "cannot tell whether it copies"),
        ({"verdict": "none", "copying": False}, "no sign of copying"),
        ({"verdict": "copies", "copying": True}, "the generator copies"),
        (
            {"verdict": "cannot tell", "seen_from": 0.15, "unseen": 30},
            "cannot tell from 1,000 generated and 30 real images, where a share of 15% copies would be"
            " seen",
        ),
        (
            {"verdict": "cannot tell", "seen_from": "x", "unseen": {}},
            "cannot tell whether it copies",
        ),
        ({"verdict": ["copies"]}, "no sign of copying"),
    ],
)
def test_the_verdict_is_that_of_the_search(run, known, says):
    copies = {"metric": "copies", "results": {"copies": 3}, "tested": 1000, "expected": 32.3,
              "kimg": 0.0}  # fmt: skip
    write(run / "metric-copies.jsonl", copies | known)
    assert facts(run).copies.endswith(f"are expected by chance: {says}.")


def test_scores_of_ada_evaluate_are_of_what_it_was_given(run):
    """The run itself was its newest checkpoint, unless one has come since."""
    (index,) = run.glob("checkpoints/*.index")
    at = index.stat().st_mtime
    scored = {"kimg": None, "snapshot_pkl": ".", "timestamp": at + 1}
    for changed, known in (
        ({}, True),
        ({"timestamp": at - 1}, False),
        ({"snapshot_pkl": "checkpoints/images-0"}, True),
        ({"snapshot_pkl": "checkpoints/images-40"}, False),
        ({"snapshot_pkl": None}, False),
    ):
        record = line() | scored | changed
        del record["kimg"]
        write(run / "metric-kid1k_full_lite0.jsonl", record)
        assert bool(facts(run).scores) == known


@pytest.mark.parametrize(
    "record",
    [
        {"results": None},
        {"results": {"a": "b", "c": None, "d": [1], "e": True}},
        {"results": {"a": float("nan"), "b": float("inf"), "c": 10**400}},
        {"results": [1, 2]},
        {"results": {"copies": 1}, "metric": "copies", "tested": "x"},
        {"kimg": {}},
    ],
)
def test_lines_of_a_stranger_tell_nothing(run, record):
    for name in ("metric-kid1k_full_lite0.jsonl", "metric-copies.jsonl"):
        write(run / name, line() | record)
    (run / STATS).write_text('{"Progress/kimg": 3, "Progress/augment": {"mean": "x"}}\n{"a\n\0')
    found = facts(run)
    assert (found.scores, found.copies, found.p) == ((), "", None)


def test_errors_that_are_none_are_left_out(run):
    for errors in (None, [], {"kid1k_full_lite0": "x"}, {"kid1k_full_lite0": -1}):
        write(run / "metric-kid1k_full_lite0.jsonl", line(errors=errors))
        assert facts(run).scores == (("kid1k_full_lite0", "0.5", "of 1000 images"),)


def test_a_pipe_is_not_waited_for(run):
    for name in ("metric-copies.jsonl", STATS):
        os.mkfifo(run / name)
    assert facts(run).scores == ()


def test_a_network_folder_tells_what_it_carries(run):
    found = facts_of(open_trained("creatures"), "faces", None, "CC0")
    assert (found.name, found.licence, found.data_licence) == ("faces", "Apache-2.0", "CC0")
    assert found.kimg > 100
    assert found.scores == ()
    assert facts_of(open_trained("creatures"), "faces", "", None).licence == ""
