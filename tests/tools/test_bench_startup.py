"""The start of ada-train is timed phase by phase, and what comes after it, on images made for it."""

import json
import pathlib
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).parents[2] / "tools" / "bench_startup.py"


def test_every_phase_is_timed_twice(tmp_path):
    out = tmp_path / "figures.json"
    arguments = "--preset=tiny --resolution=8 --batch=4 --flag=--aug=noaug"
    command = [sys.executable, str(PROGRAM), *arguments.split(), f"--json={out}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text())
    for start in ("cold", "cached"):
        seconds = figures[start]["phases_s"]
        assert list(seconds) == ["Gmain", "Dmain", "Dreg"]
        assert 0 < seconds["Gmain"] < seconds["Dmain"] < seconds["Dreg"]
        assert figures[start]["first_optimizer_step_s"] == seconds["Gmain"]
        assert figures[start]["first_iteration_s"] == seconds["Dreg"]
        assert figures[start]["sec_per_kimg"] > 0


def test_what_ada_train_refuses_is_shown(tmp_path):
    command = [sys.executable, str(PROGRAM), "--resolution=13"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "error: resolution=13" in done.stderr


def test_a_cache_that_is_not_empty_would_not_be_cold(tmp_path):
    (tmp_path / "program").touch()
    command = [sys.executable, str(PROGRAM), f"--cache={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "must be empty, for a cold start." in done.stderr
