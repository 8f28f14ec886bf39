"""The sweep on a card: larger pictures, and as many images for each run as the minutes allow.

    python -m experiments.size_sweep.card --out=/tmp/card --resolution=64 --minutes=40
    python -m experiments.size_sweep.card --out=/tmp/card --resolution=64 --minutes=40 --measure
    python -m experiments.size_sweep.card --out=/tmp/rehearsal --minutes=5 --rehearse   # a CPU will do

The first two runs, one without ADA and one with it, are trained for a while and timed; what is left of
the minutes then decides how long all runs are, or how many there are, the first ones being worth
most. The plan is kept in `plan.json`: the same command goes on with it where it was stopped.
"""

import json
import pathlib
import time
from typing import NamedTuple

from absl import app, flags

from experiments import runs, states
from experiments.runs import Run
from experiments.size_sweep.run import sweep

FLAGS = flags.FLAGS


class Lengths(NamedTuple):
    """Lengths in kimg.

    Attributes:
        trial: after which the pace is known.
        keep: between the states that are kept.
        least: below which there are rather fewer runs.
    """

    trial: int
    keep: int
    least: int


ON_A_CARD, REHEARSED = Lengths(20, 40, 1000), Lengths(1, 2, 4)
# Overfitting goes by epochs: without ADA r_v passes 0.5 after 600 to 760 of them, at any number of pictures.
# So 1,000 pictures come first, which turn before 1,000 kimg; 10,000 say nothing within minutes.
ORDER = [(1000, 0), (300, 0), (3000, 0), (1000, 1), (100, 0), (10000, 0)]
FEWEST = 2  # runs, without ADA and with it


def plan(
    every: list[Run], pace: dict, start: dict, seconds: float, lengths: Lengths = ON_A_CARD
) -> list[Run]:
    """Which runs fit into the time, and how long they are.

    Args:
        every: all runs; the first two have been tried.
        pace: augmentation -> seconds for 1,000 images.
        start: augmentation -> seconds before the first image.
        seconds: that are left.
        lengths: of runs.
    """
    trial, keep, least = lengths
    for count in range(len(every), 0, -2):
        some = every[:count]
        left = seconds - sum(start[_aug(run)] for run in some)  # of the first two a second one
        left += trial * sum(pace[_aug(run)] for run in some[:2])  # is done
        kimg = int(left / sum(pace[_aug(run)] for run in some)) // keep * keep
        if kimg >= least or count <= FEWEST:
            return [run._replace(kimg=max(kimg, keep)) for run in some]
    raise ValueError("there are no runs")


def planned(given, out: pathlib.Path, minutes: float, lengths: Lengths) -> list[Run]:
    """The plan of a folder, which is made if there is none."""
    file, keep = out / "plan.json", lengths.keep
    if not file.exists():
        begin = time.monotonic()
        every, pace, start = sweep(given, lengths.trial, keep, ORDER), {}, {}
        for run in every[:2]:
            before = time.monotonic()
            runs.train([run], out, environment={})
            lines = states.read(runs.folder(run, out) / "stats.jsonl")
            aug, took = _aug(run), time.monotonic() - before
            pace[aug] = lines[-1]["Timing/sec_per_kimg"]["mean"]
            start[aug] = max(took - lengths.trial * pace[aug], 0.0)
        some = plan(every, pace, start, 60 * minutes - (time.monotonic() - begin), lengths)
        numbers = {"runs": len(some), "kimg": some[0].kimg, "sec_per_kimg": pace, "start": start}
        file.write_text(json.dumps(numbers, indent=1) + "\n")
    numbers = json.loads(file.read_text())
    return sweep(given, numbers["kimg"], keep, ORDER)[: numbers["runs"]]


def main(_):
    begin, out = time.monotonic(), pathlib.Path(FLAGS.out)
    out.mkdir(parents=True, exist_ok=True)
    # `small` has 0.2 weights for each number of 1,000 pictures of 64 pixels, near the paper's 0.13;
    # `medium` copies them. Gamma and the rest follow the resolution, and not the pictures.
    given, lengths = ("--preset=small", f"--resolution={FLAGS.resolution}"), ON_A_CARD
    if FLAGS.rehearse:
        # Ticks within the trial tell its pace.
        given = ("--preset=tiny", "--resolution=8", "--set=kimg_per_tick=0.25")
        lengths = REHEARSED
    some = planned(given, out, FLAGS.minutes, lengths)
    if FLAGS.measure:
        at = range(lengths.keep, some[0].kimg, lengths.keep)
        states.measure(some, at, out, out / "results.jsonl")
    else:
        left = FLAGS.minutes - (time.monotonic() - begin) / 60
        runs.train(some, out, left, environment={})
    print(runs.describe(some, out))


def _aug(run: Run) -> str:
    return run.name.split("-")[1]


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    flags.DEFINE_integer("resolution", 64, "Side of the pictures, 64 or 256, say.")
    flags.DEFINE_float(
        "minutes", 40.0, "Stop after so many; the first time also: plan for so many."
    )
    flags.DEFINE_boolean("measure", False, "Measure what there is, instead of training.")
    flags.DEFINE_boolean("rehearse", False, "Tiny runs, which a CPU does in minutes.")
    app.run(main)
