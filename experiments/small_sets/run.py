"""Pictures that nobody drew for this: critters, emoji, solar cells, each without ADA and with it.

python tools/fetch_critters.py --out=/tmp/sets/critters --count=1100
python tools/fetch_emoji.py --out=/tmp/sets/emoji --skin_tones=false
python tools/fetch_elpv.py --out=/tmp/sets/elpv --classes=false
python -m experiments.small_sets.run --sets=/tmp/sets --out=/tmp/small_sets --minutes=60

A run that was stopped goes on; held-out pictures are those that `--validation` keeps.
"""

import pathlib

from absl import flags

from experiments.program import program
from experiments.runs import Run

FLAGS = flags.FLAGS
AT = (40, 100, 200)
# name -> (pictures trained on, held out, side, kimg): few, so that a run without ADA overfits early.
SETS = {"critters": (30, 1000, 32, 400), "emoji": (100, 500, 32, 200), "elpv": (100, 500, 64, 100)}


def every(sets) -> list[Run]:
    """The runs on the sets of a folder."""
    return [
        Run(f"{name}-{aug}", (*_flags(pathlib.Path(sets) / name, *numbers), f"--aug={aug}"), kimg)
        for name, (*numbers, kimg) in SETS.items()
        for aug in ("noaug", "ada")
    ]


def _flags(folder, pictures: int, held_out: int, side: int) -> tuple[str, ...]:
    part = (f"--subset={pictures}", f"--validation={held_out}")
    return ("--preset=tiny", f"--data={folder}", f"--resolution={side}", *part)


if __name__ == "__main__":
    flags.DEFINE_string("sets", None, "Folder of the sets.", required=True)
    program(lambda: every(FLAGS.sets), AT)
