"""Animated GIF (GIF89a), written frame by frame: PIL keeps all frames of one until its end."""

import io
import struct
from collections.abc import Iterable
from typing import BinaryIO

import numpy as np
import PIL.Image

from ada_tf.marked_files import gif_extension

_LOOPS = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"  # without end, as all programs understand it
_OWN_COLOURS = 0x80  # flag of a picture, whose last three bits are the size of its table
_PICTURE, _EXTENSION, _END = 0x2C, 0x21, b"\x3b"


def write(frames: Iterable[np.ndarray], file: BinaryIO, fps: float, xmp: bytes = b"") -> None:
    """Write a film that begins again when it has ended.

    Args:
        frames: uint8 [H, W, 1 or 3], all of one shape. Of colours each frame keeps 256 of its own.
        file: empty.
        fps: frames a second; each is shown for a whole number of hundredths, which add up.
        xmp: packet of metadata, or none.
    """
    for number, frame in enumerate(frames):
        height, width, _ = frame.shape
        if number == 0:
            file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + _LOOPS)
            file.write(gif_extension(xmp) if xmp else b"")
        duration = round(100 * (number + 1) / fps) - round(100 * number / fps)
        file.write(b"\x21\xf9\x04" + struct.pack("<BHBB", 0, duration, 0, 0))
        file.write(_picture(frame))
    file.write(_END)


def _picture(frame: np.ndarray) -> bytes:
    """A frame with its own table of colours: descriptor, table, pixels."""
    if frame.shape[2] == 1:
        image = PIL.Image.fromarray(frame[:, :, 0])
    else:
        image = PIL.Image.fromarray(frame).quantize(256)
    still = io.BytesIO()
    image.save(still, "GIF", interlace=False)
    content = still.getvalue()
    table_bits = content[10] & 7
    table = content[13 : 13 + 3 * 2 ** (table_bits + 1)]
    start = 13 + len(table)
    while content[start] == _EXTENSION:
        start = _after_blocks(content, start + 2)
    assert content[start] == _PICTURE
    descriptor = content[start : start + 9] + bytes([_OWN_COLOURS | table_bits])
    return descriptor + table + content[start + 10 : -len(_END)]


def _after_blocks(content: bytes, start: int) -> int:
    """Return the end of blocks, each of which begins with its length, the last with 0."""
    while content[start]:
        start += 1 + content[start]
    return start + 1
