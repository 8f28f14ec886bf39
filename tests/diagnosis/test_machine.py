"""What the machine can do: the real one, and ones that are told by faked processes."""

import json
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.diagnosis import machine
from ada_tf.ops import conv

RIGHT = [
    machine.Trial("TensorFlow", "2.21.0, built for cuda 12.5.1, cudnn 9; Keras 3.15.1"),
    machine.Trial("cards of TensorFlow", "Some Card, compute capability 9.0"),
    machine.Trial("convolution, float32", "right, 0.1 s"),
    machine.Trial("convolution, float16, XLA", "right, 0.1 s"),
]


def told(trials, status=0, stderr="", driver="Some Card, 580.1, 81559 MiB", monkeypatch=None):
    """Names and problems of what `look` says of a process that printed trials."""

    def run(program, **arguments):
        output = "\n".join(["a warning", *map(json.dumps, trials)])
        return subprocess.CompletedProcess(program, status, output, stderr)

    monkeypatch.setattr(machine, "gpu_description", lambda: driver)
    return {trial.name: trial for trial in machine.look(run)}


def test_this_machine(monkeypatch):
    trials = list(machine.look())
    assert not [trial.problem for trial in trials if trial.problem]
    convolutions = [trial for trial in trials if trial.name.startswith("convolution")]
    assert len(convolutions) == 4
    assert all(trial.found.startswith("right, ") for trial in convolutions)
    version = next(trial.found for trial in trials if trial.name == "TensorFlow")
    assert version.startswith(tf.__version__)


def test_a_card_that_works_has_no_problem(monkeypatch):
    found = told(RIGHT, monkeypatch=monkeypatch)
    assert not any(trial.problem for trial in found.values())
    assert found["driver of NVIDIA"].found == "Some Card, 580.1, 81559 MiB"


def test_a_card_that_tensorflow_does_not_see(monkeypatch):
    trials = [RIGHT[0], machine.Trial("cards of TensorFlow", "none"), *RIGHT[2:]]
    assert "tensorflow[and-cuda]" in told(trials, monkeypatch=monkeypatch)["cards"].advice
    assert "cards" not in told(trials, driver=None, monkeypatch=monkeypatch)


@pytest.mark.parametrize("count", range(4))
def test_a_process_that_ends_names_what_it_did_last(monkeypatch, count):
    found = told(RIGHT[:count], -6, "x\nCould not load libcudnn.so", monkeypatch=monkeypatch)
    last = RIGHT[count - 1].name if count else "start"
    assert repr(last) in found["end"].problem
    assert "exit status -6: Could not load libcudnn.so" in found["end"].problem
    assert "cuDNN" in found["end"].advice


def test_a_process_that_hangs(monkeypatch):
    def run(program, **arguments):
        raise subprocess.TimeoutExpired(program, 300, json.dumps(RIGHT[0]).encode())

    monkeypatch.setattr(machine, "gpu_description", lambda: None)
    last = list(machine.look(run))[-1]
    assert (last.name, last.found) == ("end", "failed")
    assert "'TensorFlow'" in last.problem
    assert "no answer within 300 s" in last.problem


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("libdevice not found at ./libdevice.10.bc", "nvidia-cuda-nvcc-cu12"),
        ("Couldn't get ptxas version", "nvidia-cuda-nvcc-cu12"),
        ("No DNN in stream executor: cuDNN 8.9 is too old", "cuDNN"),
        ("RESOURCE_EXHAUSTED: Out of memory", "nvidia-smi"),
        ("CUDNN_STATUS_NOT_SUPPORTED", "--conv=folded"),
        ("No algorithm worked!", "--conv=folded"),
        ("no float16 here", "--precision=float32"),
        ("something else", "--xla=off"),
    ],
)
def test_advice(error, advice):
    assert advice in machine.advice_on(error)


def test_a_convolution_that_fails_or_is_wrong():
    def fails():
        raise tf.errors.UnimplementedError(None, None, "no float16\nhere")

    trial = machine._tried("a", fails)
    assert (trial.found, trial.problem) == ("failed", "no float16 here")
    assert "float32" in trial.advice
    assert machine._tried("a", lambda: 0.019).problem == ""
    assert machine._tried("a", lambda: 0.021).found.startswith("wrong, ")


def test_an_error_of_a_device_is_seen(monkeypatch):
    """A convolution that is off where it is not on the CPU, as of a broken algorithm."""
    assert machine._convolve(tf, "float32", jit=False) < 1e-5
    convolve = conv.conv2d_resample

    def off(x, w, f, **arguments):
        y = convolve(x, w, f, **arguments)
        return y if tf.executing_eagerly() else y * tf.cast(1.1, y.dtype)

    monkeypatch.setattr(conv, "conv2d_resample", off)
    assert machine._convolve(tf, "float32", jit=False) > 0.05
    assert np.isfinite(machine._convolve(tf, "float16", jit=False))


def test_a_card_that_refuses_strides_is_shown_the_way_out(monkeypatch):
    """What halves in strides fails; plain convolutions are right."""

    def refuse(*given):
        raise tf.errors.UnimplementedError(None, None, "CUDNN_STATUS_NOT_SUPPORTED")

    monkeypatch.setattr(conv, "_down", refuse)
    monkeypatch.setattr(machine, "_PRECISIONS", ("float32",))
    trials = {trial.name: trial for trial in machine._trials()}
    strided = trials["convolution, float32"]
    assert (strided.found, "--conv=folded" in strided.advice) == ("failed", True)
    assert trials["convolution, float32, folded"].found.startswith("right, ")
    found = told(
        [strided, *RIGHT, RIGHT[-1]._replace(name=f"{RIGHT[-1].name}, folded")],
        monkeypatch=monkeypatch,
    )
    assert "end" not in found
