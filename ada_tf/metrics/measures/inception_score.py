"""Inception score (arXiv 1606.03498)."""

import itertools

import numpy as np

from ada_tf.metrics.measures.estimate import Estimate

SPLITS = 10  # of the paper


def inception_score(probabilities, splits=SPLITS) -> tuple[float, float]:
    """Exp of the mean KL divergence between p(y | x) and p(y), of contiguous splits.

    Args:
        probabilities: float [N, classes], rows sum to 1.
        splits: how many.

    Returns:
        (mean, population standard deviation) over the splits.
    """
    p = np.asarray(probabilities, np.float64)
    edges = [i * len(p) // splits for i in range(splits + 1)]
    scores = [np.exp(_divergence(p[a:b])) for a, b in itertools.pairwise(edges) if b > a]
    return float(np.mean(scores)), float(np.std(scores))


def inception_score_estimate(probabilities, splits=SPLITS) -> tuple[Estimate, Estimate]:
    """`inception_score`; the standard error of the mean is that of a mean of independent splits."""
    mean, std = inception_score(probabilities, splits)
    scored = min(splits, len(probabilities))
    error = std / np.sqrt(scored - 1) if scored > 1 else None  # std is that of the population
    return Estimate(mean, error), Estimate(std)


def _divergence(p) -> float:
    """Mean over rows of KL(p || mean of p), in nats; 0 log 0 is 0."""
    marginal = p.mean(axis=0, keepdims=True)
    log_p = np.log(np.where(p > 0, p, 1))
    log_marginal = np.log(np.where(marginal > 0, marginal, 1))
    return float((p * (log_p - log_marginal)).sum(axis=1).mean())
