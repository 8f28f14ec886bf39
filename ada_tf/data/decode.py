"""One image: any file PIL can read -> a uint8 array of the wanted shape."""

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps

from ada_tf.shape import Shape, size_of

FILTERS = {"lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX}

# Modes that hold no colour. Palettes count as colour: their entries would have to be compared.
GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")

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
    return frozenset(s for s, name in Image.registered_extensions().items() if name in formats)


@contextmanager
def strict() -> Iterator[None]:
    """Keep PIL's warnings from the user; the one about decompression bombs becomes an error.

    Filters of warnings belong to the whole process: enter this once, outside the threads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def open_image(stream) -> Image.Image:
    """Open an image without decoding its pixels: size and mode are known afterwards."""
    return Image.open(stream, formats=_formats())


def to_shape(image: Image.Image, shape: Shape, resize_filter: str) -> np.ndarray:
    """Turn an image upright, lay it on white, crop its centre to the wanted ratio and resize it.

    Animated images give their first frame.

    Args:
        image: an opened image of any mode.
        shape: of the result, with 1 or 3 channels.
        resize_filter: a key of FILTERS.

    Returns:
        uint8 [H, W, channels].

    Raises:
        Exception: whatever PIL raises for a broken file; ValueError for pixels of no known range.
    """
    image = flatten(ImageOps.exif_transpose(image), shape.channels)
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


def upright_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) as `to_shape` turns it; the header alone is looked at."""
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in _ON_THEIR_SIDE
    return image.size[::-1] if turned else image.size


def changes(image: Image.Image, shape: Shape) -> Changes:
    """What `to_shape` does to an image; no words if it fits as it is."""
    done = []
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        done.append(f"first of {frames} frames")
    if image.getexif().get(ExifTags.Base.Orientation, 1) in _TURNED:
        done.append("turned upright")
    if image.mode.startswith("I"):
        done.append("16 bits to 8")
    elif _has_alpha(image):
        done.append("transparent parts laid on white")
    wanted = "L" if shape.channels == 1 else "RGB"
    if image.mode != wanted:
        done.append(f"{image.mode} to {'grey' if shape.channels == 1 else 'RGB'}")
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
        image = _from_16_bit(image)
    elif image.mode == "F":
        raise ValueError("floating-point pixels have no agreed range")
    elif _has_alpha(image):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if channels == 1 and image.mode not in ("1", "L"):
        image = image.convert("RGB")  # PIL knows no direct way to grey for some modes
    return image.convert("L" if channels == 1 else "RGB")


def _from_16_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("integer pixels outside 0 to 65535 have no agreed range")
    return Image.fromarray(np.rint(values / 257).astype(np.uint8))  # 65535 = 257 * 255


def _has_alpha(image: Image.Image) -> bool:
    palette = getattr(image, "palette", None)
    return (
        image.mode.endswith(("A", "a"))
        or "transparency" in image.info
        or (palette is not None and palette.mode == "RGBA")
    )
