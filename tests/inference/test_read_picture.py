import numpy as np
import PIL.Image
import pytest

from ada_tf.data.crop import Fit
from ada_tf.inference.read_picture import read_picture
from ada_tf.shape import Shape
from tests.sentences import refused


def test_as_training_pictures_are_read(tmp_path):
    pixels = np.random.RandomState(0).randint(0, 256, [16, 48, 3], np.uint8)
    PIL.Image.fromarray(pixels).save(tmp_path / "a.png")
    whole = read_picture(tmp_path / "a.png", Shape(16, 48, 3))
    np.testing.assert_array_equal(whole, pixels)
    middle = read_picture(tmp_path / "a.png", Shape(16, 16, 3))
    np.testing.assert_array_equal(middle, pixels[:, 16:32])
    padded = read_picture(tmp_path / "a.png", Shape(48, 48, 3), Fit("pad", "black"))
    np.testing.assert_array_equal(padded[16:32], pixels)
    assert not padded[:16].any()
    deep = read_picture(tmp_path / "a.png", Shape(16, 48, 4), bits=16)
    np.testing.assert_array_equal(deep[..., :3], pixels.astype(np.uint16) * 257)
    assert read_picture(tmp_path / "a.png", Shape(8, 8, 1)).shape == (8, 8, 1)


def test_bands_of_arrays(tmp_path):
    bands = np.random.RandomState(0).randint(0, 256, [8, 8, 6], np.uint8)
    np.save(tmp_path / "a.npy", bands)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.npy", Shape(8, 8, 6)), bands)


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_is_one_sentence(tmp_path, content):
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with refused("target="):
        read_picture(path, Shape(8, 8, 3))


def test_an_address_is_refused():
    with refused("target='https://host/a.png'"):
        read_picture("https://host/a.png", Shape(8, 8, 3))
