"""Try what training needs of a machine: versions, cards, and convolutions of each kind.

It is tried in another process, since a library that does not fit may end the process that loads it.
"""

import functools
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ada_tf.training.xla_cache import gpu_description
from ada_tf.version import __version__

_SECONDS = 300  # compiling for a card takes 30
_SIZE, _CHANNELS = 16, 8
# Relative error of a sum of 72 products: in float32 of TF32's 10 bits, and in float16.
_TOLERANCE = 0.02


class Trial(NamedTuple):
    """Something that was tried.

    Attributes:
        name: what.
        found: what came of it, in words.
        problem: what is wrong; "" if nothing is.
        advice: what to do about it.
    """

    name: str
    found: str
    problem: str = ""
    advice: str = ""

    def __str__(self):
        line = f"{self.name:<36}{self.found}"
        return line + (f"\n  {self.problem}; {self.advice}" if self.problem else "")


# What errors of TensorFlow say -> what to do. The first that fits is meant.
_ADVICE = (
    (
        r"libdevice|ptxas",
        "pip install nvidia-cuda-nvcc-cu12, and start again with"
        " XLA_FLAGS=--xla_gpu_cuda_data_dir=FOLDER, its folder cuda_nvcc",
    ),
    (
        r"out of memory|out_of_memory|resource_exhausted",
        "another program holds the memory of the card; nvidia-smi names it",
    ),
    (
        r"cudnn_status_|algorithm",
        "train with --conv=folded, whose convolutions are plain, or with --precision=float32",
    ),
    (r"cudnn", "install the cuDNN that TensorFlow asks for: pip install 'tensorflow[and-cuda]'"),
    (r"float16|half", "train with --precision=float32"),
)
_ELSE = "train with --conv=folded, --xla=off or --precision=float32, and report it with these lines"


def advice_on(error: str) -> str:
    """Return what to do about an error of a convolution."""
    found = (advice for words, advice in _ADVICE if re.search(words, error, re.IGNORECASE))
    return next(found, _ELSE)


def look(run=subprocess.run) -> Iterator[Trial]:
    """Try everything; an answer comes as soon as the other process has ended.

    Args:
        run: as of subprocess.
    """
    system = f"Python {platform.python_version()}, {platform.platform()}"
    yield Trial(f"ada_tf {__version__}", system)
    driver = gpu_description()
    yield Trial("driver of NVIDIA", "; ".join((driver or "none").splitlines()))
    program = [sys.executable, "-c", f"from {__name__} import answer; answer()"]
    try:
        done = run(program, capture_output=True, text=True, timeout=_SECONDS)
        output, status = done.stdout, done.returncode
        last = (done.stderr.strip().splitlines() or [""])[-1]
    except subprocess.TimeoutExpired as late:
        # In bytes, whatever was asked for.
        output, status = (late.stdout or b"").decode(errors="replace"), 0
        last = f"no answer within {_SECONDS} s"
    trials = [Trial(*json.loads(line)) for line in output.splitlines() if line.startswith("[")]
    yield from trials
    if driver and not any("compute capability" in trial.found for trial in trials):
        yield Trial(
            "cards",
            "none of TensorFlow",
            "the driver shows a card that TensorFlow does not use",
            "pip install 'tensorflow[and-cuda]'",
        )
    if status or not trials or not trials[-1].name.startswith(_LAST):
        begun = trials[-1].name if trials else "start"
        problem = f"TensorFlow ended its process after {begun!r} (exit status {status}: {last})"
        yield Trial("end", "failed", problem, advice_on(last))


# The other process: a line of JSON for each trial.

_PRECISIONS = ("float32", "float16")
_LAST = "convolution, float16, XLA"


def answer() -> None:
    """Print what TensorFlow can do here."""
    for trial in _trials():
        print(json.dumps(trial), flush=True)


def _trials() -> Iterator[Trial]:
    import keras
    import tensorflow as tf

    from ada_tf.ops import choice

    built = tf.sysconfig.get_build_info()
    libraries = [
        f"{n} {built[f'{n}_version']}" for n in ("cuda", "cudnn") if f"{n}_version" in built
    ]
    of = f", built for {', '.join(libraries)}" if libraries else ", built for the CPU"
    yield Trial("TensorFlow", f"{tf.__version__}{of}; Keras {keras.__version__}")
    cards = [
        tf.config.experimental.get_device_details(card)
        for card in tf.config.list_physical_devices("GPU")
    ]
    names = [
        f"{card.get('device_name', 'unnamed')}, compute capability"
        f" {'.'.join(map(str, card.get('compute_capability', ['unknown'])))}"
        for card in cards
    ]
    yield Trial("cards of TensorFlow", "; ".join(names) or "none, so it computes on the CPU")
    xla = "on" if choice.compiles() else "off"
    yield Trial("chosen without flags", f"--precision={choice.best_precision()}, XLA {xla}")
    for precision in _PRECISIONS:
        for jit in (False, True):
            name = f"convolution, {precision}{', XLA' if jit else ''}"
            trial = _tried(name, functools.partial(_convolve, tf, precision, jit))
            yield trial
            if trial.problem:  # does the way out work?
                plain = functools.partial(_convolve, tf, precision, jit, plain=True)
                yield _tried(f"{name}, folded", plain)


def _tried(name: str, convolve: Callable[[], float]) -> Trial:
    start = time.monotonic()
    try:
        error = convolve()
    except Exception as failure:  # of any class, by what is missing
        text = " ".join(str(failure).split())[:200]
        return Trial(name, "failed", text, advice_on(text))
    seconds = f"{time.monotonic() - start:.1f} s"
    if error > _TOLERANCE:
        return Trial(name, f"wrong, {seconds}", f"it is off by {error:.2g} of its size", _ELSE)
    return Trial(name, f"right, {seconds}")


def _convolve(tf, precision: str, jit: bool, plain: bool = False) -> float:
    """Convolve up, in groups, and down as the networks do, with second derivatives as of R1.

    Between the two steps of each there are 2 * _SIZE + 1 pixels a side: strides of odd sizes, for which
    cuDNN has algorithms of their own.

    Args:
        tf: TensorFlow.
        precision: dtype of the activations.
        jit: whether XLA compiles.
        plain: as `--conv=folded`.

    Returns:
        The largest relative error of values and derivatives against plain ones, float32 on the CPU.
    """
    from ada_tf.ops import fir, folded_convolutions
    from ada_tf.ops.conv import conv2d_resample, grouped_conv2d

    draw = np.random.default_rng(0)
    images = draw.normal(size=[2, _SIZE, _SIZE, _CHANNELS]).astype(np.float32)
    kernel = draw.normal(size=[3, 3, _CHANNELS, _CHANNELS]).astype(np.float32) / 9
    taps = fir.make_filter([1, 3, 3, 1])

    def both(x, w, dtype):
        with tf.GradientTape() as outer:
            outer.watch(w)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = conv2d_resample(tf.cast(x, dtype), w, taps, up=2)
                y = grouped_conv2d(tf.nn.tanh(y), w[:, :, : _CHANNELS // 2])
                y = conv2d_resample(tf.nn.tanh(y), w, taps, down=2)
                total = tf.reduce_sum(tf.cast(y, tf.float32) ** 2)
            slope = inner.gradient(total, x)
            penalty = tf.reduce_mean(slope**2)
        return tf.cast(y, tf.float32), slope, outer.gradient(penalty, w)

    run = tf.function(both, jit_compile=jit, autograph=False)
    with folded_convolutions(plain):
        found = run(tf.constant(images), tf.constant(kernel), tf.dtypes.as_dtype(precision))
    with tf.device("CPU"), folded_convolutions(True):
        right = both(tf.constant(images), tf.constant(kernel), tf.float32)
    return max(
        float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in zip(found, right, strict=True)
    )
