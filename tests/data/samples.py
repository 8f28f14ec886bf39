"""Small images and folders for the tests of the data."""

import pathlib

import numpy as np
from PIL import Image


def noise(seed: int, size=(20, 20), mode: str = "RGB") -> Image.Image:
    """Draw an image of uniform noise; `size` is (width, height)."""
    channels = {"L": (), "LA": (2,), "RGB": (3,), "RGBA": (4,)}[mode]
    shape = (size[1], size[0], *channels)
    return Image.fromarray(np.random.RandomState(seed).randint(0, 256, shape, np.uint8))


def folder(path: pathlib.Path, names, size=(20, 20), mode: str = "RGB") -> pathlib.Path:
    """Write a noise image to every name; the place in the list is its seed."""
    for seed, name in enumerate(names):
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        noise(seed, size, mode).save(target)
    return path


def reference(image: Image.Image, resolution: int, resample=Image.Resampling.LANCZOS) -> np.ndarray:
    """Crop the centre to a square and resize, written independently of the package."""
    pixels = np.asarray(image)
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(pixels[top : top + side, left : left + side])
    resized = np.asarray(square.resize((resolution, resolution), resample))
    return resized[..., None] if resized.ndim == 2 else resized


def quiet(line: str) -> None:
    """Swallow a line of the log."""
    assert line
