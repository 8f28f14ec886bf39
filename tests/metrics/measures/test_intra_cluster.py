import numpy as np
import pytest

from ada_tf.metrics.measures import intra_cluster
from ada_tf.metrics.measures.intra_cluster import intra_cluster_distance, squared_distances
from tests.metrics.spread import ratio_to_spread
from tests.sentences import refused

CENTRES = 20 * np.eye(4, 6)


def around(rng, counts, spread=1.0):
    """Images around the first centres."""
    centres = np.repeat(CENTRES[: len(counts)], counts, axis=0)
    return centres + spread * rng.standard_normal(centres.shape)


def direct(training, fake):
    """The mean over clusters of the mean over pairs, by loops."""
    cluster = [int(np.square(training - x).sum(axis=1).argmin()) for x in fake]
    means = []
    for c in set(cluster):
        members = [x for x, of in zip(fake, cluster, strict=True) if of == c]
        pairs = [np.square(x - y).sum() for i, x in enumerate(members) for y in members[:i]]
        if pairs:
            means.append(np.mean(pairs))
    return np.mean(means)


def test_against_loops_and_the_jackknife():
    fake = around(np.random.default_rng(0), [5, 2, 1, 4])  # two images, one image
    found = intra_cluster_distance(CENTRES, fake)
    np.testing.assert_allclose(found.distance.value, direct(CENTRES, fake), rtol=1e-9)
    np.testing.assert_array_equal(found.counts, [5, 2, 1, 4])
    left = [direct(CENTRES, np.delete(fake, i, 0)) for i in range(12)]
    np.testing.assert_allclose(found.distance.error, np.sqrt(11 * np.var(left)), rtol=1e-9)


def test_copies_do_not_vary():
    copies = np.repeat(CENTRES, 3, axis=0)
    assert intra_cluster_distance(CENTRES, copies).distance.value == 0
    assert intra_cluster_distance(CENTRES, copies).distance.error == 0
    near = around(np.random.default_rng(1), [5, 5, 5, 5], 0.1)
    far = around(np.random.default_rng(1), [5, 5, 5, 5])
    ratio = intra_cluster_distance(CENTRES, far).distance.value / (
        intra_cluster_distance(CENTRES, near).distance.value
    )
    assert ratio == pytest.approx(100, rel=1e-6)


def test_error_is_the_spread_of_independent_samples():
    compare = lambda rng: intra_cluster_distance(CENTRES, around(rng, [8, 4, 6, 2])).distance  # noqa: E731
    assert 1 / 1.3 < ratio_to_spread(compare, 300) < 1.3


def test_no_error_where_nothing_would_be_left():
    rng = np.random.default_rng(2)
    assert intra_cluster_distance(CENTRES, around(rng, [2])).distance.error is None
    assert intra_cluster_distance(CENTRES, around(rng, [3])).distance.error is not None
    assert intra_cluster_distance(CENTRES, around(rng, [2, 2])).distance.error is not None


def test_columns_at_a_time(monkeypatch):
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal([4, 7]).astype(np.float32), rng.standard_normal([5, 7])
    expected = np.square(a[:, None] - b[None]).sum(axis=-1)
    for columns in (3, 7, 100):
        monkeypatch.setattr(intra_cluster, "COLUMNS", columns)
        np.testing.assert_allclose(squared_distances(a, b), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("training", "fake"),
    [
        (CENTRES, CENTRES),
        (CENTRES, CENTRES[:1]),
        (CENTRES[:0], CENTRES),
        (CENTRES[:, :5], CENTRES),
    ],
)
def test_wrong_sides(training, fake):
    with refused():
        intra_cluster_distance(training, fake)
