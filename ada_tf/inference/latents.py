"""Latents from seeds: the same seed, the same z, whatever the batch."""

import re

import numpy as np

from ada_tf.errors import UserError

MAX_SEED = 2**32 - 1  # what numpy.random.RandomState takes
MAX_SEEDS = 10**6  # of one command: more is a slip of the finger, and their list alone fills memory


def latents_from_seeds(seeds, z_dim: int) -> np.ndarray:
    """Draw z ~ N(0, I) for each seed: RandomState(seed).randn(1, z_dim), as published galleries do.

    Args:
        seeds: integers of 0 to `MAX_SEED`.
        z_dim: width of the latents.

    Returns:
        float32 [len(seeds), z_dim].
    """
    z = np.empty([len(seeds), z_dim], np.float32)
    for row, seed in zip(z, seeds, strict=True):
        row[:] = np.random.RandomState(seed).randn(1, z_dim)[0]
    return z


def parse_seeds(text: str) -> list[int]:
    """Seeds written as numbers and ranges: "1,2,5-10" is 1, 2 and 5 to 10.

    Raises:
        UserError: `text` is anything else.
    """
    seeds = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last > MAX_SEED:
            raise UserError(
                f"seeds={text!r} must be numbers up to {MAX_SEED} and rising ranges, like 1,2,5-10."
            )
        if len(seeds) + last - first >= MAX_SEEDS:
            raise UserError(f"seeds={text[:80]!r} must be at most {MAX_SEEDS} seeds at a time.")
        seeds += range(first, last + 1)
    return seeds
