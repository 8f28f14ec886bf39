"""Time whole training iterations through the public trainer.

    python tools/bench_train.py --resolution=256 --batch=16 --p=0.3
    python tools/bench_train.py --preset=tiny --resolution=16 --channels=1 --pl_weight=2 --p=0.5 --json=out.json

Prints sec/kimg, milliseconds and first call of each phase, what the input pipeline alone could
deliver, peak memory (of the timed iterations, and with what XLA took to try algorithms), and the
roofline: the arithmetic and the memory traffic that the graphs ask for, against the matrix rate and
the copy rate measured in the same process. How long a start takes with and without the compile
cache: tools/bench_startup.py. What ada-train reports of itself: tools/bench_ada_train.py.
"""

import json
import time

from _bench import define_training_flags, device_name, due, trainer, write_json
from absl import flags

from ada_tf.cli import _program

FLAGS = flags.FLAGS
define_training_flags()
flags.DEFINE_string("xla", "auto", "auto, on or off.")
flags.DEFINE_integer(
    "iterations", 64, "Iterations timed; a multiple of 16 holds every phase in its share."
)
flags.DEFINE_boolean("constant_batch", False, "Replace the input pipeline by one constant batch.")
flags.DEFINE_boolean("profile", False, "Print the kernels that take the most time.")


def graph_work(graph):
    """(FLOPs, bytes) of the convolutions and matrix products of a traced function, gradients included."""
    flops = traffic = 0
    for op in graph.get_operations():
        shapes = [t.shape for t in (*op.inputs, *op.outputs)]
        if not all(s.is_fully_defined() for s in shapes):
            continue
        sizes = [s.num_elements() for s in shapes]
        if op.type == "Conv2D":
            kernel = op.inputs[1].shape
            work = 2 * op.outputs[0].shape.num_elements() * kernel[0] * kernel[1] * kernel[2]
        elif op.type == "Conv2DBackpropInput":
            kernel = op.inputs[1].shape
            work = 2 * op.inputs[2].shape.num_elements() * kernel[0] * kernel[1] * kernel[2]
        elif op.type == "Conv2DBackpropFilter":
            kernel = op.outputs[0].shape
            work = 2 * op.inputs[2].shape.num_elements() * kernel[0] * kernel[1] * kernel[2]
        elif op.type in ("MatMul", "BatchMatMulV2"):
            a, y = op.inputs[0].shape, op.outputs[0].shape
            inner = (
                a[-2] if op.get_attr("transpose_a" if op.type == "MatMul" else "adj_x") else a[-1]
            )
            work = 2 * y.num_elements() * inner
        else:
            continue
        flops += work
        traffic += sum(
            n * t.dtype.size for n, t in zip(sizes, (*op.inputs, *op.outputs), strict=True)
        )
    return flops, traffic


def measured_rates():
    """(FLOP/s of a large float16 matrix product (float32 on a CPU), bytes/s of a large copy)."""
    import tensorflow as tf

    gpu = bool(tf.config.list_physical_devices("GPU"))
    size, dtype, repeats = (8192, tf.float16, 20) if gpu else (2048, tf.float32, 3)
    a = tf.random.normal([size, size], dtype=dtype)
    multiply = tf.function(lambda x: tf.matmul(x, a) * tf.cast(0.01, dtype))
    copied = tf.random.normal([2**28 if gpu else 2**25])
    copy = tf.function(lambda x: x + 1.0)
    seconds = [timed(multiply, a, repeats), timed(copy, copied, repeats)]
    return 2 * size**3 / seconds[0], 2 * 4 * copied.shape[0] / seconds[1]


def timed(function, x, repeats):
    """Seconds of one call, of a chain of `repeats`."""
    x = function(function(x))
    wait(x)
    start = time.perf_counter()
    for _ in range(repeats):
        x = function(x)
    wait(x)
    return (time.perf_counter() - start) / repeats


def pipeline_rate(dataset, batch, seconds=2.0):
    """Images per second that the input pipeline alone makes."""
    batches = iter(dataset.batches(batch))
    next(batches)
    begin, count = time.perf_counter(), 0
    while time.perf_counter() < begin + seconds:
        next(batches)
        count += batch
    return count / (time.perf_counter() - begin)


def wait(x):
    """Wait for the device by reading one number."""
    import tensorflow as tf

    float(tf.reshape(tf.nest.flatten(x)[0], [-1])[0])


def main(argv):
    """Flags to figures."""
    started = time.time()
    from ada_tf.training.xla_cache import enable

    cache = enable()
    import tensorflow as tf

    from ada_tf.models.precision import computed_in
    from ada_tf.training.callbacks.status import peak_gpu_memory

    model, dataset, config = trainer(FLAGS.xla)
    element = next(iter(dataset.batches(config.batch)))
    images, labels = element["images"], element["labels"]
    seeds = tf.zeros([1, 2], tf.int32)
    network = computed_in(config.network)  # what "auto" is here
    low = network.num_low_precision
    figures = {"device": device_name(), "preset": config.preset, "resolution": FLAGS.resolution,
               "batch": config.batch, "precision": network.precision if low else "float32",
               "low_precision_resolutions": low, "xla": model.use_xla,
               "compile_cache": cache, "phases": {}}  # fmt: skip
    total_flops = total_bytes = 0.0
    for phase, function in due(model.step):
        every = phase.every(config.loss)
        begin = time.perf_counter()
        wait(function(images, labels, seeds, {}))
        first = time.perf_counter() - begin
        flops, traffic = graph_work(function.get_concrete_function(images, labels, seeds, {}).graph)
        wait(function(images, labels, seeds, {}))
        begin = time.perf_counter()
        repeats = max(FLAGS.iterations // every, 4)
        for _ in range(repeats):
            result = function(images, labels, seeds, {})
        wait(result)
        ms = (time.perf_counter() - begin) / repeats * 1000
        figures["phases"][phase.name] = {
            "first_call_s": round(first, 2), "ms": round(ms, 2), "gflop": round(flops / 1e9, 2),
            "conv_matmul_gbytes": round(traffic / 1e9, 3), "tflops": round(flops / ms / 1e9, 2)}  # fmt: skip
        total_flops += flops / every
        total_bytes += traffic / every
        print(phase.name, figures["phases"][phase.name], flush=True)
        if phase.name == "Gmain":
            figures["first_optimizer_step_s"] = round(time.time() - started, 1)
        write_json(figures)

    if FLAGS.phases:
        return profile(model.step, (images, labels, seeds, {}), figures)
    data = iter(dataset.batches(config.batch))
    if FLAGS.constant_batch:
        on_device = tf.nest.map_structure(tf.identity, element)
        data = iter(lambda: on_device, None)
    iterate = model.make_train_function()
    for _ in range(17):
        logs = iterate(data)
    wait(logs)
    with_tuning = peak_gpu_memory()
    forget_peak()
    begin = time.perf_counter()
    for _ in range(FLAGS.iterations):
        logs = iterate(data)
    wait(logs)
    seconds = (time.perf_counter() - begin) / FLAGS.iterations
    peak = peak_gpu_memory()  # before the matrices and copies below
    matrix_rate, copy_rate = measured_rates()
    figures |= {
        "iteration_ms": round(seconds * 1000, 2),
        "sec_per_kimg": round(seconds / config.batch * 1000, 3),
        "ready_s": round(sum(p["first_call_s"] for p in figures["phases"].values()), 1),
        "pipeline_images_per_s": round(pipeline_rate(dataset, config.batch)),
        "peak_gpu_gb": round(peak / 2**30, 2),
        "peak_gpu_gb_with_tuning": round(max(peak, with_tuning) / 2**30, 2),
        "iteration_gflop": round(total_flops / 1e9, 1),
        "iteration_conv_matmul_gbytes": round(total_bytes / 1e9, 2),
        "matrix_tflops": round(matrix_rate / 1e12, 2),
        "copy_gbytes_per_s": round(copy_rate / 1e9, 1),
        "fraction_of_matrix_rate": round(total_flops / seconds / matrix_rate, 3),
        "fraction_of_copy_rate": round(total_bytes / seconds / copy_rate, 3),
    }
    print(json.dumps({k: v for k, v in figures.items() if k != "phases"}, indent=1))
    write_json(figures)
    profile(model.step, (images, labels, seeds, {}), figures)


def profile(step, arguments, figures):
    """Add what --profile asks for, last of all: a profiler that fails takes nothing else along."""
    for phase, function in due(step) if FLAGS.profile else []:
        print(phase.name)
        figures["phases"][phase.name] |= kernels(lambda f=function: wait(f(*arguments)))
    write_json(figures)


def forget_peak():
    """Count the memory in use at most from here on."""
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        tf.config.experimental.reset_memory_stats("GPU:0")


def kernels(run, repeats=3, top=22):
    """Profile a call and list the kernels of the device by their share of its time.

    Returns:
        device_ms and device_kernels of a call.
    """
    import collections
    import glob
    import tempfile

    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for _ in range(repeats):
            run()
        tf.profiler.experimental.stop()
        space = xplane_pb2.XSpace()
        for path in glob.glob(f"{folder}/**/*.xplane.pb", recursive=True):
            with open(path, "rb") as f:
                space.MergeFromString(f.read())
    totals, counts = collections.Counter(), collections.Counter()
    for plane in space.planes:
        if not plane.name.startswith("/device:GPU"):
            continue
        for line in plane.lines:
            if not line.name.startswith("Stream"):
                continue
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                totals[name] += event.duration_ps / 1e9 / repeats
                counts[name] += 1
    total, count = sum(totals.values()), sum(counts.values()) // repeats
    print(f"  device time {total:.2f} ms in {count} kernels")
    for name, ms in totals.most_common(top):
        print(f"  {ms:8.3f} ms {counts[name] // repeats:5d} x {name[:110]}")
    return {"device_ms": round(total, 2), "device_kernels": count}


if __name__ == "__main__":
    _program.run_tool(main)
