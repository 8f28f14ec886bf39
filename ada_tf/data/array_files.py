"""Pictures that are arrays: what PIL does not read, or not in all of its bits."""

import dataclasses
import io
import sys
from collections.abc import Callable

import numpy as np
from PIL import Image

from ada_tf.channels import RGBA
from ada_tf.shape import MAX_CHANNELS

# Channels -> PIL's name of the mode.
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_SAMPLES_PER_PIXEL = 277  # the tag of TIFF
_MAX_HEADER = 10_000  # characters, NumPy's own limit
_NO_TIFFFILE = (
    "PIL reads no TIFF of these samples; install tifffile, pip install 'ada_tf[tiff]', or save its"
    " bands as pages or as .npy"
)


@dataclasses.dataclass(frozen=True)
class ArrayPicture:
    """A picture whose pixels are read by `array`, and looked at as one of PIL before.

    Attributes:
        height, width, channels: of the array.
        dtype: uint8 or uint16.
        read: gives the array, [H, W, C].
        getexif: gives what the file says about it, as of PIL's images.
    """

    height: int
    width: int
    channels: int
    dtype: np.dtype
    read: Callable[[], np.ndarray]
    getexif: Callable[[], dict] = dict

    format, n_frames = "array", 1

    def __post_init__(self):
        check(self.height, self.width, self.channels, self.dtype)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    @property
    def bits(self) -> int:
        """8 or 16."""
        return 8 * self.dtype.itemsize

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), as of PIL's images."""
        return self.width, self.height

    @property
    def mode(self) -> str:
        """As PIL would call it."""
        return _MODES.get(self.channels, f"{self.channels} bands")

    @property
    def info(self) -> dict:
        """Nothing more is known."""
        return {}

    def array(self) -> np.ndarray:
        """uint8 or uint16 [H, W, C], in the order of bytes of the machine."""
        pixels = self.read().reshape(self.height, self.width, self.channels)
        return pixels.astype(self.dtype.newbyteorder("="))


def check(height: int, width: int, channels: int, dtype: np.dtype) -> None:
    """Refuse an array that is no picture, larger than PIL would open, or of too many channels.

    Raises:
        ValueError: saying which.
    """
    pixels, limit = height * width, Image.MAX_IMAGE_PIXELS
    if dtype.kind != "u" or dtype.itemsize > 2:
        raise ValueError(f"numbers of type {dtype} have no agreed range; uint8 and uint16 have")
    if not 1 <= channels <= MAX_CHANNELS:
        raise ValueError(
            f"has {channels} channels in the last place, where 1 to {MAX_CHANNELS} are;"
            " np.moveaxis(a, 0, 2) makes [H, W, C] of [C, H, W]"
        )
    if min(height, width) < 1 or pixels > limit:
        raise ValueError(f"image size ({pixels} pixels) exceeds limit of {limit} pixels")


def of_numpy(stream) -> ArrayPicture:
    """The picture of a .npy file, uint8 or uint16 [H, W] or [H, W, C].

    Raises:
        ValueError: it is none.
    """
    shape, dtype = numpy_header(stream)
    if len(shape) not in (2, 3):
        raise ValueError(f"an array {list(shape)} is no picture [H, W] or [H, W, C]")
    start, (height, width, channels) = stream.tell(), (*shape, 1)[:3]
    size = height * width * channels * dtype.itemsize

    def read():
        stream.seek(start)
        data = stream.read(size)
        if len(data) < size:
            raise ValueError("the file is cut short")
        return np.frombuffer(data, dtype)

    return ArrayPicture(height, width, channels, dtype, read)


def numpy_header(stream) -> tuple[tuple[int, ...], np.dtype]:
    """(shape, type) of a .npy file; the stream is at its first number then.

    Raises:
        ValueError: it is none, or not in C order.
    """
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"a .npy file of version {version[0]}.{version[1]} is not read")
    shape, fortran, dtype = _HEADERS[version](stream, max_header_size=_MAX_HEADER)
    if fortran and len(shape) > 1:
        raise ValueError("is in Fortran order; np.ascontiguousarray changes that")
    return shape, dtype


def as_numpy_file(pixels: np.ndarray) -> bytes:
    """The .npy file of uint8 or uint16 [H, W, C]."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(pixels), allow_pickle=False)
    return file.getvalue()


def of_tiff(stream) -> ArrayPicture:
    """The first page of a TIFF of any number of samples, by the extra package tifffile.

    Raises:
        ValueError: tifffile is not there, or the page is no picture.
        Exception: whatever tifffile raises for a broken file.
    """
    try:
        import tifffile
    except ImportError as error:
        raise ValueError(_NO_TIFFFILE) from error
    page = tifffile.TiffFile(stream).pages[0]
    if page.axes not in ("YX", "YXS", "SYX"):
        raise ValueError(f"a TIFF of axes {page.axes} is no picture")
    height, width, channels = page.imagelength, page.imagewidth, page.samplesperpixel

    def read():
        pixels = page.asarray()
        return np.moveaxis(pixels, 0, 2) if page.axes == "SYX" else pixels

    return ArrayPicture(height, width, channels, page.dtype, read)


def has_samples_of_bands(image: Image.Image) -> bool:
    """Return True for a TIFF of more samples than a colour has; PIL may show the first alone."""
    return image.format == "TIFF" and image.tag_v2.get(_SAMPLES_PER_PIXEL, 1) > RGBA


def has_16_bit_colours(image: Image.Image) -> bool:
    """Return True if colours have 16 bits in the file; PIL reads them as 8 bits."""
    return image.mode in ("LA", "RGB", "RGBA") and any(";16" in str(part) for part in image.tile)


def of_16_bit_colours(image: Image.Image, stream) -> ArrayPicture:
    """The same picture with all of its bits.

    Args:
        image: opened by PIL, its pixels not decoded.
        stream: that it was opened from.
    """
    # Of grey and alpha PIL makes colours, too.
    is_grey = any("LA;16" in str(part) for part in image.tile)
    channels = 2 if is_grey else len(image.getbands())

    def read():
        stream.seek(0)
        if is_grey:
            return _grey_and_alpha(stream, image.format)
        return _by_bytes(stream, image.format)

    return ArrayPicture(image.height, image.width, channels, np.dtype("u2"), read, image.getexif)


def _grey_and_alpha(stream, kind: str) -> np.ndarray:
    """Grey and alpha of 16 bits, uint16 [H, W, 2], as PIL reads colours of four bytes."""
    image = Image.open(stream, formats=[kind])
    image.tile = [tile._replace(args="RGBA") for tile in image.tile]
    return np.asarray(image).view(">u2")


def _by_bytes(stream, kind: str) -> np.ndarray:
    """Colours of 16 bits, uint16 [H, W, 3 or 4], from PIL, which gives the upper bytes of them.

    Read in the other order of bytes, those are the lower ones.
    """
    upper = Image.open(stream, formats=[kind])
    lower = Image.open(stream, formats=[kind])
    lower.tile = [_swapped(tile) for tile in lower.tile]
    return (np.asarray(upper).astype(np.uint16) << 8) + np.asarray(lower)


def _swapped(tile):
    """A part of a picture for PIL to decode, its 16 bits in the other order of bytes."""
    first, *others = [tile.args] if isinstance(tile.args, str) else tile.args
    kind, order = first[:-1], first[-1].replace("N", "L" if sys.byteorder == "little" else "B")
    swapped = kind + {"L": "B", "B": "L"}[order]
    return tile._replace(args=(swapped, *others) if others else swapped)
