"""When does quality turn round without ADA? A hundred pictures, and weaker penalties than the sweep's.

    python -m experiments.turn.run --out=/tmp/turn
    python -m experiments.turn.run --out=/tmp/turn --results=experiments/turn/results.jsonl
    python -m experiments.curves --results=experiments/turn/results.jsonl --picture=experiments/turn/curves.png

The runs of `experiments/size_sweep` on 100 pictures have R1 with gamma = 0.1, as `tiny` has. Here it
is 0.01 and 0.
"""

from experiments.program import program
from experiments.runs import Run
from experiments.size_sweep.run import AT, GIVEN, KIMG

GAMMAS = ("0", "0.01")


def every() -> list[Run]:
    """The runs."""
    data = (*GIVEN, "--data=creatures:100", "--seed=0")
    return [
        Run(f"{gamma}-{aug}", (*data, f"--gamma={gamma}", f"--aug={aug}"), KIMG)
        for gamma in GAMMAS
        for aug in ("noaug", "ada")
    ]


if __name__ == "__main__":
    program(every, AT)
