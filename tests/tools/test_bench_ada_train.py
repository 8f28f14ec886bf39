"""Figures of ada-train come from what it reports of itself. The whole program: test_bench_suite.py."""

import json
import pathlib
import subprocess
import sys

import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
# In a process of its own, since its flags are named as those of other programs.
PROGRAM = f"""
import json, sys
sys.path.insert(0, {str(TOOLS)!r})
from bench_ada_train import figures_of
print(json.dumps(figures_of(*json.load(sys.stdin))))
"""


def record(seconds, **penalties):
    values = {
        "Timing/sec_per_kimg": seconds,
        "Timing/total_sec": 60.0,
        "Resources/peak_gpu_mem_gb": 4.0,
    }
    values |= {f"Loss/{name}": value for name, value in penalties.items()}
    return {name: {"num": 1, "mean": value, "std": 0.0} for name, value in values.items()}  # fmt: skip


def figures(records, log=""):
    text = json.dumps([records, log])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=text, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def healthy():
    return figures([
        record(900.0, r1_penalty=0.1, pl_penalty=1.0), record(3.0, r1_penalty=0.3), record(2.9, pl_penalty=2.0),
        record(2.5), record(2.7), record(9.0),
    ], "tick 0\nWarning: a\n")  # fmt: skip


def test_the_first_iteration_is_no_tick_and_one_slow_tick_does_not_count(healthy):
    assert healthy["ada_train"] == [3.0, 2.9, 2.5, 2.7, 9.0]
    assert healthy["sec_per_kimg"] == 2.7
    assert (healthy["first_iteration_s"], healthy["peak_gpu_gb"]) == (60.0, 4.0)
    assert healthy["warnings"] == ["Warning: a"]


def test_penalties_count_where_they_are(healthy):
    assert healthy["penalties"] == {
        "Loss/r1_penalty": {"records": 2, "finite": True, "last": "0.3"},
        "Loss/pl_penalty": {"records": 2, "finite": True, "last": "2.0"},
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_penalty_that_is_not_finite_is_seen(value):
    found = figures([record(900.0), record(3.0, pl_penalty=value), record(3.0, pl_penalty=1.0)])
    assert found["penalties"] == {"Loss/pl_penalty": {"records": 2, "finite": False, "last": "1.0"}}
