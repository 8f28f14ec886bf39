"""One image: any file PIL can read -> a uint8 array of the wanted shape."""

import enum
import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps

from ada_tf.data import crop as crops
from ada_tf.data.crop import Fit
from ada_tf.shape import Shape, size_of

FILTERS = {"lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX}

# Modes that hold no colour. Palettes count as colour: their entries would have to be compared.
GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")

# EXIF orientations that mean a turn or a flip; 1 is upright, other numbers mean nothing. Those of the
# second range exchange width and height.
_TURNED, _SIDEWAYS = range(2, 9), range(5, 9)

# A part of the area that is worth a word when it is cut off.
_MUCH = 1 / 4


class Cost(enum.Enum):
    """What an image may lose on its way, or lacks."""

    AREA = "cropped"
    SIZE = "enlarged"
    ALPHA = "alpha"
    COLOUR = "colour"
    DEPTH = "depth"


class Changes(NamedTuple):
    """What is done to an image to make it fit, in words, and what that costs."""

    done: tuple[str, ...]
    costs: frozenset[Cost]


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


def to_shape(image: Image.Image, shape: Shape, fit: Fit) -> np.ndarray:
    """Turn an image upright, lay it on white, and crop, pad or resize it to a shape.

    Animated images give their first frame.

    Args:
        image: an opened image of any mode.
        shape: of the result, with 1 or 3 channels.
        fit: how it comes to it.

    Returns:
        uint8 [H, W, channels].

    Raises:
        Exception: whatever PIL raises for a broken file; ValueError for pixels of no known range.
    """
    image = flatten(ImageOps.exif_transpose(image), shape.channels)
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


def upright_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) as `to_shape` turns it; the header alone is looked at."""
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in _SIDEWAYS
    return image.size[::-1] if turned else image.size


def changes(image: Image.Image, shape: Shape, fit: Fit) -> Changes:
    """What `to_shape` does to an image; no words if it fits as it is. Its pixels may be decoded."""
    done, costs = [], set()
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        done.append(f"first of {frames} frames")
    if image.getexif().get(ExifTags.Base.Orientation, 1) in _TURNED:
        done.append("turned upright")
    if image.mode.startswith("I"):
        done.append("16 bits to 8")
        costs.add(Cost.DEPTH)
    elif _shows_ground(image):
        done.append("transparent parts laid on white")
        costs.add(Cost.ALPHA)
    wanted = "L" if shape.channels == 1 else "RGB"
    if image.mode != wanted:
        done.append(f"{image.mode} to {'grey' if shape.channels == 1 else 'RGB'}")
        if shape.channels == 1 and image.mode not in GREY_MODES:
            costs.add(Cost.COLOUR)
    words, lacking = _moves(upright_size(image), (shape.width, shape.height), fit.crop)
    return Changes((*done, *words), frozenset(costs | lacking))


def _moves(size, target, crop: str) -> tuple[list[str], set[Cost]]:
    """What becomes of the size of an image, in words, and what that costs."""
    done, costs = [], set()
    shown, at = crops.place(size, target, crop)
    (width, height), (new_width, new_height) = crops.extent(shown), crops.extent(at)
    if (width, height) != size:
        done.append("centre cropped")
        if width * height < (1 - _MUCH) * size[0] * size[1]:
            costs.add(Cost.AREA)
    if (new_width, new_height) != target:
        done.append("padded")
    if crop == crops.RESIZE and width * new_height != height * new_width:
        done.append("stretched")
    if (width, height) != (new_width, new_height):
        larger = width < new_width or height < new_height
        costs |= {Cost.SIZE} if larger else set()
        was = size_of(height, width)
        done.append(f"{'enlarged' if larger else 'reduced'} from {was} pixels")
    return done, costs


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


def _shows_ground(image: Image.Image) -> bool:
    """Whether a pixel is not opaque; many files have an alpha channel that says nothing."""
    return _has_alpha(image) and image.convert("RGBA").getextrema()[3][0] < 255


def _has_alpha(image: Image.Image) -> bool:
    palette = getattr(image, "palette", None)
    return (
        image.mode.endswith(("A", "a"))
        or "transparency" in image.info
        or (palette is not None and palette.mode == "RGBA")
    )
