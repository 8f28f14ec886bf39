"""The golden benchmark says what failed, by how much, and what would have been tolerated."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "data" / "golden"


def bench(*arguments, **environment):
    command = [sys.executable, str(ROOT / "tools" / "bench_golden.py"), *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )


def test_a_number_that_is_off(tmp_path):
    with np.load(GOLDEN / "bias_act.npz") as file:
        arrays = dict(file)
    spoilt = next(name for name in arrays if name.endswith("/y"))
    arrays[spoilt] = arrays[spoilt] + np.float32(0.5)
    np.savez(tmp_path / "bias_act.npz", **arrays)
    out = tmp_path / "figures.json"
    done = bench("--tests=test_bias_act", f"--json={out}", ADA_TF_GOLDEN=str(tmp_path))
    assert done.returncode == 1, done.stderr
    figures = json.loads(out.read_text())
    found = figures["golden"]["test_bias_act"]
    assert found["tolerances"] == ["ATOL = 2e-05"]
    assert found["failed"] == len(figures["failures"]) > 0
    assert found["passed"] > 0
    assert all("Not equal to tolerance" in why for why in figures["failures"].values())


def test_tests_that_do_not_exist():
    done = bench("--tests=test_emma")
    assert done.returncode == 2
    assert "tests='test_emma' must be of test_ada_trace, " in done.stderr
