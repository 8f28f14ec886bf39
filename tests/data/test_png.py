"""The PNGs of prepared sets: read by everybody else, to the pixel."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ada_tf.data import png


def pictures(side, channels):
    """Noise, where every sum of neighbours overflows a byte somewhere; a ramp; one colour."""
    noise = np.random.RandomState(0).randint(0, 256, [side, side, channels], np.uint8)
    ramp = np.broadcast_to(np.arange(side, dtype=np.uint8)[:, None, None] * 7, noise.shape)
    return noise, ramp, np.full(noise.shape, 255, np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 64])
def test_others_read_what_was_written(side, channels):
    for pixels in pictures(side, channels):
        encoded = png.encode(pixels)
        assert encoded.startswith(png.beginning(side, side))
        np.testing.assert_array_equal(tf.io.decode_png(encoded), pixels)
        with Image.open(io.BytesIO(encoded)) as image:
            assert (image.format, image.mode) == ("PNG", {1: "L", 3: "RGB"}[channels])
            np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape), pixels)
        with Image.open(io.BytesIO(encoded)) as image:
            image.verify()  # the checksums


def test_they_are_small():
    flat = np.full([256, 256, 3], 77, np.uint8)
    assert len(png.encode(flat)) < 2000
