"""One image: any file PIL can read -> a square uint8 array."""

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps

FILTERS = {"lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX}

# Modes that hold no colour. Palettes count as colour: their entries would have to be compared.
GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")

# EXIF orientations that mean a turn or a flip; 1 is upright, other numbers mean nothing.
_TURNED = range(2, 9)


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


def to_square(image: Image.Image, resolution: int, channels: int, resize_filter: str) -> np.ndarray:
    """Turn an image upright, lay it on white, crop its centre to a square and resize it.

    Animated images give their first frame.

    Args:
        image: an opened image of any mode.
        resolution: side of the result.
        channels: 1 or 3.
        resize_filter: a key of FILTERS.

    Returns:
        uint8 [resolution, resolution, channels].

    Raises:
        Exception: whatever PIL raises for a broken file; ValueError for pixels of no known range.
    """
    image = flatten(ImageOps.exif_transpose(image), channels)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    image = image.resize((resolution, resolution), FILTERS[resize_filter])
    return np.asarray(image).reshape(resolution, resolution, channels)


def changes(image: Image.Image, resolution: int, channels: int) -> Changes:
    """What `to_square` does to an image; no words if it fits as it is."""
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
    wanted = "L" if channels == 1 else "RGB"
    if image.mode != wanted:
        done.append(f"{image.mode} to {'grey' if channels == 1 else 'RGB'}")
    if image.width != image.height:
        done.append("centre cropped")
    side = min(image.size)
    if side != resolution:
        done.append(f"{'enlarged' if side < resolution else 'reduced'} from {side} pixels")
    return Changes(tuple(done), enlarged=side < resolution)


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
