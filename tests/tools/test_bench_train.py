"""The benchmark runs on a CPU and its figures fit each other."""

import json
import pathlib
import subprocess
import sys

import pytest

PROGRAM = pathlib.Path(__file__).parents[2] / "tools" / "bench_train.py"


def test_figures_of_a_small_network(tmp_path):
    out = tmp_path / "figures.json"
    arguments = (
        "--preset=tiny --resolution=8 --channels=1 --channel_base=64 --batch=4 --iterations=16"
    )
    command = [sys.executable, str(PROGRAM), *arguments.split(), f"--json={out}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text())
    assert set(figures["phases"]) == {"Gmain", "Dmain", "Dreg"}
    assert all(phase["gflop"] > 0 for phase in figures["phases"].values())
    assert figures["sec_per_kimg"] == pytest.approx(figures["iteration_ms"] / 4, rel=0.01)
    assert 0 < figures["fraction_of_matrix_rate"] < 1
    assert figures["iteration_gflop"] == pytest.approx(
        sum(figures["phases"][name]["gflop"] * share for name, share in (("Gmain", 1), ("Dmain", 1), ("Dreg", 1 / 16))),
        abs=0.1,
    )  # fmt: skip
