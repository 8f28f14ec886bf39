"""One image: any file PIL can read, or .npy -> an array of the wanted shape."""

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import ExifTags, Image, ImageOps

from ada_tf.channels import GREY, RGB
from ada_tf.data import array_picture, heic, numbers
from ada_tf.data import crop as crops
from ada_tf.data.array_picture import ArrayPicture
from ada_tf.data.crop import Fit
from ada_tf.data.planes import planes_of
from ada_tf.shape import Shape

# How files begin.
_NUMPY, _TIFF = b"\x93NUMPY", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

FILTERS = {"lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX}

# EXIF orientations that exchange width and height.
_SIDEWAYS = range(5, 9)


@functools.cache
def _formats() -> tuple[str, ...]:
    """List the formats PIL may open: all but EPS, for which PIL starts an external program."""
    Image.init()
    heic.enable()
    return tuple(sorted(set(Image.OPEN) - {"EPS"}))


@functools.cache
def suffixes() -> frozenset[str]:
    """List the file name endings of readable images, such as ".png"."""
    formats = _formats()
    known = Image.registered_extensions()
    return frozenset([".npy", *(s for s, name in known.items() if name in formats)])


@contextmanager
def strict() -> Iterator[None]:
    """Keep PIL's warnings from the user; the one about decompression bombs becomes an error.

    Filters of warnings belong to the whole process: enter this once, outside the threads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def open_image(stream) -> Image.Image | ArrayPicture:
    """Open an image without decoding its pixels: size and mode are known afterwards."""
    begins = stream.read(max(heic.BEGINNING, *map(len, (_NUMPY, *_TIFF))))
    stream.seek(0)
    if begins.startswith(_NUMPY):
        return array_picture.of_numpy(stream)
    try:
        image = Image.open(stream, formats=_formats())
    except Image.UnidentifiedImageError:
        if heic.is_heic(begins) and not heic.enable():
            raise ValueError(heic.WHY) from None
        if not begins.startswith(_TIFF):
            raise
        image = None
    if image is None or array_picture.has_samples_of_bands(image):
        stream.seek(0)
        return array_picture.of_tiff(stream)
    if array_picture.has_16_bit_colours(image):
        return array_picture.of_16_bit_colours(image, stream)
    return image


def to_shape(image, shape: Shape, fit: Fit, bits: int = 8) -> np.ndarray:
    """Turn an image upright, and crop, pad or resize it to a shape.

    Where alpha is not asked for, it is laid on white.

    Animated images give their first frame.

    Args:
        image: of `open_image`.
        shape: of the result.
        fit: how it comes to it.
        bits: of the result, 8 or 16.

    Returns:
        uint8 or uint16 [H, W, channels].

    Raises:
        Exception: whatever PIL raises for a broken file; ValueError for pixels of no known range.
    """
    if _is_for_pil(image, shape, bits):
        image = flatten(ImageOps.exif_transpose(image), shape.channels)
    else:
        image = planes_of(image, shape.channels, bits)
    shown, at = crops.place(image.size, (shape.width, shape.height), fit.crop)
    image = image.crop(shown).resize(crops.extent(at), FILTERS[fit.resize_filter])
    pixels = np.asarray(image).reshape(image.height, image.width, shape.channels)
    return _padded(pixels, shape, at, fit.pad_color)


def _padded(pixels: np.ndarray, shape: Shape, at: crops.Box, color: str | None) -> np.ndarray:
    """Lay pixels on the ground, see `crop.ground`.

    Args:
        pixels: uint8 or uint16 [h, w, C].
        shape: of the result.
        at: the box of w x h pixels where they lie.
        color: of the ground.

    Returns:
        [H, W, C] of the same type; the pixels themselves if they are all of it.
    """
    if pixels.shape == shape.hwc:
        return pixels
    left, top, right, bottom = at
    result = np.empty(shape.hwc, pixels.dtype)
    result[:] = crops.ground(color, shape.channels, np.iinfo(pixels.dtype).max)
    result[top:bottom, left:right] = pixels
    return result


def upright_size(image) -> tuple[int, int]:
    """(width, height) as `to_shape` turns it; the header alone is looked at."""
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in _SIDEWAYS
    return image.size[::-1] if turned else image.size


def _is_for_pil(image, shape: Shape, bits: int) -> bool:
    """Whether PIL keeps all that is asked for; elsewhere `Planes` do."""
    plain = shape.channels in (GREY, RGB) and bits == 8 and not isinstance(image, ArrayPicture)
    return plain and not numbers.pages_are_channels(image, shape.channels)


def weight(image, shape: Shape, bits: int) -> int:
    """How many times the memory of a pixel of PIL, of 4 bytes, a pixel of an image takes meanwhile."""
    if _is_for_pil(image, shape, bits):
        return 1
    return max(shape.channels, numbers.channels_of(image))


def flatten(image: Image.Image, channels: int) -> Image.Image:
    """Convert any mode to 8-bit grey (1 channel) or RGB (3), transparent parts over white."""
    if image.mode.startswith("I"):
        values = numbers.from_16_bit(image)
        image = Image.fromarray(np.rint(values / 257).astype(np.uint8))  # 65535 = 257 * 255
    elif image.mode == "F":
        raise ValueError("floating-point pixels have no agreed range")
    elif numbers.has_transparency(image):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if channels == 1 and image.mode not in ("1", "L"):
        image = image.convert("RGB")  # PIL knows no direct way to grey for some modes
    return image.convert("L" if channels == 1 else "RGB")
