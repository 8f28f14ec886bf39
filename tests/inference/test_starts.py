import numpy as np
import pytest

from ada_tf.inference.generate import synthesize
from ada_tf.inference.projection import Starts, affordable
from ada_tf.inference.w_samples import sample_w, statistics_of


def test_random_pictures_are_found_again(plain):
    ws = sample_w(plain[1], count=40)
    starts = Starts(plain[1], ws, count=30)
    assert len(starts) == 30
    targets = synthesize(plain[1], np.repeat(ws[[3, 29, 0], None], 6, axis=1))
    np.testing.assert_array_equal(starts.nearest(targets)[:, 0], ws[[3, 29, 0]])
    several = starts.nearest(targets, 4)
    np.testing.assert_array_equal(several[:, :1], starts.nearest(targets))
    assert len(np.unique(several[0], axis=0)) == 4
    assert starts.nearest(targets, 40).shape == (3, 40, 8)  # more than there are begin anew


@pytest.mark.parametrize(
    ("size", "count"),
    [((16, 16), 10_000), ((64, 64), 10_000), ((128, 64), 5_000), ((1024, 1024), 100)],
)
def test_as_many_as_are_affordable(size, count):
    assert affordable(*size) == count


def test_statistics(conditional):
    ws = sample_w(conditional[1], labels=1, count=1500)
    assert ws.shape == (1500, 8)
    np.testing.assert_array_equal(ws, sample_w(conditional[1], labels=1, count=1500))
    assert np.abs(ws - sample_w(conditional[1], labels=2, count=1500)).max() > 1e-3
    found = statistics_of(np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 4.0], [0.0, -4.0]], np.float32))
    np.testing.assert_allclose(found.mean, [0, 0])
    assert found.deviation == pytest.approx(np.sqrt(12.5))
