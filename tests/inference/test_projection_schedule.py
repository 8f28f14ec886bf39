import pytest

from ada_tf.inference.projection import learning_rate, noise_of_w


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (0, 0),
        (0.025, 0.05),
        (0.05, 0.1),
        (0.5, 0.1),
        (0.75, 0.1),
        (0.875, 0.05),
        (0.9375, 0.0146447),
    ],
)
def test_learning_rate_by_hand(t, expected):
    assert learning_rate(t, 0.1) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("t", "expected"), [(0, 0.3), (0.375, 0.075), (0.75, 0), (0.9, 0)])
def test_noise_by_hand(t, expected):
    assert noise_of_w(t, deviation=6.0) == pytest.approx(expected)
