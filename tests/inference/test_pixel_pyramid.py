import numpy as np
import pytest

from ada_tf.inference.projection import pixel_pyramid, psnr


def distance(a, b):
    return np.sum((pixel_pyramid(a) - pixel_pyramid(b)) ** 2, axis=1)


@pytest.mark.parametrize(
    ("shape", "levels"), [((8, 8, 1), 2), ((16, 16, 3), 3), ((16, 12, 6), 2), ((12, 20, 4), 1)]
)
def test_a_shift_of_grey_counts_in_every_size(shape, levels):
    if shape == (12, 20, 4):
        levels = 2  # 6 x 10, and no smaller
    a = np.zeros([2, *shape], np.float32)
    np.testing.assert_allclose(distance(a, a + 0.5), [0.25 * levels] * 2, rtol=1e-5)


def test_fine_detail_counts_once():
    checks = np.indices([16, 16]).sum(axis=0)[None, ..., None] % 2 * 2.0 - 1
    assert distance(
        checks.astype(np.float32), np.zeros([1, 16, 16, 1], np.float32)
    ) == pytest.approx(1)


def test_psnr_by_hand():
    a = np.full([2, 4, 4, 3], 0.5)
    b = a.copy()
    b[1] -= 0.2
    assert psnr(a, b).tolist() == [np.inf, pytest.approx(20)]
    assert psnr(a + 3, np.ones_like(a)).tolist() == [np.inf] * 2  # files hold nothing beyond white
