import numpy as np
import pytest

from ada_tf.metrics.measures import samples
from ada_tf.metrics.measures.samples import to_nearest


@pytest.mark.parametrize("block", [5, 40, 10**6])
def test_to_nearest(monkeypatch, block):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal([23, 4]), rng.standard_normal([31, 4])
    monkeypatch.setattr(samples.distance_blocks, "__defaults__", (block,))
    pairs = np.linalg.norm(a[:, None] - b[None], axis=-1)
    found, indices = to_nearest(a, b)
    np.testing.assert_allclose(found, pairs.min(axis=1), rtol=1e-9)
    np.testing.assert_array_equal(indices, pairs.argmin(axis=1))
    own = np.linalg.norm(a[:, None] - a[None], axis=-1) + 1e9 * np.eye(23)
    found, indices = to_nearest(a)
    np.testing.assert_allclose(found, own.min(axis=1), rtol=1e-9)
    np.testing.assert_array_equal(indices, own.argmin(axis=1))
    assert (to_nearest(a, a)[0] < 1e-6).all()
