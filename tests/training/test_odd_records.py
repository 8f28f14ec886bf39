"""Lines of a run that others may have written: whatever a field holds, a line of ours is read alone."""

import json
import math
import types

import pytest

from ada_tf.diagnosis import run_evidence
from ada_tf.metrics import report
from ada_tf.metrics.kinds import KINDS
from ada_tf.training.callbacks.status import StatusCallback
from ada_tf.training.callbacks.ticks import images_of
from ada_tf.training.runs import json_lines

# JSON texts of values that are no number of images, nor a score.
ODD = ("null", '"5"', "[]", "{}", "true", "NaN", "Infinity", "-Infinity", "1e999", "9" * 400)
BAD_KIMG = (*ODD, "-1", "1e300")


def _write(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("odd", ODD)
def test_numbers(odd):
    assert json_lines.number(json.loads(odd)) is None


@pytest.mark.parametrize("value", [0, -3, 2.5, 1e300, 2**100])
def test_what_is_a_number(value):
    assert json_lines.number(value) == value


@pytest.mark.parametrize("odd", BAD_KIMG)
@pytest.mark.parametrize("form", ["{}", '{{"num": 1, "mean": {}, "std": 0}}'])
def test_statistics_of_no_moment_are_taken_out_when_a_run_goes_on(odd, form, tmp_path):
    ours = '{"Progress/kimg": {"num": 1, "mean": 4.0, "std": 0}, "Loss/a": {"num": 1, "mean": 7}}'
    later = ours.replace("4.0", "9.0")
    theirs = f'{{"Progress/kimg": {form.format(odd)}, "Loss/a": {{"num": 1, "mean": 8}}}}'
    _write(tmp_path / "stats.jsonl", theirs, ours, later)
    records = json_lines.read(tmp_path / "stats.jsonl")
    assert list(map(images_of, records)) == [None, 4000, 9000]
    assert run_evidence.curves_of(records)["Loss/a"].values.tolist() == [7, 7]
    status = StatusCallback(tmp_path)
    status.set_model(types.SimpleNamespace(images_done=5000))
    status.on_train_begin()
    assert json_lines.read(tmp_path / "stats.jsonl") == [json.loads(ours)]


@pytest.mark.parametrize("odd", ODD)
def test_a_mean_that_is_no_number_is_no_point_of_a_curve(odd, tmp_path):
    line = f'{{"Progress/kimg": {{"mean": 4.0}}, "Loss/a": {{"mean": {odd}}}, "Loss/b": {{"mean": 1}}}}'
    _write(tmp_path / "stats.jsonl", line)
    assert "Loss/a" not in run_evidence.curves_of(json_lines.read(tmp_path / "stats.jsonl"))


GOOD = '{"kimg": 4, "results": {"kid": 0.5}, "errors": {"kid": 0.1}}'
BAD_LINES = [
    *(f'{{"kimg": {odd}, "results": {{"kid": 0.1}}}}' for odd in BAD_KIMG),
    *(f'{{"kimg": 2, "results": {{"kid": {odd}}}}}' for odd in ODD),
    *(f'{{"kimg": 2, "results": {odd}}}' for odd in ODD),
    '{"kimg": 2}', '{"results": {"kid": 0.1}}',
]  # fmt: skip


@pytest.mark.parametrize("line", BAD_LINES)
def test_scores_that_are_none_are_never_the_best(line, tmp_path):
    metric = types.SimpleNamespace(name="kid", keys=("kid",), kind=next(iter(KINDS.values())))
    _write(tmp_path / "metric-kid.jsonl", line, GOOD)
    assert report.best_of_training(tmp_path, metric, until=10_000) == 4000
    report.forget_after(tmp_path, "kid", 3000)
    assert json.loads(GOOD) not in report.read(tmp_path, "kid")


@pytest.mark.parametrize("odd", [*ODD, "-0.1"])
def test_an_error_that_is_no_number_is_not_known(odd):
    line = json.loads(f'{{"results": {{"kid": 0.5}}, "errors": {{"kid": {odd}}}}}')
    assert report.estimate_of(line, "kid") == report.Estimate(0.5, None)
    line = json.loads(f'{{"results": {{"kid": 0.5}}, "errors": {odd}}}')
    assert report.estimate_of(line, "kid") == report.Estimate(0.5, None)
    assert not math.isnan(report.estimate_of(line, "kid").value)
