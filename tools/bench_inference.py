"""Time a generator with random weights: from Python, and as an exported SavedModel.

    python tools/bench_inference.py --resolution=256
    python tools/bench_inference.py --resolution=256 --fp32 --json=out.json

Prints images per second by batch, images copied to the host as a user would have them, and the
seconds that the first call took.
"""

import dataclasses
import os
import tempfile
import time

from _bench import device_name, write_json
from absl import flags

from ada_tf.cli import _program

FLAGS = flags.FLAGS
flags.DEFINE_boolean("fp32", False, "float32 throughout instead of the preset's precision.")
flags.DEFINE_list("batch", ["1", "8", "32"], "Images of a call, separated by commas.")
flags.DEFINE_float("seconds", 5.0, "How long to measure each.")


def rate(function, batch):
    """(seconds of the first call, images per second after it)."""
    begin = time.perf_counter()
    function()
    first = time.perf_counter() - begin
    begin, calls = time.perf_counter(), 0
    while calls < 2 or time.perf_counter() - begin < FLAGS.seconds:
        function()
        calls += 1
    return round(first, 2), round(calls * batch / (time.perf_counter() - begin), 2)


def main(argv):
    """Flags to figures."""
    from ada_tf.training.xla_cache import enable

    enable()
    import tensorflow as tf

    from ada_tf.data import DataConfig
    from ada_tf.inference.generate import generate
    from ada_tf.interop.export.saved_model import export_saved_model
    from ada_tf.models.build import make_generator
    from ada_tf.models.precision import computed_in
    from ada_tf.training.presets import preset

    data = DataConfig(resolution=FLAGS.resolution, channels=FLAGS.channels)
    config = preset(FLAGS.preset, data=data)
    if FLAGS.fp32:
        network = dataclasses.replace(config.network, num_low_precision=0, conv_clamp=None)
        config = dataclasses.replace(config, network=network)
    generator = make_generator(config.network, data.shape, 0)
    computed = computed_in(config.network)  # what "auto" is here
    figures = {"device": device_name(), "resolution": FLAGS.resolution,
               "precision": computed.precision if computed.num_low_precision else "float32", "images_per_s": {}}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "exported")
        export_saved_model(generator, path, config)
        loaded = tf.saved_model.load(path)
        served = loaded.signatures["generate"]
        for batch in map(int, FLAGS.batch):
            seeds = list(range(batch))
            ways = {
                "generate": lambda seeds=seeds: generate(generator, seeds=seeds, batch=len(seeds)),
                "SavedModel": lambda seeds=seeds: served(
                    seeds=tf.constant(seeds, tf.int64),
                    truncation_psi=tf.fill([len(seeds)], 0.7),
                )["images"].numpy(),
            }
            for name, function in ways.items():
                first, found = rate(function, batch)
                figures["images_per_s"][f"{name}, batch {batch}"] = found
                print(
                    f"{name:12s} batch {batch:3d}: {found:9.2f} images/s, first call {first} s",
                    flush=True,
                )
    write_json(figures)


if __name__ == "__main__":
    _program.run_tool(main)
