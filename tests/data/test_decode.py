import io

import numpy as np
import pytest
from PIL import Image

from ada_tf.data import decode
from ada_tf.data.crop import Fit
from ada_tf.data.fitting_costs import Cost, changes_of
from ada_tf.shape import Shape
from tests.data import samples


@pytest.mark.parametrize("size", [(20, 20), (31, 20), (20, 33), (16, 16), (5, 9)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("name", ["lanczos", "box"])
def test_crop_and_resize(size, mode, name):
    image = samples.noise(1, size, mode)
    ours = decode.to_shape(image, Shape(16, 16, len(image.getbands())), Fit(resize_filter=name))
    assert ours.dtype == np.uint8
    np.testing.assert_array_equal(
        ours, samples.reference(image, 16, getattr(Image.Resampling, name.upper()))
    )


def test_box_halves_by_averaging():
    image = samples.noise(2, (32, 32), "L")
    blocks = np.asarray(image).reshape(16, 2, 16, 2).mean((1, 3))
    ours = decode.to_shape(image, Shape(16, 16, 1), Fit(resize_filter="box"))[..., 0]
    np.testing.assert_allclose(ours, blocks, atol=1)  # PIL rounds after each of two passes


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_lies_on_white(mode):
    image = samples.noise(3, mode=mode)
    pixels = np.asarray(image).astype(float)
    colour, alpha = pixels[..., :-1], pixels[..., -1:] / 255
    expected = colour * alpha + 255 * (1 - alpha)
    channels = colour.shape[-1]
    flat = np.asarray(decode.flatten(image, channels)).reshape(20, 20, channels)
    np.testing.assert_allclose(flat, expected, atol=1)


def test_transparent_entry_of_a_palette_is_white():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([200, 0, 0, 0, 0, 90])
    image.paste(1, (2, 0, 4, 4))
    image.info["transparency"] = 0
    flat = np.asarray(decode.flatten(image, 3))
    np.testing.assert_array_equal(flat[0, 0], [255, 255, 255])
    np.testing.assert_array_equal(flat[0, 3], [0, 0, 90])


def test_16_bit_values_are_scaled():
    values = np.array([[0, 257], [32768, 65535]], np.uint16)
    for array in (values, values.astype(np.int32)):
        flat = decode.flatten(Image.fromarray(array), 1)
        np.testing.assert_array_equal(np.asarray(flat), [[0, 1], [128, 255]])


@pytest.mark.parametrize("array", [np.full([2, 2], 70000, np.int32), np.ones([2, 2], np.float32)])
def test_values_of_no_known_range_are_refused(array):
    with pytest.raises(ValueError, match="no agreed range"):
        decode.flatten(Image.fromarray(array), 1)


def test_cmyk_is_converted():
    flat = decode.flatten(Image.new("CMYK", (2, 2), (0, 255, 255, 0)), 3)  # no cyan: red
    assert np.asarray(flat)[0, 0].tolist() == [255, 0, 0]
    assert decode.flatten(Image.new("CMYK", (2, 2)), 1).getpixel((0, 0)) == 255


def test_black_and_white_and_colour_to_grey():
    assert decode.flatten(Image.new("1", (2, 2), 1), 1).getpixel((0, 0)) == 255
    grey = decode.flatten(Image.new("RGB", (2, 2), (100, 100, 100)), 1)
    assert (grey.mode, grey.getpixel((0, 0))) == ("L", 100)
    assert decode.flatten(Image.new("L", (2, 2), 7), 3).getpixel((0, 0)) == (7, 7, 7)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_upright(orientation):
    upright = samples.noise(4, (12, 18))
    # What a camera stores so that viewers undo it: the inverse of each EXIF orientation.
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright if orientation == 1 else upright.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    stored.save(file, "png", exif=exif)
    ours = decode.to_shape(decode.open_image(file), Shape(8, 8, 3), Fit())
    np.testing.assert_array_equal(ours, samples.reference(upright, 8))


def test_animations_give_their_first_frame():
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "lime", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "gif", save_all=True, append_images=frames[1:])
    ours = decode.to_shape(decode.open_image(file), Shape(8, 8, 3), Fit())
    np.testing.assert_array_equal(ours, np.broadcast_to([255, 0, 0], [8, 8, 3]))


def test_eps_is_not_opened():
    with pytest.raises(Image.UnidentifiedImageError):
        decode.open_image(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n\n"))
    assert ".eps" not in decode.suffixes()
    assert {".png", ".jpg", ".webp", ".tif"} <= decode.suffixes()


@pytest.mark.parametrize("orientation", [*range(10), 65535, -1, 6.0, "6", None, (6, 6), b"6"])
def test_turned_upright_is_said_of_what_is_turned(orientation):
    image = samples.noise(4, (16, 16))
    image.getexif()[0x0112] = orientation
    turned = decode.to_shape(image, Shape(16, 16, 3), Fit(resize_filter="box"))
    said = "turned upright" in changes_of(image, Shape(16, 16, 3), Fit()).done
    assert said == (turned != np.asarray(image)).any()


@pytest.mark.parametrize(("side", "enlarged"), [(8, True), (16, False), (32, False)])
def test_what_is_enlarged_is_counted(side, enlarged):
    changes = changes_of(samples.noise(5, (side, side + 1)), Shape(16, 16, 3), Fit())
    assert (Cost.SIZE in changes.costs) == enlarged
    assert any("enlarged" in done for done in changes.done) == enlarged
