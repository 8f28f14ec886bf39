"""Time from the start of ada-train to its first optimizer step and its first whole iteration; a first sec/kimg.

    python tools/bench_startup.py --resolution=256 --batch=16
    python tools/bench_startup.py --resolution=32 --flag=--preset=tiny --json=out.json

Trains on images made for it, first with an empty cache, where the images are prepared and every
phase is compiled, then again with what the first run left there. In the first iteration every phase
is due, so that nothing is left to compile after it; the next 32 are timed.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from _bench import device_name, write_images, write_json
from _watched_train import OUTPUT, STARTED
from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError

FLAGS = flags.FLAGS
flags.DEFINE_integer("batch", 16, "Images per iteration.")
flags.DEFINE_string(
    "cache", None, "An empty folder for the cache, kept for others; default a temporary one."
)
flags.DEFINE_multi_string("flag", [], "Another flag for ada-train; may be repeated.")
TRAIN = pathlib.Path(__file__).with_name("_watched_train.py")


def start(folder: pathlib.Path, cache: pathlib.Path, number: int) -> dict:
    """Seconds from the start of a process until each phase had run once, and sec/kimg after that."""
    output = folder / f"{number}.json"
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), OUTPUT: str(output)}
    command = [
        sys.executable, str(TRAIN), f"--data={folder / 'images'}", f"--resolution={FLAGS.resolution}",
        f"--batch={FLAGS.batch}", f"--preset={FLAGS.preset}", f"--outdir={folder / f'runs{number}'}", *FLAGS.flag,
    ]  # fmt: skip
    done = subprocess.run(
        command, env={**environment, STARTED: str(time.time())}, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(output.read_text())


def main(argv):
    """Flags to figures."""
    if FLAGS.cache and any(pathlib.Path(FLAGS.cache).glob("*")):
        raise UserError(f"cache={FLAGS.cache!r} must be empty, for a cold start.")
    figures = {"resolution": FLAGS.resolution, "batch": FLAGS.batch, "preset": FLAGS.preset}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        cache = pathlib.Path(FLAGS.cache or folder / "cache").absolute()
        write_images(folder / "images", max(256, FLAGS.batch), FLAGS.resolution)
        for number, name in enumerate(("cold", "cached")):
            found = start(folder, cache, number)
            seconds = found["phases_s"].values()
            figures[name] = {"first_optimizer_step_s": min(seconds), "first_iteration_s": max(seconds),
                             **found}  # fmt: skip
            print(name, figures[name], flush=True)
            write_json({"device": device_name(), **figures})


if __name__ == "__main__":
    _program.run_tool(main)
