"""Numbers that look random and are the same on every machine, without a file of weights."""

import numpy as np


def numbers(seed: int, *shape: int) -> np.ndarray:
    """Float32 [*shape], spread evenly over [-1, 1)."""
    at = np.arange(np.prod(shape, dtype=int), dtype=np.float64)
    return (
        (2 * np.modf(np.abs(np.sin(at * 12.9898 + seed) * 43758.5453))[0] - 1)
        .astype(np.float32)
        .reshape(shape)
    )


def state(shapes: dict[str, tuple], gain: float = 1.0) -> dict[str, np.ndarray]:
    """Weights under PyTorch's names for which activations neither die nor explode.

    Args:
        shapes: name -> shape; counters of batches are passed over.
        gain: of all kernels.
    """
    weights = {}
    for seed, (name, shape) in enumerate(sorted(shapes.items())):
        draw = numbers(seed, *shape)
        if name.endswith("running_var"):
            weights[name] = 1 + 0.5 * draw
        elif len(shape) > 1:
            weights[name] = gain * draw * np.float32((6 / np.prod(shape[1:])) ** 0.5)
        elif name.endswith(("weight", "gamma")):  # of a normalisation
            weights[name] = 1 + 0.2 * draw
        else:
            weights[name] = 0.1 * draw
    return weights


def images(count: int, side: int) -> np.ndarray:
    """Smooth colours, uint8 [count, side, side, 3]."""
    coarse = numbers(1000, count, 4, 4, 3).repeat(-(-side // 4), 1).repeat(-(-side // 4), 2)
    fine = 0.2 * numbers(1001, count, side, side, 3)
    return np.clip(127.5 * (1 + 0.8 * coarse[:, :side, :side] + fine), 0, 255).astype(np.uint8)
