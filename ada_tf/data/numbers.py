"""All numbers of a picture file, in the channels and bits that it has."""

import numpy as np
from PIL import ExifTags, Image

from ada_tf.data.array_picture import ArrayPicture

# Modes of grey. Palettes count as colour: their entries would have to be compared.
GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")

# EXIF orientation -> what undoes it.
_UPRIGHT = {
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(np.rot90(a, 2), 0, 1),
    8: np.rot90,
}


def channels_of(image) -> int:
    """How many channels an opened picture has; a palette has those of its colours."""
    if isinstance(image, ArrayPicture):
        return image.channels
    return (1 if image.mode in GREY_MODES else 3) + has_transparency(image)


def bits_of(image) -> int:
    """How many bits its numbers have, 8 or 16."""
    if isinstance(image, ArrayPicture):
        return image.bits
    return 16 if image.mode.startswith("I") else 8


def has_transparency(image) -> bool:
    """Whether an opened picture has alpha, or a colour that means it."""
    palette = getattr(image, "palette", None)
    return (
        image.mode.endswith(("A", "a"))
        or "transparency" in image.info
        or (palette is not None and palette.mode == "RGBA")
    )


def pages_are_channels(image, channels: int) -> bool:
    """Whether it is a TIFF with as many grey pages as channels are asked for."""
    return (
        channels > 1
        and image.format == "TIFF"
        and image.mode in GREY_MODES
        and image.n_frames == channels
    )


def of(image, channels: int) -> np.ndarray:
    """The pixels of an opened picture, turned upright.

    Args:
        image: of `decode.open_image`.
        channels: that are asked for, see `pages_are_channels`; the result may have others.

    Returns:
        uint8 or uint16 [H, W, C].

    Raises:
        ValueError: its numbers have no known range, or its pages are of several sizes.
        Exception: whatever PIL or TensorFlow raise for a broken file.
    """
    # Asked first: a PNG says it behind its pixels, and decodes them all to find out.
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    if isinstance(image, ArrayPicture):
        pixels = image.array()
    elif pages_are_channels(image, channels):
        pixels = np.concatenate([_of_page(image, page) for page in range(channels)], axis=2)
    else:
        pixels = _as_array(image)
    return _UPRIGHT.get(orientation, lambda a: a)(pixels)


def from_16_bit(image) -> np.ndarray:
    """Values of a grey picture that PIL has as 16 or 32 bits, uint16 [H, W].

    Raises:
        ValueError: they need more than 16 bits.
    """
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("integer pixels outside 0 to 65535 have no agreed range")
    return values.astype(np.uint16)


def _as_array(image: Image.Image) -> np.ndarray:
    """What PIL has decoded, [H, W, 1 to 4]."""
    if image.mode == "F":
        raise ValueError("floating-point pixels have no agreed range")
    if image.mode.startswith("I"):
        return from_16_bit(image)[..., np.newaxis]
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels_of(image)]
    if mode == "LA":
        image = image.convert("RGBA")  # PIL knows no direct way for some modes
    pixels = np.asarray(image.convert(mode))
    return pixels.reshape(image.height, image.width, -1)


def _of_page(image: Image.Image, page: int) -> np.ndarray:
    """A page of a TIFF of grey pages, [H, W, 1]."""
    size, mode = image.size, image.mode
    image.seek(page)
    if (image.size, image.mode) != (size, mode):
        raise ValueError("has pages of several sizes or kinds")
    return _as_array(image)[..., :1]


def shows_ground(image) -> bool:
    """Whether a pixel is not opaque; many files have an alpha channel that says nothing."""
    if not has_transparency(image):
        return False
    if isinstance(image, ArrayPicture):
        return bool((image.array()[..., -1] < np.iinfo(image.dtype).max).any())
    return image.convert("RGBA").getextrema()[3][0] < 255
