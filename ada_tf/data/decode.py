"""One image: any file PIL can read, or .npy -> an array of the wanted shape."""

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps

from ada_tf.channels import GREY, RGB, has_alpha, in_words
from ada_tf.data import array_picture, numbers
from ada_tf.data.array_picture import ArrayPicture
from ada_tf.data.planes import planes_of
from ada_tf.shape import Shape, size_of

# How files begin.
_NUMPY, _TIFF = b"\x93NUMPY", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

FILTERS = {"lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX}

# Channels -> modes whose channels they are.
_MODES = {1: ("L", "I", "I;16", "I;16B"), 2: ("LA",), 3: ("RGB",), 4: ("RGBA",)}

# EXIF orientations that mean a turn or a flip; 1 is upright, other numbers mean nothing.
_TURNED = range(2, 9)
_ON_THEIR_SIDE = range(5, 9)  # of these


class Changes(NamedTuple):
    """What is done to an image to make it fit, in words, and whether it has to be enlarged."""

    done: tuple[str, ...]
    enlarged: bool


@functools.cache
def _formats() -> tuple[str, ...]:
    """List the formats PIL may open: all but EPS, for which PIL starts an external program."""
    Image.init()
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
    begins = stream.read(max(map(len, (_NUMPY, *_TIFF))))
    stream.seek(0)
    if begins.startswith(_NUMPY):
        return array_picture.of_numpy(stream)
    try:
        image = Image.open(stream, formats=_formats())
    except Image.UnidentifiedImageError:
        if not begins.startswith(_TIFF):
            raise
        stream.seek(0)
        return array_picture.of_tiff(stream)
    if array_picture.has_16_bit_colours(image):
        return array_picture.of_16_bit_colours(image, stream)
    return image


def to_shape(image, shape: Shape, resize_filter: str, bits: int = 8) -> np.ndarray:
    """Turn an image upright, crop its centre to the wanted ratio and resize it.

    Where alpha is not asked for, it is laid on white.

    Animated images give their first frame.

    Args:
        image: an opened image of any mode.
        shape: of the result.
        resize_filter: a key of FILTERS.
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
    width, height = part_of(image.size, shape)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    image = image.crop((left, top, left + width, top + height))
    image = image.resize((shape.width, shape.height), FILTERS[resize_filter])
    return np.asarray(image).reshape(shape.hwc)


def part_of(size: tuple[int, int], shape: Shape) -> tuple[int, int]:
    """(width, height) of the largest part of an image that has the ratio of a shape.

    Args:
        size: (width, height) of the image.
        shape: whose ratio is kept to within a pixel.
    """
    width, height = size
    widest = max(round(height * shape.width / shape.height), 1)
    highest = max(round(width * shape.height / shape.width), 1)
    return min(width, widest), min(height, highest)


def upright_size(image) -> tuple[int, int]:
    """(width, height) as `to_shape` turns it; the header alone is looked at."""
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in _ON_THEIR_SIDE
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


def changes(image, shape: Shape, bits: int = 8) -> Changes:
    """What `to_shape` does to an image; no words if it fits as it is."""
    done = []
    pages = numbers.pages_are_channels(image, shape.channels)
    frames = getattr(image, "n_frames", 1)
    if pages:
        done.append(f"{frames} pages as channels")
    elif frames > 1:
        done.append(f"first of {frames} frames")
    if image.getexif().get(ExifTags.Base.Orientation, 1) in _TURNED:
        done.append("turned upright")
    found = numbers.bits_of(image)
    if found != bits:
        done.append(f"{found} bits to {bits}")
    if numbers.has_transparency(image) and not has_alpha(shape.channels):
        done.append("transparent parts laid on white")
    if not pages and image.mode not in _MODES.get(shape.channels, (image.mode,)):
        done.append(f"{image.mode} to {in_words(shape.channels)}")
    whole = upright_size(image)
    part = part_of(whole, shape)
    if part != whole:
        done.append("centre cropped")
    enlarged = part[0] < shape.width or part[1] < shape.height
    if part != (shape.width, shape.height):
        size = size_of(part[1], part[0])
        done.append(f"{'enlarged' if enlarged else 'reduced'} from {size} pixels")
    return Changes(tuple(done), enlarged)


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
