"""The program of an experiment that consists of runs: it trains, lists or measures them.

Several programs may work on runs of one folder side by side if `--only` names different ones, and
one may measure what others have kept so far.
"""

import sys
from collections.abc import Callable, Sequence

from absl import app, flags

from experiments import runs, states
from experiments.runs import Run

FLAGS = flags.FLAGS


def program(every: Callable[[], Sequence[Run]], at: Sequence[int]) -> None:
    """Train, list or measure those runs that --only names.

    Args:
        every: gives all runs, in the order in which they are worth having.
        at: kimg that are measured, beside the last.
    """

    def main(_):
        known = every()
        chosen = [run for run in known if run.name.startswith(FLAGS.only)]
        if not chosen:
            names = ", ".join(run.name for run in known)
            sys.exit(f"--only={FLAGS.only} must begin the name of a run: {names}.")
        if FLAGS.results:
            states.measure(chosen, at, FLAGS.out, FLAGS.results)
        elif not FLAGS.list:
            runs.train(chosen, FLAGS.out, FLAGS.minutes)
        print(runs.describe(chosen, FLAGS.out))

    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    flags.DEFINE_float("minutes", 1e6, "Stop after so many, in the middle of a run if need be.")
    flags.DEFINE_string("only", "", "Runs whose names begin so.")
    flags.DEFINE_boolean("list", False, "Print the state of every run, and stop.")
    flags.DEFINE_string(
        "results", None, "File for the numbers, .jsonl: measure instead of training."
    )
    app.run(main)
