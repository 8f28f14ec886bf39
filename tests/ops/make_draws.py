"""Write the golden file of draws: `python -m tests.ops.make_draws`.

A draw that changes makes a resumed run another run. So a line of the file that changes, rather than
being added, is to be explained in the CHANGELOG.
"""

import json
import pathlib

import numpy as np
import tensorflow as tf

from ada_tf.augment import AugmentPolicy, sample_params
from ada_tf.augment.transforms import TRANSFORMS
from ada_tf.data import dataset
from ada_tf.ops import random
from ada_tf.training.iteration.clock import seed_of
from ada_tf.training.iteration.inputs import Draw

FILE = pathlib.Path(__file__).parent.parent / "data" / "golden" / "draws.json"
SEED, BATCH, P = (123456789, -987654321), 6, 0.7
NUMBERS = (0, 1, 1000, 2**31, 5 * 2**48 + 123)
PHASES = ("Gmain", "Greg", "Dmain", "Dreg")
PURPOSES = ("order", "validation", "grid latents", "augmented reals", "exported latents", "noise")
# All transforms there are, the frequency bands too.
FULLEST = AugmentPolicy(**{t.multiplier: 1.0 for t in TRANSFORMS.values()})


def seeds() -> dict:
    """Seeds that are folded from one, by what is folded in."""
    seed = tf.constant(SEED)
    folded = {str(value): random.fold_in(seed, value) for value in (*NUMBERS, *PURPOSES)}
    return {name: np.asarray(value).tolist() for name, value in folded.items()}


def iterations() -> dict:
    """Seeds of an iteration, by phase, and within one of them by what is drawn."""
    phases = {name: seed_of(5, name, 2**48 + 32, 1) for name in PHASES}
    draws = {draw.value: random.fold_in(phases["Gmain"], draw) for draw in Draw}
    return {name: np.asarray(value).tolist() for name, value in {**phases, **draws}.items()}


def parameters(jit_compile: bool) -> dict:
    """What `sample_params` draws with all transforms, by parameter.

    As arrays; XLA numbers the blocks of Philox differently, so its numbers are others.
    """
    draw = tf.function(
        lambda seed: sample_params(seed, BATCH, P, FULLEST),
        autograph=False,
        jit_compile=jit_compile,
    )
    params = draw(tf.constant(SEED))
    return {name: value.numpy() for name, value in params.items()}


def orders() -> list:
    """Two epochs of the stream of 7 images."""
    return [int(i) for i in dataset.shuffled_indices(7, seed=5).take(14)]


def recorded() -> dict:
    """The content of the file."""
    rounded = lambda value: np.asarray(value, np.float64).round(7).tolist()  # noqa: E731
    return {
        "fold_in": seeds(),
        "iteration": iterations(),
        "order": {"7 images": orders()},
        "plain": {name: rounded(value) for name, value in parameters(False).items()},
        "xla": {name: rounded(value) for name, value in parameters(True).items()},
    }


def main():
    """Write it with a line for each draw, so that a diff shows which of them changed."""
    parts = []
    for title, values in recorded().items():
        lines = [f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()]
        parts.append(f"  {json.dumps(title)}: {{\n" + ",\n".join(lines) + "\n  }")
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()
