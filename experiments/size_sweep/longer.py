"""Is what ADA costs at 1,000 pictures made up for? A pair of the sweep for twice as long.

    python -m experiments.size_sweep.longer --out=/tmp/longer
    python -m experiments.size_sweep.longer --out=/tmp/longer --results=experiments/size_sweep/longer.jsonl
    python -m experiments.curves --results=experiments/size_sweep/longer.jsonl --picture=experiments/size_sweep/longer.png

Runs of seed 1, the first half of which are those of the sweep, so that folders copied from there go on.
"""

from experiments.program import program
from experiments.runs import Run
from experiments.size_sweep.run import KIMG, sweep

AT = (180, 240, 300, 360, 420, 480, 540)  # kimg that are measured, beside the last
# name -> that of the sweep
PAIR = {"1000-noaug": "01000-noaug-1", "1000-ada": "01000-ada-1"}


def every() -> list[Run]:
    """The runs."""
    of_sweep = {run.name: run for run in sweep(kimg=2 * KIMG)}
    return [of_sweep[known]._replace(name=name) for name, known in PAIR.items()]


if __name__ == "__main__":
    program(every, AT)
