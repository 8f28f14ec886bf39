"""How many pictures are enough, without and with ADA? The runs of arXiv 2006.06676's figure 7, in small.

    python -m experiments.size_sweep.run --out=/tmp/sweep --minutes=120
    python -m experiments.size_sweep.run --out=/tmp/sweep --list

    python -m experiments.size_sweep.run --out=/tmp/sweep --results=experiments/size_sweep/results.jsonl

Trains `tiny` on the first N creatures, those runs first that say most; the last command measures
what they have kept.
"""

from experiments import runs
from experiments.program import program
from experiments.runs import Run

KIMG, RESOLUTION = 300, 16
AT = (40, 80, 120, 180, 240)  # kimg that are measured, beside the last
GIVEN = ("--preset=tiny", f"--resolution={RESOLUTION}")
# (pictures, seed); each is run without ADA and with it.
ORDER = [(100, 0), (300, 0), (1000, 0), (10000, 0), (3000, 0), (300, 1), (1000, 1)]


def sweep(given=GIVEN, kimg: int = KIMG, keep: int = runs.SNAPSHOT_KIMG, order=ORDER) -> list[Run]:
    """All runs, in the order in which they are worth having.

    Args:
        given: flags that all of them have.
        kimg: length of each.
        keep: kimg between the states that are kept.
        order: (pictures, seed) of each pair.
    """
    return [
        Run(
            f"{pictures:05d}-{aug}-{seed}",
            (*given, f"--data=creatures:{pictures}", f"--aug={aug}", f"--seed={seed}"),
            kimg,
            keep,
        )
        for pictures, seed in order
        for aug in ("noaug", "ada")
    ]


if __name__ == "__main__":
    program(sweep, AT)
