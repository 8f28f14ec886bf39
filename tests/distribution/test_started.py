"""Two processes find each other by the variables of each launcher, and their numbers add up."""

import sys

import pytest

from ada_tf.training import cluster
from tools import launch_local_cluster as launcher

# Rank and count of each, through TensorFlow's connections.
ADD = """
from ada_tf.training import cluster
machines = cluster.start("multiworker")
print("sum", machines.worker, machines.add([1, 10 + machines.worker]), flush=True)
"""


@pytest.mark.parametrize("name", launcher.LAUNCHERS)
def test_two_processes_train_together(name):
    processes = launcher.start([sys.executable, "-c", ADD], workers=2, launcher=name)
    first, second = (process.communicate(timeout=200)[0] for process in processes)
    assert [p.returncode for p in processes] == [0, 0], first[-2000:] + second[-2000:]
    assert "sum 0 [2, 21]" in first
    assert "sum 1 [2, 21]" in second
    assert ("Machines  2, started by" in first) == (name != "tf_config")
    assert "Machines" not in second  # the chief speaks for both


def test_one_process_stays_alone():
    (variables,) = launcher.environments(workers=1, launcher="slurm")
    said = []
    alone = cluster.start("multiworker", variables, said.append)
    assert (alone.worker, alone.workers) == (0, 1)
    assert alone.add([3]) == [3]
    assert said == []


@pytest.mark.parametrize(
    ("addresses", "gpus", "warns"),
    [
        (["a:1", "a:2", "b:1"], 8, True),
        (["a:1", "b:2"], 8, False),
        (["a:1", "a:2"], 1, False),
        (["a:1", "a:2"], 0, False),
    ],
)
def test_processes_that_may_share_gpus(addresses, gpus, warns):
    said = cluster.crowded(addresses, gpus)
    assert bool(said) == warns
    assert not warns or said.startswith(f"Warning: 2 processes on a see {gpus} GPUs each;")
