import numpy as np

from ada_tf.metrics.copies.small_pixels import small_pixels
from tests.metrics.sets import images


def test_means_of_cells():
    pixels = images(0, count=3, side=32)
    means = pixels.astype(np.float64).reshape(3, 16, 2, 16, 2, 3).mean(axis=(2, 4))
    flat = means.transpose(0, 3, 1, 2).reshape(3, -1)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    found = small_pixels(pixels)
    assert (found.shape, found.dtype) == ((3, 768), np.float32)
    np.testing.assert_allclose(found, flat, atol=1e-6)


def test_brightness_and_contrast_change_nothing():
    pixels = images(0, count=3, side=20).astype(np.float32)
    np.testing.assert_allclose(small_pixels(pixels * 0.5 + 30), small_pixels(pixels), atol=1e-6)


def test_sides_that_do_not_divide():
    ramp = np.broadcast_to(np.arange(24, dtype=np.float32)[None, :, None, None], [1, 24, 40, 1])
    found = small_pixels(ramp, side=16).reshape(16, 16)
    steps = np.diff(found[:, 0])
    np.testing.assert_allclose(steps, np.resize([steps[0], steps[1]], 15), atol=1e-6)
    np.testing.assert_allclose(found, np.tile(found[:, :1], 16), atol=1e-6)
    small = images(1, count=2, side=8)  # fewer pixels than cells
    np.testing.assert_allclose(
        small_pixels(small)[:, :2], np.repeat(small_pixels(small)[:, :1], 2, axis=1)
    )


def test_no_contrast_is_zero():
    np.testing.assert_array_equal(small_pixels(np.full([2, 9, 9, 3], 77, np.uint8)), 0)
