"""Time ada-train itself, by what it reports of itself, and watch R1 and path length for NaN.

    python tools/bench_ada_train.py --resolution=256 --batch=16 --kimg=16
    python tools/bench_ada_train.py --resolution=8 --preset=tiny --batch=4 --kimg=0.064 --tick_kimg=0.016

Trains on images made for it and reads stats.jsonl and log.txt of the run. sec/kimg is the median of
the later half of the ticks, without what is done between ticks: pictures and checkpoints. Ends with
code 1 if a penalty was not finite, a gradient was mended or training went back.
"""

import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

from _bench import device_name, write_images, write_json
from absl import flags

from ada_tf.cli import _program

FLAGS = flags.FLAGS
flags.DEFINE_integer("batch", 16, "Images per iteration.", lower_bound=1)
flags.DEFINE_float("kimg", 16, "Length of training in thousands of images.")
flags.DEFINE_float("tick_kimg", 2, "Thousands of images between ticks.")
flags.DEFINE_multi_string("flag", [], "Another flag for ada-train; may be repeated.")
PENALTIES = ("Loss/r1_penalty", "Loss/pl_penalty")


def train(images: pathlib.Path, runs: pathlib.Path) -> None:
    """Run ada-train, which prints what it does."""
    command = [
        sys.executable, "-m", "ada_tf.cli.train", f"--data={images}", f"--resolution={FLAGS.resolution}",
        f"--batch={FLAGS.batch}", f"--preset={FLAGS.preset}", f"--kimg={FLAGS.kimg}",
        f"--set=kimg_per_tick={FLAGS.tick_kimg}", f"--outdir={runs}", *FLAGS.flag,
    ]  # fmt: skip
    code = subprocess.run(command).returncode
    if code:
        sys.exit(f"ada-train ended with code {code}.")


def figures_of(records: list[dict], log: str) -> dict:
    """Figures of a run, by the records of its stats.jsonl and its log.txt.

    The first record is of the first iteration, which compiles; it is left out of the times.
    """
    ticks = [record["Timing/sec_per_kimg"]["mean"] for record in records[1:]]
    penalties = {}
    for name in PENALTIES:
        means = [record[name]["mean"] for record in records if name in record]
        if means:
            finite = all(math.isfinite(mean) for mean in means)
            penalties[name] = {"records": len(means), "finite": finite, "last": str(means[-1])}
    return {
        "first_iteration_s": round(records[0]["Timing/total_sec"]["mean"], 1),
        "ada_train": [round(seconds, 3) for seconds in ticks],
        "sec_per_kimg": round(statistics.median(ticks[len(ticks) // 2 :]), 3),
        "peak_gpu_gb": round(records[-1]["Resources/peak_gpu_mem_gb"]["mean"], 2),
        "penalties": penalties,
        "warnings": [line for line in log.splitlines() if line.startswith("Warning")],
    }


def main(argv):
    """Flags to figures."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_images(folder / "images", max(256, 4 * FLAGS.batch), FLAGS.resolution)
        train(folder / "images", folder / "runs")
        (run,) = (folder / "runs").iterdir()
        lines = (run / "stats.jsonl").read_text().splitlines()
        figures = figures_of([json.loads(line) for line in lines], (run / "log.txt").read_text())
    print(json.dumps(figures, indent=1))
    about = {"resolution": FLAGS.resolution, "batch": FLAGS.batch, "preset": FLAGS.preset}
    write_json({"device": device_name(), **about, **figures})
    if figures["warnings"] or not all(p["finite"] for p in figures["penalties"].values()):
        sys.exit("Numbers that are not finite; see above.")


if __name__ == "__main__":
    _program.run_tool(main)
