"""Is a standard error that of independent samples? By drawing many."""

import numpy as np


def ratio_to_spread(compare, samples: int, seed: int = 0) -> float:
    """Root mean square of the reported errors over the standard deviation of the values.

    Args:
        compare: rng -> Estimate of two samples it draws.
        samples: how many times.
        seed: of them.
    """
    rng = np.random.default_rng(seed)
    found = [compare(rng) for _ in range(samples)]
    errors = np.array([estimate.error for estimate in found])
    return float(np.sqrt(np.mean(errors**2)) / np.std([e.value for e in found], ddof=1))
