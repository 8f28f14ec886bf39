"""Pictures a second of a generator with random weights, in each format that it leaves in.

    python tools/bench_export.py --resolution=256
    python tools/bench_export.py --resolution=32 --preset=tiny --batch=1,8 --json=out.json

Formats take turns, round after round, so that whoever else uses the cores slows all of them alike; "by
TensorFlow" is the median over rounds of the pace by that of the SavedModel in the same round. Where the
cores are shared, processor time a picture says more: it does not count waiting for a core. Prints rows
of the table of docs/export.md.
"""

import statistics
import tempfile
import time

from _bench import device_name, write_json
from _report import table
from absl import flags

from ada_tf.cli import _program

FLAGS = flags.FLAGS
flags.DEFINE_list("batch", ["1"], "Pictures of a call, separated by commas.")
flags.DEFINE_integer("rounds", 9, "How often all formats have their turn.", lower_bound=1)
flags.DEFINE_float("seconds", 1.0, "Of a turn.")
BASE = "savedmodel, float32"


def turn(function, batch: int) -> tuple[float, float]:
    """Pictures a second, and milliseconds of processors a picture."""
    begin, before, calls = time.perf_counter(), time.process_time(), 0
    while calls < 1 or time.perf_counter() - begin < FLAGS.seconds:
        function()
        calls += 1
    pictures = calls * batch
    used = 1000 * (time.process_time() - before)
    return pictures / (time.perf_counter() - begin), used / pictures


def in_turn(functions: dict, batch: int) -> dict[str, dict]:
    """Name -> medians over rounds: pace, its share of that of `BASE`, and time of processors."""
    for function in functions.values():
        function()  # traces, plans
    rounds = [{n: turn(f, batch) for n, f in functions.items()} for _ in range(FLAGS.rounds)]
    return {
        name: {
            "pictures_per_s": statistics.median(r[name][0] for r in rounds),
            "by_tensorflow": statistics.median(r[name][0] / r[BASE][0] for r in rounds),
            "processor_ms": statistics.median(r[name][1] for r in rounds),
        }
        for name in functions
    }


def exported(generator, config, folder: str, batch: int) -> tuple[dict, dict]:
    """Name -> a call without arguments, and name -> what its report says."""
    import numpy as np

    from ada_tf.inference.export import export_generator
    from ada_tf.inference.latents import latents_from_seeds
    from ada_tf.interop.export.export_formats import FORMATS

    z, psi = latents_from_seeds(range(batch), generator.z_dim), np.full(batch, 0.7, np.float32)
    functions, reports = {}, {}
    for format, module in ((name, row.module) for name, row in FORMATS.items() if row.writer):
        for weights in FORMATS[format].weights:
            name, of = f"{format}, {weights}", batch if FORMATS[format].batch else None
            out = f"{folder}/{format}-{weights}"
            reports[name] = export_generator(
                generator, config, out, format, weights=weights, batch=of
            )
            runner = module.Runner(out)
            functions[name] = lambda runner=runner: runner("images", z=z, truncation_psi=psi)
    return functions, reports


def main(argv):
    """Flags to figures."""
    from ada_tf.data import DataConfig
    from ada_tf.models.build import make_generator
    from ada_tf.training.presets import preset

    data = DataConfig(resolution=FLAGS.resolution, channels=FLAGS.channels)
    config = preset(FLAGS.preset, data=data)
    generator = make_generator(config.network, data.shape, 0).in_float32()
    figures = {"device": device_name(), "resolution": FLAGS.resolution, "batch": {}}
    for batch in map(int, FLAGS.batch):
        with tempfile.TemporaryDirectory() as folder:
            functions, reports = exported(generator, config, folder, batch)
            found = in_turn(functions, batch)
        rows = []
        for name, paces in found.items():
            report = reports[name]
            levels = f"{127.5 * report.deviation.largest:.2g}"
            size = f"{max(report.megabytes.values()):.1f}"
            rows.append([name, levels, size, *(f"{value:.3g}" for value in paces.values())])
            found[name]["report"] = report.as_json()
        print(f"\n{figures['device']}, {FLAGS.resolution} pixels, {batch} a call\n")
        print(
            table(["format", "levels", "MB", "pictures/s", "by TensorFlow", "processor ms"], rows),
            flush=True,
        )
        figures["batch"][batch] = found
    write_json(figures)


if __name__ == "__main__":
    _program.run_tool(main)
