"""What changes while a picture is projected (arXiv 1912.04958, appendix D)."""

import math

RAMP_UP, RAMP_DOWN = 0.05, 0.25  # parts of the steps
NOISE_PART = 0.75  # of the steps, in which w is jittered
NOISE = 0.05  # of the deviation of w, at the start


def learning_rate(t: float, base: float) -> float:
    """Rises for the first twentieth, falls as a cosine over the last quarter.

    Args:
        t: steps done, 0 to 1 of all.
        base: in between.
    """
    down = min(1.0, (1 - t) / RAMP_DOWN)
    return base * (0.5 - 0.5 * math.cos(math.pi * down)) * min(1.0, t / RAMP_UP)


def noise_of_w(t: float, deviation: float, strength: float = NOISE) -> float:
    """Standard deviation of what is added to w, so that the search does not stay where it begins.

    Args:
        t: steps done, 0 to 1 of all.
        deviation: of w, see `w_statistics.WStatistics`.
        strength: of it at the start.
    """
    return deviation * strength * max(0.0, 1 - t / NOISE_PART) ** 2
