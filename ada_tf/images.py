"""Images from arrays: bytes, and many images in one PNG."""

import contextlib
import os
import pathlib

import numpy as np
import PIL.Image
import PIL.PngImagePlugin

from ada_tf import png
from ada_tf.channels import are_bands, has_alpha
from ada_tf.marked_files import PNG_KEYWORD
from ada_tf.marking import ANY, Mark, xmp_of

_SCREEN = (7680, 4320)  # pixels a grid may fill (8K), (width, height)


def grid_size(height: int, width: int, screen=_SCREEN, least=(7, 4)) -> tuple[int, int]:
    """Return (columns, rows) of a grid that fits a screen, from `least` to 32x32.

    Args:
        height: of an image, pixels.
        width: of an image, pixels.
        screen: (width, height) in pixels.
        least: (columns, rows).
    """
    columns, rows = np.clip(np.array(screen) // (width, height), least, 32)
    return int(columns), int(rows)


def to_uint8(images) -> np.ndarray:
    """Convert float images in [-1, 1] to bytes, for metrics, files and grids.

    127.5 x + 128, clipped and truncated, which rounds 127.5 (x + 1) to the nearest byte: bytes
    that went to [-1, 1] come back as they were. Published metrics are computed so.
    `ada_tf.ops.pixels.to_uint8` does the same inside of a graph.

    Args:
        images: array or tensor, float of any shape.

    Returns:
        uint8 of the same shape.
    """
    return np.clip(127.5 * np.asarray(images, np.float32) + 128, 0, 255).astype(np.uint8)


def to_uint16(images) -> np.ndarray:
    """Convert float images in [-1, 1] to 16 bits: `to_uint8` with 65535 for white.

    Images of 16 bits that went to [-1, 1] in float32 come back as they were.

    Args:
        images: array or tensor, float of any shape.

    Returns:
        uint16 of the same shape.
    """
    return np.clip(32767.5 * np.asarray(images, np.float32) + 32768, 0, 65535).astype(np.uint16)


TO_BITS = {8: to_uint8, 16: to_uint16}


def as_shown(images) -> np.ndarray:
    """Convert pictures of any channels to those that people and feature networks see.

    Alpha is laid on white, of bands the first three are taken for red, green and blue, and 16 bits
    are rounded to 8. `ada_tf.channels.how_shown` says the same in words.

    Args:
        images: uint8 or uint16 [..., H, W, C].

    Returns:
        uint8 [..., H, W, 1 or 3]; what is that already comes back as it is.
    """
    white = np.iinfo(images.dtype).max
    if are_bands(images.shape[-1]):
        images = images[..., :3]
    if has_alpha(images.shape[-1]):
        colour, opacity = np.split(images.astype(np.float32), [-1], axis=-1)
        images = white + opacity / white * (colour - white)
    elif white == 255:
        return images
    return np.rint(images / (white / 255)).astype(np.uint8)


def tile(images: np.ndarray, columns: int) -> np.ndarray:
    """Lay images out row by row without gaps; a last row that is not full ends in zeros.

    Args:
        images: [N, H, W, C].
        columns: images in a row.

    Returns:
        [rows * H, columns * W, C].
    """
    n, height, width, channels = images.shape
    rows = -(-n // columns)
    images = np.pad(images, [(0, rows * columns - n), (0, 0), (0, 0), (0, 0)])
    images = images.reshape(rows, columns, height, width, channels)
    return images.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)


def save_grid(images, path, columns: int, mark: Mark | None = ANY) -> None:
    """Write images as one PNG, row by row without gaps.

    Args:
        images: [N, H, W, C]; uint8 or uint16, or float in [-1, 1] as `to_uint8` takes it. See
            `as_shown` for what becomes of alpha and bands.
        path: of the image. It is replaced only when the new one is complete.
        columns: images in a row.
        mark: what the file says of itself; default: that it was generated. None says nothing, as
            pictures of data must.
    """
    images = np.asarray(images)
    pixels = images if images.dtype.kind == "u" else to_uint8(images)
    save_png(tile(as_shown(pixels), columns), path, mark)


@contextlib.contextmanager
def growing_grid(path, count: int, columns: int, mark: Mark | None = ANY):
    """Write a grid as `save_grid` does, a row at a time while its images are made.

    Args:
        path: of the image. It is replaced only when the new one is complete.
        count: of all images.
        columns: images in a row.
        mark: see `save_grid`.

    Yields:
        A function that takes the next images, [N, H, W, C], any number of them.
    """
    waiting, strips = [], None
    with _complete(path) as temporary, open(temporary, "wb") as file:

        def write_row():
            nonlocal strips
            strip = tile(np.stack(waiting), columns)
            if strips is None:
                shape = (-(-count // columns) * len(strip), *strip.shape[1:])
                strips = png.Strips(file, shape, xmp=xmp_of(mark))
            strips.add(strip)
            waiting.clear()

        def add(images):
            pixels = images if images.dtype.kind == "u" else to_uint8(images)
            for image in as_shown(pixels):
                waiting.append(image)
                if len(waiting) == columns:
                    write_row()

        yield add
        if waiting:
            write_row()


def save_png(image: np.ndarray, path, mark: Mark | None = None) -> None:
    """Write one image, uint8 or uint16 [H, W, 1 to 4]; the file appears only when it is complete.

    Args:
        image: of data, or generated.
        path: of the file.
        mark: what it says of itself; None says nothing.
    """
    with _complete(path) as temporary:
        if image.dtype == np.uint16:  # of which PIL would write grey alone
            temporary.write_bytes(png.encode(image, xmp_of(mark)))
        else:
            shown = PIL.Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
            shown.save(temporary, format="PNG", pnginfo=png_text(mark))


def png_text(mark: Mark | None) -> PIL.PngImagePlugin.PngInfo | None:
    """Return the mark as Pillow writes it into a PNG; None without one."""
    if mark is None:
        return None
    found = PIL.PngImagePlugin.PngInfo()
    found.add_itxt(PNG_KEYWORD.decode(), mark.xmp().decode())
    return found


def save_npy(image: np.ndarray, path) -> None:
    """Write one image of any channels, uint8 or uint16 [H, W, C], as an array of NumPy."""
    with _complete(path) as temporary, open(temporary, "wb") as file:
        np.save(file, image, allow_pickle=False)


@contextlib.contextmanager
def _complete(path):
    """Yield a path to write to, which becomes the wanted one at the end."""
    path = pathlib.Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
