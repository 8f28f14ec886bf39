"""PNG as prepared sets have it: how a file begins, and writing one fast."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Of the five filters the one that predicts a byte by the mean of those to the left and above.
_AVERAGE = 3
# Channels -> colour type: grey, grey and alpha, RGB, RGB and alpha.
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
MAX_CHANNELS = max(_COLOUR_TYPES)


def beginning(width: int, height: int) -> bytes:
    """The first 24 bytes of every PNG of a size: signature, length and name of the header, size."""
    return SIGNATURE + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height)


def encode(pixels: np.ndarray) -> bytes:
    """Encode uint8 or uint16 [H, W, 1 to 4] as PNG (ISO/IEC 15948) of 8 or 16 bits.

    In a third of PIL's time at its fastest, and smaller: one filter for all rows instead of a choice
    for each, and runs instead of matches, which photographs hardly have. PIL writes no more than 8
    bits of colours.
    """
    height, width, channels = pixels.shape
    step = channels * pixels.itemsize  # bytes of a pixel
    ordered = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(">"))
    rows = ordered.view(np.uint8).reshape(height, width * step)
    neighbours = np.zeros(rows.shape, np.uint16)
    neighbours[:, step:] = rows[:, :-step]
    neighbours[1:] += rows[:-1]
    filtered = np.full([height, 1 + width * step], _AVERAGE, np.uint8)
    np.subtract(rows, (neighbours >> 1).astype(np.uint8), out=filtered[:, 1:])
    deflate = zlib.compressobj(level=1, strategy=zlib.Z_RLE)
    data = deflate.compress(filtered) + deflate.flush()
    # The only compression and filtering there are; not interlaced.
    header = struct.pack(
        ">IIBBBBB", width, height, 8 * pixels.itemsize, _COLOUR_TYPES[channels], 0, 0, 0
    )
    chunks = (b"IHDR", header), (b"IDAT", data), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def folded(pixels: np.ndarray) -> np.ndarray:
    """Pixels as a PNG can hold them: [H, W, C], bands below each other as grey, [C H, W, 1]."""
    shape = folded_shape(*pixels.shape)
    return pixels if pixels.shape == shape else np.moveaxis(pixels, 2, 0).reshape(shape)


def folded_shape(height: int, width: int, channels: int) -> tuple[int, int, int]:
    """Shape of what `folded` makes."""
    if channels <= MAX_CHANNELS:
        return height, width, channels
    return height * channels, width, 1


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
