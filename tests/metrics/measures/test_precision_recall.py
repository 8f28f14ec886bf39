import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.measures.precision_recall import inside, precision_recall, radii
from ada_tf.metrics.measures.samples import distance_blocks


def points(seed, n=60, d=4):
    return np.random.default_rng(seed).standard_normal([n, d])


def brute(real, fake, k):
    """(precision, recall) by loops."""
    distance = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=-1)  # noqa: E731
    ball = lambda x: np.sort(distance(x, x), axis=1)[:, k]  # noqa: E731
    covered = lambda probes, x: (distance(probes, x) <= ball(x)).any(axis=1).mean()  # noqa: E731
    return covered(fake, real), covered(real, fake)


@pytest.mark.parametrize("k", [1, 3])
def test_against_loops(k):
    real, fake = points(0), points(1, n=45) * 1.5
    assert precision_recall(real, fake, k, half=False) == brute(real, fake, k)


def test_same_and_far():
    x = points(2)
    assert precision_recall(x, x) == (1, 1)
    assert precision_recall(x, x + 100) == (0, 0)


def test_dropped_modes_cost_recall_only():
    real = np.concatenate([points(3), points(4) + 50])
    precision, recall = precision_recall(real, points(5) * 0.5, half=False)
    assert precision == 1
    assert recall <= 0.5


def test_blocks_cover_everything():
    a, b = points(6, n=7), points(7, n=5)
    blocks = list(distance_blocks(a, b, block=12))
    assert [rows.stop - rows.start for rows, _ in blocks] == [2, 2, 2, 1]
    found = np.concatenate([d for _, d in blocks])
    np.testing.assert_allclose(found, np.linalg.norm(a[:, None] - b[None], axis=-1), atol=1e-12)


def test_half_keeps_its_type():
    x = points(8).astype(np.float16)
    assert radii(x, 3).dtype == np.float16
    assert inside(x, x, radii(x, 3)).all()


def test_too_few():
    with pytest.raises(UserError, match="3 images have no 3 neighbours"):
        precision_recall(points(0, n=3), points(1))
