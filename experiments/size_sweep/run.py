"""How many pictures are enough, without and with ADA? The runs of arXiv 2006.06676's figure 7, in small.

    python experiments/size_sweep/run.py --out=/tmp/sweep --minutes=120
    python experiments/size_sweep/run.py --out=/tmp/sweep --list

Trains `tiny` on the first N creatures, one run after the other on one core, those first that say
most. A run that was stopped goes on exactly where it was, so the same command continues the sweep;
snapshots of all states are kept for `measure.py`.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import NamedTuple

from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
flags.DEFINE_float("minutes", 1e6, "Stop after so many, in the middle of a run if need be.")
flags.DEFINE_integer("resolution", 16, "Side of the pictures.")
flags.DEFINE_integer("kimg", 600, "Length of each run.")
flags.DEFINE_integer("only", None, "Runs of so many pictures alone.")
flags.DEFINE_boolean("list", False, "Print the state of every run, and stop.")

SNAPSHOT_KIMG = 20
# One thread, so that several sweeps can share a machine.
ONE_THREAD = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1")  # fmt: skip


class Run(NamedTuple):
    """A run of the sweep."""

    pictures: int
    aug: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.pictures:05d}-{self.aug}-{self.seed}"


def sweep() -> list[Run]:
    """All runs, in the order in which they are worth having."""
    order = [(100, 0), (300, 0), (1000, 0), (10000, 0), (3000, 0), (300, 1), (1000, 1)]
    return [Run(pictures, aug, seed) for pictures, seed in order for aug in ("noaug", "ada")]


def command(run: Run, out: pathlib.Path) -> list[str]:
    """What trains or continues a run."""
    return [
        sys.executable, "-m", "ada_tf.cli.train", "--preset=tiny", f"--data=creatures:{run.pictures}",
        f"--resolution={FLAGS.resolution}", f"--kimg={FLAGS.kimg}", f"--aug={run.aug}",
        f"--seed={run.seed}", "--snapshots=state", f"--snapshot_kimg={SNAPSHOT_KIMG}",
        f"--outdir={out / run.name}",
    ]  # fmt: skip


def kimg_done(run: Run, out: pathlib.Path) -> int:
    """Where the newest snapshot of a run is."""
    found = [
        int(path.stem.rpartition("-")[2]) for path in out.glob(f"{run.name}/*/snapshots/*.index")
    ]
    return max(found, default=0) // 1000


def main(_):
    out = pathlib.Path(FLAGS.out).absolute()
    end = time.monotonic() + 60 * FLAGS.minutes
    for run in sweep():
        if FLAGS.only not in (None, run.pictures):
            continue
        done = kimg_done(run, out)
        if FLAGS.list:
            print(f"{run.name}  {done} kimg of {FLAGS.kimg}")
            continue
        if done >= FLAGS.kimg:
            continue
        print(f"{run.name} from {done} kimg", flush=True)
        process = subprocess.Popen(command(run, out), env={**os.environ, **ONE_THREAD})
        try:
            process.wait(max(end - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)  # saves first
            process.wait()
            return
        if process.returncode:
            sys.exit(process.returncode)


if __name__ == "__main__":
    app.run(main)
