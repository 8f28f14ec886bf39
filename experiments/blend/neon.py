"""Draw creatures as neon signs, whose outlines glow on black: 800 PNGs in the folder neon."""

import pathlib

import numpy as np
from PIL import Image
from scipy import ndimage

from ada_tf.data.creatures import creature, draw

COUNT, DRAWN, SIDE = (
    800,
    128,
    32,
)  # pictures; pixels of a side as they are drawn, and as they are kept


def neon(picture: np.ndarray) -> np.ndarray:
    """Uint8 [H, W, 3] of a picture uint8 [H, W, 3]."""
    x = picture.astype(np.float32) / 255
    edges = sum(
        np.hypot(ndimage.sobel(band, 0), ndimage.sobel(band, 1)) for band in x.transpose(2, 0, 1)
    )
    edges = np.clip(edges / 2, 0, 1)
    tube = 1.8 * ndimage.gaussian_filter(edges, 1.6)[..., np.newaxis]
    glow = 0.9 * ndimage.gaussian_filter(edges, 5)[..., np.newaxis]
    colour = ndimage.gaussian_filter(x, (5, 5, 0))
    colour = (colour - colour.min(-1, keepdims=True)) / (np.ptp(colour, -1, keepdims=True) + 0.08)
    lit = tube * (0.35 + 0.65 * colour) + glow * colour
    return (np.clip(lit, 0, 1) * 255).astype(np.uint8)


def main() -> None:
    """Draw all of them."""
    folder = pathlib.Path("neon")
    folder.mkdir()
    for number in range(COUNT):
        picture = Image.fromarray(neon(draw(creature(number), DRAWN)))
        picture.resize((SIDE, SIDE), Image.LANCZOS).save(folder / f"{number:04d}.png")


if __name__ == "__main__":
    main()
