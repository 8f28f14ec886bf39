"""Processes find each other by TF_CONFIG and by the variables of srun, and their numbers add up."""

import os
import sys

import pytest
import tensorflow as tf

from ada_tf.training import cluster
from tests.sentences import refused
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
    assert "Machines  2, which wait for each other: " in first
    assert "Machines" not in second  # the chief speaks for both


@pytest.fixture
def variables(monkeypatch):
    """Set the variables of a launcher, and take away those of all others."""
    for name in os.environ:
        if name.startswith(("TF_CONFIG", "SLURM", *cluster.OTHER_LAUNCHERS)):
            monkeypatch.delenv(name)

    def call(**named):
        for name, value in named.items():
            monkeypatch.setenv(name, value)

    return call


@pytest.mark.parametrize("name", launcher.LAUNCHERS)
def test_one_process_stays_alone(variables, name):
    (found,) = launcher.environments(workers=1, launcher=name)
    variables(**found)
    said = []
    alone = cluster.start("multiworker", said.append)
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


# Two tasks on each of two nodes, which Slurm lists in its order; task 3 is the second one of n10.
SRUN = {
    "SLURM_JOB_ID": "1234", "SLURM_PROCID": "3", "SLURM_LOCALID": "1", "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_STEP_NODELIST": "n[9-10]", "SLURM_STEP_TASKS_PER_NODE": "2(x2)", "SLURMD_NODENAME": "n10",
}  # fmt: skip


@pytest.fixture
def connected(monkeypatch):
    """The resolver that TensorFlow is given, instead of a connection."""

    def call():
        given = []

        def connect(resolver):
            given.append(resolver)
            return tf.distribute.get_strategy()

        monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", connect)
        monkeypatch.setattr(cluster, "wait_for_all", lambda *arguments: None)
        said = []
        machines = cluster.start("multiworker", said.append)
        (resolver,) = given
        return machines, resolver, said

    return call


def test_a_task_of_slurm_is_found_by_its_address(variables, connected):
    """TensorFlow sorts nodes by name, n10 before n9, and Slurm does not."""
    variables(**SRUN)
    machines, resolver, said = connected()
    addresses = resolver.cluster_spec().job_tasks("worker")
    assert addresses == ["n10:29744", "n10:29745", "n9:29744", "n9:29745"]
    assert (machines.worker, machines.workers, resolver.task_id) == (1, 4, 1)
    assert said == []
    variables(SLURM_PROCID="2", SLURM_LOCALID="0")  # the first of that node, hence the chief
    machines, _, said = connected()
    assert machines.is_chief
    assert said == [f"Machines  4, which wait for each other: {', '.join(addresses)}"]


def test_ports_of_neighbouring_jobs_are_apart(variables, connected):
    """Slurm may give tasks of both to one node."""
    ports = []
    for job in ("1234", "1235"):
        variables(**(SRUN | {"SLURM_JOB_ID": job}))
        _, resolver, _ = connected()
        ports.append({a.rpartition(":")[2] for a in resolver.cluster_spec().job_tasks("worker")})
    assert not ports[0] & ports[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"SLURMD_NODENAME": "n8"},
        {"SLURM_LOCALID": "2"},
        {"SLURM_LOCALID": "1_0"},
        {"SLURM_JOB_ID": "-1"},
        {"SLURM_STEP_NODELIST": "n[9-"},
        {"SLURM_STEP_TASKS_PER_NODE": "2"},
        {"SLURM_STEP_NUM_TASKS": "many"},
    ],
)
def test_variables_of_srun_that_make_no_sense(variables, changes):
    variables(**(SRUN | changes))
    with refused():
        cluster.start("multiworker")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"RANK": "0", "WORLD_SIZE": "2"},
        {"OMPI_COMM_WORLD_RANK": "0"},
        {"PMI_RANK": "0"},
        {"SLURM_JOB_ID": "1", "SLURM_NTASKS": "4"},
    ],
)
def test_no_launcher(variables, given):
    variables(**given)
    with refused():
        cluster.start("multiworker")


def test_a_batch_script_of_one_task_is_alone(variables):
    variables(SLURM_JOB_ID="1", SLURM_PROCID="0")
    assert cluster.start("multiworker").workers == 1


def test_a_connection_that_fails_is_told_in_words(variables, monkeypatch):
    def refuse(resolver):
        raise tf.errors.UnavailableError(None, None, "no route to host")

    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", refuse)
    monkeypatch.setattr(cluster, "wait_for_all", lambda *arguments: None)
    variables(**SRUN)
    with refused("n10:29745", "no route to host"):
        cluster.start("multiworker", lambda line: None)
