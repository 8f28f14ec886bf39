"""Pictures that PIL cannot compute with: alpha that is kept, bands, 16 bits.

PIL resizes 8 bits, and mixes the colours of transparent pixels into those of others. Here each channel
is a plane of floats, and colours are weighed by alpha while they are resized.
"""

import numpy as np
from PIL import Image

from ada_tf.channels import are_bands, has_alpha, without_alpha
from ada_tf.data import numbers

# Of red, green and blue in grey (ITU-R 601-2), as PIL has them.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


class Planes:
    """A picture that is cropped and resized as one of PIL.

    Args:
        values: float32 [H, W, C], 0 to white; alpha is straight.
        bits: of white, 8 or 16.
    """

    def __init__(self, values: np.ndarray, bits: int):
        self._values, self._bits, self._white = values, bits, 2**bits - 1
        self.height, self.width, self._channels = values.shape

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height

    def crop(self, box) -> "Planes":
        """The part inside of (left, top, right, bottom)."""
        left, top, right, bottom = box
        return Planes(self._values[top:bottom, left:right], self._bits)

    def resize(self, size: tuple[int, int], resample) -> "Planes":
        """The whole in another size (width, height); colours that are not seen do not bleed."""
        if size == self.size:
            return self
        values, alpha = self._values, has_alpha(self._channels)
        if alpha:
            values = np.concatenate([values[..., :-1] * values[..., -1:], values[..., -1:]], axis=2)
        planes = (Image.fromarray(np.ascontiguousarray(p)) for p in np.moveaxis(values, 2, 0))
        values = np.stack([plane.resize(size, resample) for plane in planes], axis=2)
        if alpha:
            values[..., :-1] /= np.maximum(values[..., -1:], 0.5)  # what rounds to 0 is not seen
        return Planes(values, self._bits)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        """uint8 or uint16 [H, W, C]; pixels that nobody sees are white."""
        pixels = np.rint(np.clip(self._values, 0, self._white))
        pixels = pixels.astype(np.uint8 if self._bits == 8 else np.uint16)
        if has_alpha(self._channels):
            pixels[pixels[..., -1] == 0, :-1] = self._white
        return pixels if dtype is None else pixels.astype(dtype)


def planes_of(image, channels: int, bits: int) -> Planes:
    """An opened picture, upright, in other channels and bits.

    Args:
        image: of `decode.open_image`.
        channels: see `ada_tf.channels`. Alpha that is not asked for is laid on white, alpha that is not
            there is opaque; bands are no colours, and the other way round. Of a TIFF with as many grey
            pages as channels are asked for each page is a channel.
        bits: 8 or 16.

    Raises:
        ValueError: it has other bands, or pixels of no known range.
        Exception: whatever PIL or TensorFlow raise for a broken file.
    """
    pixels = numbers.of(image, channels)
    values = pixels.astype(np.float32) * ((2**bits - 1) / np.iinfo(pixels.dtype).max)
    return Planes(_converted(values, channels, 2**bits - 1), bits)


def _converted(values: np.ndarray, channels: int, white: int) -> np.ndarray:
    """Values [H, W, C] of 0 to white in other channels."""
    found = values.shape[2]
    if found == channels:
        return values
    if are_bands(found) or are_bands(channels):
        raise ValueError(f"has {found} channels, where {channels} are asked for")
    colour, alpha = values[..., : without_alpha(found)], np.full_like(values[..., :1], white)
    if has_alpha(found):
        alpha = values[..., -1:]
    if not has_alpha(channels):
        colour = white + alpha / white * (colour - white)
    if without_alpha(channels) < without_alpha(found):
        colour = colour @ _LUMA[:, np.newaxis]
    colour = np.broadcast_to(colour, (*colour.shape[:2], without_alpha(channels)))
    return np.concatenate([colour, alpha], axis=2) if has_alpha(channels) else colour
