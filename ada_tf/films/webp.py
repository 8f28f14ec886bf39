"""Animated WebP (RFC 9649), written frame by frame: PIL keeps all frames of one until its end."""

import io
import struct
from collections.abc import Iterable
from typing import BinaryIO

import numpy as np
import PIL.Image

# How PIL compresses a frame: 90 of 100 leaves no blocks that eyes see, the method is its default.
_OPTIONS = {"quality": 90, "method": 4}
_ALPHA, _XMP, _ANIMATED = 0x10, 0x04, 0x02  # flags of a file
_NOT_BLENDED = 0x02  # flag of a frame, which replaces what was there
_STILL = (b"ALPH", b"VP8 ", b"VP8L")  # chunks of a still picture that are its pixels


def write(frames: Iterable[np.ndarray], file: BinaryIO, fps: float, xmp: bytes = b"") -> None:
    """Write a film that begins again when it has ended.

    Args:
        frames: uint8 [H, W, 1 to 4], all of one shape; alpha is kept.
        file: empty, can be sought in.
        fps: frames a second; each is shown for a whole number of milliseconds, which add up.
        xmp: packet of metadata, or none.
    """
    file.write(b"RIFF\0\0\0\0WEBP")
    for number, frame in enumerate(frames):
        height, width, channels = frame.shape
        size = _u24(width - 1) + _u24(height - 1)
        if number == 0:
            flags = _ANIMATED | (_ALPHA if channels in (2, 4) else 0) | (_XMP if xmp else 0)
            file.write(_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size))
            file.write(_chunk(b"ANIM", bytes(6)))  # transparent background, loops without end
        duration = round(1000 * (number + 1) / fps) - round(1000 * number / fps)
        header = _u24(0) + _u24(0) + size + _u24(duration) + bytes([_NOT_BLENDED])
        file.write(_chunk(b"ANMF", header + _pixels(frame)))
    if xmp:
        file.write(_chunk(b"XMP ", xmp))
    end = file.tell()
    file.seek(4)
    file.write(struct.pack("<I", end - 8))
    file.seek(end)


def _pixels(frame: np.ndarray) -> bytes:
    """The chunks of a still picture that hold its pixels."""
    still = io.BytesIO()
    PIL.Image.fromarray(frame.squeeze(2) if frame.shape[2] == 1 else frame).save(
        still, "WEBP", **_OPTIONS
    )
    content, start, found = still.getvalue(), 12, b""
    while start < len(content):
        name, length = struct.unpack_from("<4sI", content, start)
        end = start + 8 + length + length % 2
        if name in _STILL:
            found += content[start:end]
        start = end
    return found


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _u24(number: int) -> bytes:
    return number.to_bytes(3, "little")
