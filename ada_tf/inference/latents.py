"""Latents from seeds: the same seed, the same z, whatever the batch."""

import numpy as np

MAX_SEED = 2**32 - 1  # what numpy.random.RandomState takes


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
