"""Two ways to see overfitting: the sign of D on training pictures (r_t), or where held-out ones lie (r_v).

    python -m experiments.rt_rv.run --out=/tmp/rt_rv --minutes=60

Trains `tiny` on 1,000 creatures twice, with 300 held out in both: with `--aug=ada`, which looks at
r_t alone, and with `--aug=adarv` (arXiv 2006.06676, section 3).
"""

from experiments.program import program
from experiments.runs import Run

KIMG = 300
AT = (40, 80, 120, 180, 240)
DATA = ("--preset=tiny", "--data=creatures:1300", "--subset=1000", "--validation=300")


def both() -> list[Run]:
    """The runs."""
    return [Run(aug, (*DATA, "--resolution=16", f"--aug={aug}"), KIMG) for aug in ("ada", "adarv")]


if __name__ == "__main__":
    program(both, AT)
