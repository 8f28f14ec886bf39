"""The files of docs/cluster/ give every machine its place, and commands that ada-train accepts."""

import os
import pathlib
import re
import shlex
import subprocess

import pytest
import tensorflow as tf

from ada_tf.cli import _command_line, train
from ada_tf.training import cluster

FILES = pathlib.Path(__file__).parents[2] / "docs" / "cluster"
INDEX = "metadata.annotations['batch.kubernetes.io/job-completion-index']"


def parsed(command):
    """The flags of an ada-train command."""
    assert command[0] == "ada-train"
    return _command_line.parse(train.Flags, command)


def test_kubernetes_lists_the_machines(monkeypatch):
    text = (FILES / "train.yaml").read_text()
    assert f"- name: INDEX\n              valueFrom:\n                fieldRef:\n                  fieldPath: {INDEX}" in text  # fmt: skip
    size = int(re.search(r"completions: (\d+)", text)[1])
    assert f"parallelism: {size}" in text
    job, service = re.findall(r"\nmetadata:\n  name: (\S+)", text)
    assert f"subdomain: {service}\n" in text
    assert f"job-name: {job}\n" in text
    # A folded block of YAML: lines are joined by spaces.
    (block,) = re.findall(r"- name: TF_CONFIG.*\n\s+value: >-\n((?: {16}.*\n)+)", text)
    found = []
    connect = lambda resolver: found.append(resolver) or tf.distribute.get_strategy()  # noqa: E731
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", connect)
    monkeypatch.setattr(cluster, "wait_for_all", lambda *arguments: None)
    for index in range(size):
        value = " ".join(block.split()).replace("$(INDEX)", str(index))
        monkeypatch.setenv("TF_CONFIG", value)
        machines = cluster.start("multiworker", lambda line: None)
        assert (machines.worker, machines.workers) == (index, size)
        addresses = found[-1].cluster_spec().job_tasks("worker")
        assert addresses == [f"{job}-{i}.{service}:12345" for i in range(size)]


def test_kubernetes_trains_together():
    text = (FILES / "train.yaml").read_text()
    command = re.search(r"command:\n((?:\s+- \S+\n)+)", text)[1].split()[1::2]
    assert parsed(command).strategy == "multiworker"


@pytest.mark.parametrize("refused", [False, True])
def test_slurm_prepares_and_then_trains(tmp_path, refused):
    """With programs in place of srun and ada-train that write down how they were called."""
    for name, code in {"srun": 0, "ada-train": 2 * refused}.items():
        program = tmp_path / name
        program.write_text(f'#!/bin/bash\necho {name} "$@" >> calls\nexit {code}\n')
        program.chmod(0o755)
    done = subprocess.run(
        ["bash", FILES / "train.sbatch"], cwd=tmp_path, timeout=60, check=False,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    calls = [shlex.split(line) for line in (tmp_path / "calls").read_text().splitlines()]
    alone = parsed(calls[0])
    assert (alone.dry_run, alone.strategy) == (True, "none")
    if refused:
        assert (done.returncode, len(calls)) == (2, 1)
        return
    assert done.returncode == 0
    (_, (srun, option, *command)) = calls
    assert (srun, option) == ("srun", "--kill-on-bad-exit=1")
    together = parsed(command)
    assert together.strategy == "multiworker"
    assert (together.settings, together.outdir) == (alone.settings, alone.outdir)
