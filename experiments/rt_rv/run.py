"""Two ways to see overfitting: the sign of D on training pictures (r_t), or where held-out ones lie (r_v).

    python -m experiments.rt_rv.run --out=/tmp/rt_rv --minutes=60

Trains `tiny` on 1,000 creatures twice, with 300 held out in both: with `--aug=ada`, which looks at
r_t alone, and with `--aug=adarv` (arXiv 2006.06676, section 3).
"""

from absl import app, flags

from experiments import runs
from experiments.runs import Run

FLAGS = flags.FLAGS
KIMG = 600
DATA = ("--preset=tiny", "--data=creatures:1300", "--subset=1000", "--validation=300")


def both() -> list[Run]:
    """The runs."""
    return [Run(aug, (*DATA, "--resolution=16", f"--aug={aug}"), KIMG) for aug in ("ada", "adarv")]


def main(_):
    runs.train(both(), FLAGS.out, FLAGS.minutes)
    print(runs.describe(both(), FLAGS.out))


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    flags.DEFINE_float("minutes", 1e6, "Stop after so many, in the middle of a run if need be.")
    app.run(main)
