"""The PNGs of prepared sets: read by everybody else, to the pixel."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ada_tf import png


def pictures(side, channels, dtype=np.uint8):
    """Noise, where every sum of neighbours overflows a byte somewhere; a ramp; one colour."""
    white = np.iinfo(dtype).max
    noise = np.random.RandomState(0).randint(0, white + 1, [side, side + 3, channels]).astype(dtype)
    ramp = np.broadcast_to(np.arange(side, dtype=dtype)[:, None, None] * 7, noise.shape)
    return noise, ramp, np.full(noise.shape, white, dtype)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [8, 64])
def test_tensorflow_reads_16_bits(side, channels):
    for pixels in pictures(side, channels, np.uint16):
        encoded = png.encode(pixels)
        np.testing.assert_array_equal(tf.io.decode_png(encoded, dtype=tf.uint16), pixels)
        with Image.open(io.BytesIO(encoded)) as image:
            image.verify()


@pytest.mark.parametrize("channels", [1, 4, 5, 9])
def test_bands_are_folded_into_grey(channels):
    pixels = pictures(8, channels)[0]
    folded = png.folded(pixels)
    assert folded.shape == png.folded_shape(*pixels.shape)
    if channels > 4:
        np.testing.assert_array_equal(folded[8:16, :, 0], pixels[..., 1])
    encoded = png.encode(folded)
    assert encoded.startswith(png.beginning(11, len(folded)))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [8, 64])
def test_others_read_what_was_written(side, channels):
    for pixels in pictures(side, channels):
        encoded = png.encode(pixels)
        assert encoded.startswith(png.beginning(side + 3, side))
        np.testing.assert_array_equal(tf.io.decode_png(encoded), pixels)
        with Image.open(io.BytesIO(encoded)) as image:
            assert (image.format, image.mode) == ("PNG", ["L", "LA", "RGB", "RGBA"][channels - 1])
            np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape), pixels)
        with Image.open(io.BytesIO(encoded)) as image:
            image.verify()  # the checksums


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_picture_is_written_strip_by_strip(channels, dtype):
    for pixels in pictures(64, channels, dtype):
        file = io.BytesIO()
        strips = png.Strips(file, pixels.shape, dtype)
        for strip in np.split(pixels, [1, 8, 40]):
            strips.add(strip)
        found = tf.io.decode_png(file.getvalue(), dtype=dtype)
        np.testing.assert_array_equal(found, pixels)
        with Image.open(io.BytesIO(file.getvalue())) as image:
            image.verify()  # nothing is missing at the end


def test_strips_are_let_go():
    file, strip = io.BytesIO(), np.random.RandomState(0).bytes(2**20)
    pixels = np.frombuffer(strip, np.uint8).reshape(64, -1, 1)
    strips = png.Strips(file, (6400, *pixels.shape[1:]))
    strips.add(pixels)
    assert file.tell() > 2**19  # noise, which cannot be compressed, is in the file


def test_they_are_small():
    flat = np.full([256, 256, 3], 77, np.uint8)
    assert len(png.encode(flat)) < 2000
