"""Runs of an experiment: trained one after the other on one core, stopped and continued at will.

A run that was stopped goes on exactly where it was, so that the command that started an experiment
continues it. Snapshots of whole states are kept, for whatever is measured afterwards.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

SNAPSHOT_KIMG = 20
# One thread, so that several experiments can share a machine.
ONE_THREAD = dict.fromkeys(
    ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1"
)


class Run(NamedTuple):
    """A run.

    Attributes:
        name: of its folder.
        flags: of ada-train, without those of the output.
        kimg: its length.
        keep: kimg between the states that are kept.
    """

    name: str
    flags: tuple[str, ...]
    kimg: int
    keep: int = SNAPSHOT_KIMG


def train(runs: Sequence[Run], out, minutes: float = 1e6, environment=ONE_THREAD) -> None:
    """Train or continue runs, in their order, for so many minutes, in an environment.

    Raises:
        SystemExit: a run has failed.
    """
    end = time.monotonic() + 60 * minutes
    for run in runs:
        done = kimg_done(run, out)
        if done >= run.kimg:
            continue
        print(f"{run.name} from {done} kimg", flush=True)
        process = subprocess.Popen(command(run, out), env={**os.environ, **environment})
        try:
            process.wait(max(end - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)  # saves first
            process.wait()
            return
        if process.returncode:
            sys.exit(process.returncode)


def command(run: Run, out) -> list[str]:
    """What trains or continues a run."""
    return [
        sys.executable, "-m", "ada_tf.cli.train", *run.flags, f"--kimg={run.kimg}",
        "--snapshots=state", f"--snapshot_kimg={run.keep}", "--metrics=none",
        f"--outdir={pathlib.Path(out) / run.name}",
    ]  # fmt: skip


def describe(runs: Sequence[Run], out) -> str:
    """The state of every run, a line each."""
    return "\n".join(f"{run.name}  {kimg_done(run, out)} kimg of {run.kimg}" for run in runs)


def folder(run: Run, out) -> pathlib.Path | None:
    """The run directory of a run, or None before it has begun."""
    return next(iter(sorted((pathlib.Path(out) / run.name).glob("00000-*"))), None)


def kimg_done(run: Run, out) -> int:
    """Where the newest snapshot of a run is."""
    return max((images // 1000 for images in states(run, out)), default=0)


def states(run: Run, out) -> dict[int, str]:
    """Image counter -> snapshot, of all that a run has kept, in their order."""
    where = folder(run, out)
    found = [] if where is None else (where / "snapshots").glob("images-*.index")
    by_images = {int(path.stem.rpartition("-")[2]): str(path.with_suffix("")) for path in found}
    return dict(sorted(by_images.items()))
