"""How images come to the side of a network."""

import numpy as np
import pytest
from PIL import Image

from ada_tf.metrics.features import resizing, vgg16
from ada_tf.metrics.features.inception import Resize


@pytest.mark.parametrize("side", [7, 224, 299, 400])
@pytest.mark.parametrize("network", ["inception", "vgg16"])
def test_resized_as_tensorflow_1_did(network, side):
    x = np.random.default_rng(0).integers(0, 256, [1, side, side, 3]).astype(np.uint8)
    if network == "inception":
        found, goal = Resize()(x)[0].numpy() * 128 + 128, 299
    else:
        found, goal = vgg16.VggInput()(x)[0].numpy(), 224
        found = (found * [0.229, 0.224, 0.225] + [0.485, 0.456, 0.406]) * 255
    at = np.arange(goal) * (side / goal)
    low = np.floor(at).astype(int)
    high, t = np.minimum(low + 1, side - 1), (at - low)
    rows = x[0, low] * (1 - t)[:, None, None] + x[0, high] * t[:, None, None]
    expected = rows[:, low] * (1 - t)[:, None] + rows[:, high] * t[:, None]
    np.testing.assert_allclose(found, expected, atol=2e-2)


@pytest.mark.parametrize("side", [32, 299, 350, 1000])
def test_the_clean_resize_is_that_of_clean_fid(side):
    """Channel by channel as float, bicubic by Pillow, back within 0 to 255."""
    x = np.random.default_rng(0).integers(0, 2, [side, side, 3]).astype(np.float32) * 255
    channels = [
        np.asarray(Image.fromarray(x[..., i]).resize([299, 299], Image.Resampling.BICUBIC))
        for i in range(3)
    ]
    expected = np.stack(channels, -1).clip(0, 255)
    found = resizing.clean_bicubic(x[None], 299)[0]
    np.testing.assert_allclose(found, expected, atol=2e-2)
