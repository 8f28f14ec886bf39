"""A picture as it is scored: its size, channels and bits, and why it cannot be."""

import dataclasses

import numpy as np
from PIL import ExifTags, Image

from ada_tf.channels import GREY, RGB, has_alpha, in_words, shown
from ada_tf.data import decode
from ada_tf.data.array_files import ArrayPicture
from ada_tf.data.prepared import fingerprint
from ada_tf.images import as_shown

# Channels of the modes of PIL whose pixels mean one thing; grey of 16 bits has several.
_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I": 1, "I;16": 1, "I;16B": 1}
_MODES = {GREY: "L", RGB: "RGB"}  # of images as they are shown


class Unfit(ValueError):
    """Raised with the reason for which a picture cannot be scored."""


@dataclasses.dataclass(frozen=True)
class Form:
    """Size in pixels, channels and bits."""

    height: int
    width: int
    channels: int
    bits: int = 8

    @property
    def shown(self) -> tuple[int, int, int]:
        """(height, width, channels) as it is scored."""
        return self.height, self.width, shown(self.channels)

    def __str__(self):
        deep = "" if self.bits == 8 else f" of {self.bits} bits"
        return f"{self.width}x{self.height} {in_words(self.channels)}{deep}"


def form_of(stream, taken) -> Form:
    """Read size, channels and bits from the header of a file, a `Look` of `ada_tf.data.decoding`.

    Raises:
        Unfit: its pixels would have to be changed to be scored.
        Exception: whatever PIL raises for a broken file.
    """
    with decode.open_image(stream, header_alone=True) as image:
        return _checked(image)


def pixels_of(stream, taken, wanted: Form) -> tuple[np.ndarray, bytes]:
    """Decode a picture in the form of the real images, changed no more than `why_not` allows.

    Returns:
        uint8 [height, width, 1 or 3], see `ada_tf.images.as_shown`, and their fingerprint.

    Raises:
        Unfit: see `form_of`; it is marked as turned; or there are colours where grey is wanted.
        Exception: whatever PIL raises for a broken file.
    """
    with decode.open_image(stream) as image:
        form = _checked(image)
        # In a PNG this may come behind the pixels, so that the header does not tell.
        if image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9):
            raise Unfit("is marked as turned")
        pixels = as_shown(decode.numbers_of(image, form.channels))
    if pixels.shape != wanted.shown:
        pixels = _resized(pixels, wanted)
    return pixels, fingerprint.of_image(pixels)


def _resized(pixels: np.ndarray, wanted: Form) -> np.ndarray:
    height, width, channels = wanted.shown
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == GREY else pixels)
    if image.mode != _MODES[channels]:
        image = _recoloured(image, _MODES[channels])
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(image).reshape(wanted.shown)


def why_not(form: Form, wanted: Form, fit: bool, whose: str) -> str:
    """Reason for which a picture cannot be scored beside others; "" if it can.

    Args:
        form: of the picture.
        wanted: of the others.
        fit: the picture may be resized as a whole, and shown in other channels if it looks the same.
        whose: "the real images are", or whoever else has the wanted form.
    """
    if has_alpha(form.channels) and not has_alpha(wanted.channels):
        return f"has transparent parts, where {whose} {wanted}"
    if form.bits > wanted.bits:
        return f"has {form.bits} bits, where {whose} {wanted}"
    if form.shown == wanted.shown:
        return ""
    if not fit:
        return f"is {form}, where {whose} {wanted}; --fit_generated (fit=True) would resize it"
    if form.height * wanted.width != wanted.height * form.width:
        return f"is {form}, where {whose} {wanted}, which it cannot become as a whole; crop it"
    return ""


def _checked(image: Image.Image) -> Form:
    if isinstance(image, ArrayPicture):
        return Form(image.height, image.width, image.channels, image.bits)
    if "transparency" in image.info:
        raise Unfit("has a colour that means transparent")
    if image.mode not in _CHANNELS:
        raise Unfit("has a palette" if image.mode == "P" else f"is of mode {image.mode}")
    if getattr(image, "is_animated", False):
        raise Unfit("is animated")
    return Form(image.height, image.width, _CHANNELS[image.mode], decode.bits_of(image))


def _recoloured(image: Image.Image, mode: str) -> Image.Image:
    """Convert to other channels, if that looks the same."""
    changed = image.convert(mode)
    if mode == "L" and changed.convert(image.mode).tobytes() != image.tobytes():
        raise Unfit("has colours, where the real images are grey")
    return changed
