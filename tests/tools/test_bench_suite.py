"""The suite measures what is missing and reports what is there."""

import json
import pathlib
import subprocess
import sys

import pytest

PROGRAM = pathlib.Path(__file__).parents[2] / "tools" / "bench_suite.py"
TRAINING = {
    "device": "A Card", "sec_per_kimg": 2.5, "peak_gpu_gb": 4.1, "ready_s": 80.5, "fraction_of_matrix_rate": 0.251,
    "fraction_of_copy_rate": 0.5,
    "phases": {"Gmain": {"ms": 17.0}, "Greg": {"ms": 11.0}, "Dmain": {"ms": 18.0}, "Dreg": {"ms": 16.0}},
}  # fmt: skip
START = {"first_optimizer_step_s": 60.0, "first_iteration_s": 110.0}


def suite(*arguments):
    command = [sys.executable, str(PROGRAM), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def names():
    return [line.split(":")[0] for line in suite("--list").stdout.splitlines()]


def test_reports_what_is_there_without_measuring_it_again(tmp_path, names):
    for name in names:
        (tmp_path / f"{name}.log").write_text(f"the end of {name}\n")
    figures = {
        "train-256-b16": TRAINING,
        "startup-256": {"device": "A Card", "cold": START, "cached": START},
        "inference-256": {"device": "A Card", "images_per_s": {"generate, batch 8": 1234.5}},
    }
    for name, values in figures.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(values))
    assert suite(f"--out={tmp_path}").returncode == 0
    report = (tmp_path / "report.md").read_text()
    assert "Measured on A Card." in report
    assert "| train-256-b16 | 2.5 | 17.0, 11.0, 18.0, 16.0 | 4.1 | 80.5 | 25% | 50% |" in report
    assert "startup-256, cached: first optimizer step after 60.0 s" in report
    assert "inference-256, generate, batch 8: 1234.5 images/s." in report
    assert "the end of golden" in report


def test_time_that_ran_out_leaves_the_rest(tmp_path, names):
    done = suite(f"--out={tmp_path}", "--minutes=0")
    assert done.returncode == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()][:-1] == names
    assert not list(tmp_path.glob("*.log"))


def test_a_measurement_that_does_not_exist(tmp_path):
    done = suite(f"--out={tmp_path}", "--only=train-256-b17")
    assert done.returncode == 2
    assert "only='train-256-b17' must be of startup-256" in done.stderr
