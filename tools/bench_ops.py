"""Time resampling convolutions against the filter folded into the kernel, and filters against
depthwise convolutions.

    python tools/bench_ops.py                 # TensorFlow's kernels
    python tools/bench_ops.py --xla           # compiled

Prints milliseconds of forward plus gradient, and of the gradient of the squared gradient (R1).
"""

import argparse
import pathlib
import sys
import time

import numpy as np
import tensorflow as tf

from ada_tf.ops import conv2d_resample, downsample2d, graph, make_filter, upsample2d

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tests.ops.convolutions import folded

FIR = make_filter([1, 3, 3, 1])
# (images, resolution, channels): the inner layers of small and of larger networks.
SHAPES = ((32, 16, 64), (16, 32, 128), (8, 64, 64))


def first(f, x):
    """Gradient of a sum."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.sin(f(x)))
    return tape.gradient(y, x)


def second(f, x):
    """Gradient of the squared gradient."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.square(first(f, x)))
    return tape.gradient(y, x)


def milliseconds(function, x, seconds=1.0):
    """Median time of a call."""
    for _ in range(2):
        float(tf.reduce_sum(function(x)))
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        begin = time.perf_counter()
        float(tf.reduce_sum(function(x)))
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2] * 1000


def depthwise_down(x):
    """`downsample2d` as a strided depthwise convolution."""
    f = tf.tile(FIR[:, :, tf.newaxis, tf.newaxis], [1, 1, x.shape[3], 1])
    padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    return tf.nn.depthwise_conv2d(padded, f, [1, 2, 2, 1], "VALID")


def depthwise_up(x):
    """`upsample2d` as depthwise convolutions of the image, one for each of the four phases."""
    taps = np.array([[1, 3], [3, 1]], np.float32) / 4  # of even and of odd rows and columns
    padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    _, height, width, channels = x.shape
    phases = []
    for i in range(2):
        for j in range(2):
            f = tf.tile(
                np.outer(taps[i], taps[j])[:, :, np.newaxis, np.newaxis], [1, 1, channels, 1]
            )
            window = padded[:, i : i + height + 1, j : j + width + 1]
            phases.append(tf.nn.depthwise_conv2d(window, f, [1, 1, 1, 1], "VALID"))
    y = tf.reshape(tf.stack(phases, axis=3), [-1, height, width, 2, 2, channels])
    return tf.reshape(tf.transpose(y, [0, 1, 3, 2, 4, 5]), [-1, 2 * height, 2 * width, channels])


def candidates(channels):
    """(op, implementation) -> function."""
    w = tf.random.normal([3, 3, channels, channels])
    made = {}
    for name, resample in (("folded", folded), ("unfolded", conv2d_resample)):
        made["conv 3x3 up", name] = lambda x, f=resample: f(x, w, FIR, up=2)
        made["conv 3x3 down", name] = lambda x, f=resample: f(x, w, FIR, down=2)
    made["upsample", "as chosen"] = lambda x: upsample2d(x, FIR)
    made["downsample", "as chosen"] = lambda x: downsample2d(x, FIR)
    made["upsample", "depthwise"] = depthwise_up
    made["downsample", "depthwise"] = depthwise_down
    return made


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--xla", action="store_true", help="compile with XLA")
    xla = parser.parse_args().xla
    print(
        "| op | implementation | shape | forward + gradient, ms | second order, ms |\n|---|---|---|---|---|"
    )
    for batch, resolution, channels in SHAPES:
        x = tf.random.normal([batch, resolution, resolution, channels])
        for (op, implementation), f in candidates(channels).items():
            one = milliseconds(graph(lambda x, f=f: first(f, x), xla), x)
            two = milliseconds(graph(lambda x, f=f: second(f, x), xla), x)
            shape = f"{batch}x{resolution}x{resolution}x{channels}"
            print(f"| {op} | {implementation} | {shape} | {one:.1f} | {two:.1f} |", flush=True)


if __name__ == "__main__":
    main()
