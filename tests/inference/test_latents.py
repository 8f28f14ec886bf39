import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.inference.latents import latents_from_seeds, parse_seeds


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", [3]),
        ("1,2,5-8", [1, 2, 5, 6, 7, 8]),
        (" 4 , 2 - 3 ", [4, 2, 3]),
        ("7-7,7", [7, 7]),
        ("4294967295", [2**32 - 1]),
    ],
)
def test_parse_seeds(text, expected):
    assert parse_seeds(text) == expected


@pytest.mark.parametrize("text", ["", "a", "1,", "5-3", "-1", "1.5", "1-2-3", "4294967296", "1 2"])
def test_bad_seeds_are_refused_by_name(text):
    with pytest.raises(UserError, match=r"^seeds=.*1,2,5-10"):
        parse_seeds(text)
