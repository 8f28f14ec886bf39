import numpy as np

from ada_tf.inference.latents import latents_from_seeds


def test_latents_are_those_of_numpy_and_do_not_depend_on_each_other():
    z = latents_from_seeds([5, 0, 5, 2**32 - 1], 16)
    assert z.dtype == np.float32
    assert z.shape == (4, 16)
    expected = np.random.RandomState(5).randn(1, 16).astype(np.float32)
    np.testing.assert_array_equal(z[:1], expected)
    np.testing.assert_array_equal(z[0], z[2])
    np.testing.assert_array_equal(latents_from_seeds([0], 16)[0], z[1])
    # First draw of the Mersenne Twister seeded with 0, a number known to every NumPy user.
    np.testing.assert_allclose(z[1, 0], 1.76405235, rtol=1e-7)
