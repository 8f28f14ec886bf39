"""Time the twin implementations that `ada_tf.ops.choice` decides between.

    python tools/bench_ops.py                 # TensorFlow's kernels
    python tools/bench_ops.py --xla           # compiled

Prints milliseconds of forward plus gradient, and of the gradient of the squared gradient (R1).
"""

import argparse
import time

import tensorflow as tf

from ada_tf.ops import conv2d_resample, downsample2d, graph, make_filter, upsample2d

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


def candidates(channels):
    """(op, implementation) -> function."""
    w = tf.random.normal([3, 3, channels, channels])
    made = {}
    for i in ("folded", "unfolded"):
        made["conv 3x3 up", i] = lambda x, i=i: conv2d_resample(x, w, FIR, up=2, implementation=i)
        made["conv 3x3 down", i] = lambda x, i=i: conv2d_resample(
            x, w, FIR, down=2, implementation=i
        )
    for i in ("gather", "depthwise"):
        made["upsample", i] = lambda x, i=i: upsample2d(x, FIR, implementation=i)
        made["downsample", i] = lambda x, i=i: downsample2d(x, FIR, implementation=i)
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
