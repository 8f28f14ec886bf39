"""What generators of some runs draw, a row each, not selected.

python -m experiments.leak.pictures --out=/tmp/leak
"""

import pathlib

import matplotlib.figure
import numpy as np
from absl import app, flags

from experiments.leak import figures
from experiments.leak.run import Leak, generator_of

FLAGS = flags.FLAGS
HERE = pathlib.Path(__file__).parent
COLUMNS = 24
# Those that say most: nothing, what does not leak yet, what does, a colour that is lost, and cuts,
# which do not leak.
SHOWN = (
    Leak("rotate", 0.0), Leak("rotate90", 0.8), Leak("rotate90", 0.9), Leak("rotate90", 0.9, 1),
    Leak("rotate", 1.0), Leak("rotate", 1.0, 1), Leak("rotate", 1.0, 2),
    Leak("hue", 0.3), Leak("hue", 0.6), Leak("hue", 1.0), Leak("cutout", 1.0),
)  # fmt: skip


def name(run: Leak) -> str:
    """What a row is called."""
    return f"{figures.NAMES[run.transform]}, {run.p:g}" if run.p else "none"


def figure(rows: dict[Leak, np.ndarray]) -> matplotlib.figure.Figure:
    """Run -> uint8 [N, R, R, 3], a row each."""
    made = matplotlib.figure.Figure((9.6, 0.36 * len(rows)), layout="constrained")
    made.get_layout_engine().set(h_pad=0, hspace=0)
    for axes, (run, images) in zip(made.subplots(len(rows)), rows.items(), strict=True):
        axes.imshow(np.concatenate([*images], axis=1), interpolation="nearest")
        axes.set(xticks=[], yticks=[], frame_on=False)
        axes.set_ylabel(name(run), rotation=0, ha="right", va="center", fontsize=8)
    return made


def drawn_by(run: Leak, out) -> np.ndarray:
    """The first pictures of a run: uint8 [COLUMNS, R, R, 3]."""
    from ada_tf.metrics.images.generated import images_of_generator

    (images,) = images_of_generator(generator_of(run, out)).batches(COLUMNS)  # fewer than a batch
    return images


def main(_):
    rows = {run: drawn_by(run, FLAGS.out) for run in SHOWN}
    figure(rows).savefig(HERE / "pictures.png", dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    app.run(main)
