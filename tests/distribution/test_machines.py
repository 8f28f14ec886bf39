"""Two processes as a cluster of two machines: the same numbers as one, a kill, changes of size."""

import os
import pathlib
import shutil
import signal
import sys
import threading

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.training import cluster
from ada_tf.training.runs.checkpoint_folder import newest
from tests import forked
from tests.sentences import refused
from tools import launch_local_cluster as launcher

pytestmark = pytest.mark.usefixtures("small_grids_of_programs")

ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
# Two parts of 4 images, whoever computes them: in floating point a + b = b + a, so even the last
# bit must agree.
TRAIN = [sys.executable, "-m", "ada_tf.cli.train", "--preset=tiny", "--data=digits",
         "--resolution=8", "--subset=64", "--batch=8", "--batch_gpu=4", "--augpipe=color"]  # fmt: skip
HALF, WHOLE = "--kimg=0.016", "--kimg=0.032"  # 2 and 4 iterations


def alone(outdir, *arguments):
    done = forked.run([*TRAIN, f"--outdir={outdir}", *arguments], env=ENVIRONMENT, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def together(outdir, *arguments):
    """Start two machines."""
    command = [*TRAIN, f"--outdir={outdir}", "--strategy=multiworker", *arguments]
    return [
        forked.start(command, env=env, reads=True, errors=True)
        for env in launcher.environments(workers=2)
    ]


def numbers(outdir):
    reader = tf.train.load_checkpoint(newest(next(pathlib.Path(outdir).iterdir())))
    names = [n for n in reader.get_variable_to_shape_map() if n.startswith("state/")]
    return {n: reader.get_tensor(n) for n in names if "/config/" not in n}


def assert_same_state(ours, theirs):
    ours, theirs = numbers(ours), numbers(theirs)
    assert ours.keys() == theirs.keys()
    for name in theirs:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """A run of one machine, at half and at its end."""
    half, whole = tmp_path_factory.mktemp("half"), tmp_path_factory.mktemp("whole")
    alone(half, HALF)
    shutil.copytree(half, whole, dirs_exist_ok=True)
    assert "Continuing after 0.016 kimg" in alone(whole, WHOLE)
    return half, whole


def test_one_machine_goes_on_as_two(halves, tmp_path):
    half, whole = halves
    shutil.copytree(half, tmp_path, dirs_exist_ok=True)
    processes = together(tmp_path, WHOLE)
    first, second = (process.communicate(timeout=300)[0] for process in processes)
    assert [p.returncode for p in processes] == [0, 0], first[-2000:] + second[-2000:]
    assert "Continuing after 0.016 kimg" in first
    assert "Finished at 0.032 kimg" in first
    assert "kimg" not in second  # the chief speaks for both
    assert len(list(next(tmp_path.iterdir()).glob("log.txt"))) == 1
    assert_same_state(tmp_path, whole)


def test_a_killed_machine_ends_the_others_and_one_goes_on(halves, tmp_path):
    _, whole = halves
    chief, other = together(tmp_path, "--kimg=1000")
    drain = threading.Thread(target=other.stdout.read)
    drain.start()
    for line in chief.stdout:
        if line.startswith("tick 0"):  # just saved: the first tick always is
            break
    other.send_signal(signal.SIGKILL)
    rest, _ = chief.communicate(timeout=120)
    drain.join()
    other.stdout.close()
    other.wait()
    assert chief.returncode == 2, rest[-2000:]
    # What TensorFlow says of it, in parentheses, is a collective or a connection that failed: which was first.
    assert rest.splitlines()[-1].startswith("error: another of the 2 machines is gone (")
    assert "Continuing" in alone(tmp_path, WHOLE)
    assert_same_state(tmp_path, whole)


@pytest.mark.parametrize(
    "config",
    ["{", "[]", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}'],
)
def test_a_cluster_must_be_described(monkeypatch, config):
    monkeypatch.setenv("TF_CONFIG", config)
    with refused("TF_CONFIG="):
        cluster.start("multiworker")


def test_strategies_have_names():
    with refused("strategy='horovod'"):
        cluster.start("horovod")
