"""Something to draw on: filled outlines, antialiased by drawing larger than what is wanted."""

import colorsys

import numpy as np
from PIL import Image, ImageChops, ImageDraw

_SUPERSAMPLING = 4  # per side: 17 levels of coverage at an edge
_HIDDEN = (0, 0, 0, 0)


def colour(hue: float, light: float, saturation: float) -> np.ndarray:
    """HLS, each of 0 to 1 (the hue goes round), as float [3] of 0 to 255."""
    light, saturation = np.clip([light, saturation], 0, 1)
    return 255 * np.array(colorsys.hls_to_rgb(hue % 1, light, saturation))


class Canvas:
    """A picture in the making.

    (0, 0) is its centre and 1 half its shorter side; y goes down.

    Args:
        height, width: of the finished picture, pixels.
    """

    def __init__(self, height: int, width: int):
        self._finished = (width, height)
        size = (width * _SUPERSAMPLING, height * _SUPERSAMPLING)
        self._image = Image.new("RGBA", size, _HIDDEN)
        self._unit = min(size) / 2
        self._centre = np.array(size) / 2

    @property
    def corner(self) -> np.ndarray:
        """(x, y) of the lower right corner."""
        return self._centre / self._unit

    def paint(self, colour) -> None:
        """Fill the picture with a colour as `fill` takes it."""
        self._ink(colour, (0, 0, *self._image.size), None)

    def fill(self, outline: np.ndarray, colour, within: np.ndarray | None = None) -> None:
        """Fill an outline.

        Args:
            outline: [n, 2].
            colour: [3], 0 to 255, or a function of x [1, W] and y [H, 1] that gives [H, W, 3].
            within: an outline beyond which nothing is filled.
        """
        low = np.floor(self._pixels(outline).min(axis=0)).astype(int)
        high = np.ceil(self._pixels(outline).max(axis=0)).astype(int) + 1
        left, top = np.maximum(low, 0).tolist()
        right, bottom = np.minimum(high, self._image.size).tolist()
        if left < right and top < bottom:
            box = (left, top, right, bottom)
            mask = self._mask(outline, box)
            if within is not None:
                mask = ImageChops.multiply(mask, self._mask(within, box))
            self._ink(colour, box, mask)

    def finished(self, alpha: bool) -> np.ndarray:
        """uint8 [H, W, 3], or [H, W, 4] with alpha."""
        image = self._image.reduce(_SUPERSAMPLING)
        return np.asarray(image if alpha else image.convert("RGB"))

    def _ink(self, colour, box, mask) -> None:
        if callable(colour):
            left, top, right, bottom = box
            x = (np.arange(left, right)[None] + 0.5 - self._centre[0]) / self._unit
            y = (np.arange(top, bottom)[:, None] + 0.5 - self._centre[1]) / self._unit
            ink = Image.fromarray(_bytes(colour(x, y))).convert("RGBA")
        else:
            ink = (*_bytes(colour).tolist(), 255)
        self._image.paste(ink, box, mask)

    def _mask(self, outline: np.ndarray, box) -> Image.Image:
        """1 inside of an outline, of a box (left, top, right, bottom) of the picture."""
        left, top, right, bottom = box
        mask = Image.new("1", (right - left, bottom - top))
        corners = self._pixels(outline) - (left, top)
        ImageDraw.Draw(mask).polygon([*map(tuple, corners.tolist())], fill=1)
        return mask.convert("L")

    def _pixels(self, outline: np.ndarray) -> np.ndarray:
        return outline * self._unit + self._centre


def _bytes(colour: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(colour), 0, 255).astype(np.uint8)
