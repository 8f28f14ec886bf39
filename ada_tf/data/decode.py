"""One image: any file PIL can read, or .npy -> an array of the wanted shape."""

import functools
import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import ExifTags, Image, ImageOps

from ada_tf import png
from ada_tf.channels import GREY, RGB, are_bands, has_alpha, without_alpha
from ada_tf.data import array_files, picture_limits
from ada_tf.data import crop as crops
from ada_tf.data.array_files import ArrayPicture
from ada_tf.data.crop import Fit
from ada_tf.shape import Shape

# HEIC, the format of iPhones: PIL reads it with a package of its own, if that is installed.

HEIC_ENDINGS = (".heic", ".heics", ".heif", ".heifs", ".hif")
# Bytes of a file that tell whether it is one, whatever it is called: phones and messengers rename them.
_HEIC_BEGINNING = 12
# The brands of ISO/IEC 23008-12 for pictures of HEVC; "mif1" alone may be AVIF, too.
_HEIC_BRANDS = (
    b"heic",
    b"heix",
    b"heim",
    b"heis",
    b"hevc",
    b"hevx",
    b"hevm",
    b"hevs",
    b"mif1",
    b"msf1",
)
# Both are of one author; the second only reads, without the encoder under the GPL.
_HEIC_PACKAGES = ("pillow_heif", "pi_heif")
HEIC_ADVICE = "pip install pillow-heif reads them"
WHY_NO_HEIC = "is HEIC, which PIL reads with the package pillow-heif"


@functools.cache
def enable_heic() -> bool:
    """Let PIL read HEIC if a package for it is installed; says whether one is."""
    for name in _HEIC_PACKAGES:
        try:
            package = importlib.import_module(name)
        except ImportError:
            continue
        package.register_heif_opener()
        return True
    return False


def is_heic(beginning: bytes) -> bool:
    """Return True if a file begins as HEIC; AVIF that PIL has refused may count, too."""
    return beginning[4:8] == b"ftyp" and beginning[8:_HEIC_BEGINNING] in _HEIC_BRANDS


# Pixels of a file in the channels and bits that it has.

# Modes of grey. Palettes count as colour: their entries would have to be compared.
_GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")

# EXIF orientation -> the turn or flip that undoes it.
_UPRIGHT = {
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(np.rot90(a, 2), 0, 1),
    8: np.rot90,
}


def channels_of(image) -> int:
    """Count the channels of an opened picture; a palette has those of its colours."""
    if isinstance(image, ArrayPicture):
        return image.channels
    return (1 if image.mode in _GREY_MODES else 3) + _has_transparency(image)


def bits_of(image) -> int:
    """Return the bits per channel, 8 or 16."""
    if isinstance(image, ArrayPicture):
        return image.bits
    return 16 if image.mode.startswith("I") else 8


def _has_transparency(image) -> bool:
    """Return True if an opened picture has alpha, or a colour that means it."""
    palette = getattr(image, "palette", None)
    return (
        image.mode.endswith(("A", "a"))
        or "transparency" in image.info
        or (palette is not None and palette.mode == "RGBA")
    )


def pages_are_channels(image, channels: int) -> bool:
    """Return True for a TIFF with as many grey pages as channels are asked for."""
    return (
        channels > 1
        and image.format == "TIFF"
        and image.mode in _GREY_MODES
        and image.n_frames == channels
    )


def numbers_of(image, channels: int) -> np.ndarray:
    """The pixels of an opened picture, turned upright.

    Args:
        image: of `decode.open_image`.
        channels: that are asked for, see `pages_are_channels`; the result may have others.

    Returns:
        uint8 or uint16 [H, W, C].

    Raises:
        ValueError: its numbers have no known range, or its pages are of several sizes.
        Exception: whatever PIL or TensorFlow raise for a broken file.
    """
    # Asked first: a PNG says it behind its pixels, and decodes them all to find out.
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    if isinstance(image, ArrayPicture):
        pixels = image.array()
    elif pages_are_channels(image, channels):
        pixels = np.concatenate([_of_page(image, page) for page in range(channels)], axis=2)
    else:
        pixels = _as_array(image)
    return _UPRIGHT.get(orientation, lambda a: a)(pixels)


def _from_16_bit(image) -> np.ndarray:
    """Values of a grey picture that PIL has as 16 or 32 bits, uint16 [H, W].

    Raises:
        ValueError: they need more than 16 bits.
    """
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("integer pixels outside 0 to 65535 have no agreed range")
    return values.astype(np.uint16)


def _as_array(image: Image.Image) -> np.ndarray:
    """Return the pixels that PIL has decoded, [H, W, 1 to 4]."""
    if image.mode == "F":
        raise ValueError("floating-point pixels have no agreed range")
    if image.mode.startswith("I"):
        return _from_16_bit(image)[..., np.newaxis]
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels_of(image)]
    if mode == "LA":
        image = image.convert("RGBA")  # PIL knows no direct way for some modes
    pixels = np.asarray(image.convert(mode))
    return pixels.reshape(image.height, image.width, -1)


def _of_page(image: Image.Image, page: int) -> np.ndarray:
    """A page of a TIFF of grey pages, [H, W, 1]."""
    size, mode = image.size, image.mode
    image.seek(page)
    if (image.size, image.mode) != (size, mode):
        raise ValueError("has pages of several sizes or kinds")
    return _as_array(image)[..., :1]


def shows_ground(image) -> bool:
    """Return True if a pixel is not opaque; many files have an alpha channel of 255 alone."""
    if not _has_transparency(image):
        return False
    if isinstance(image, ArrayPicture):
        return bool((image.array()[..., -1] < np.iinfo(image.dtype).max).any())
    return image.convert("RGBA").getextrema()[3][0] < 255


# Pictures that PIL cannot compute with: alpha that is kept, bands, 16 bits.
#
# PIL resizes 8 bits, and mixes the colours of transparent pixels into those of others. Here each channel
# is a plane of floats, and colours are weighed by alpha while they are resized.

# Shares of red, green and blue in grey (ITU-R 601-2), as PIL has them.
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
    pixels = numbers_of(image, channels)
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


# First bytes of files.
_NUMPY, _TIFF = b"\x93NUMPY", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

FILTERS = {"lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX}

# EXIF orientations that exchange width and height.
_SIDEWAYS = range(5, 9)


@functools.cache
def _formats() -> tuple[str, ...]:
    """List the formats PIL may open: all but EPS, for which PIL starts an external program."""
    Image.init()
    enable_heic()
    return tuple(sorted(set(Image.OPEN) - {"EPS"}))


@functools.cache
def suffixes() -> frozenset[str]:
    """List the file name endings of readable images, such as ".png"."""
    formats = _formats()
    known = Image.registered_extensions()
    return frozenset([".npy", *(s for s, name in known.items() if name in formats)])


@contextmanager
def strict() -> Iterator[None]:
    """Keep PIL's warnings from the user; the one about decompression bombs becomes an error.

    Filters of warnings belong to the whole process: enter this once, outside the threads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def open_image(stream, header_alone: bool = False) -> Image.Image | ArrayPicture:
    """Open an image without decoding its pixels: size and mode are known afterwards.

    Args:
        stream: of its bytes, at its beginning.
        header_alone: its pixels will not be asked for, and no more of the file is read than its header.

    Raises:
        ValueError: it is none, or asks for more than pictures do, see `picture_limits`.
        Exception: whatever PIL or tifffile raise for a broken file.
    """
    begins = stream.read(max(_HEIC_BEGINNING, *map(len, (_NUMPY, *_TIFF))))
    stream.seek(0)
    if begins.startswith(png.SIGNATURE):
        picture_limits.check_chunks(stream, header_alone)
    image = _opened(stream, begins)
    picture_limits.check_size(*image.size)
    if not header_alone and image.format in ("JPEG", "MPO") and "progressive" in image.info:
        picture_limits.check_scans(stream)
    return image


def _opened(stream, begins: bytes) -> Image.Image | ArrayPicture:
    if begins.startswith(_NUMPY):
        return array_files.of_numpy(stream)
    try:
        image = Image.open(stream, formats=_formats())
    except Image.UnidentifiedImageError:
        if is_heic(begins) and not enable_heic():
            raise ValueError(WHY_NO_HEIC) from None
        if not begins.startswith(_TIFF):
            raise
        image = None
    if image is None or array_files.has_samples_of_bands(image):
        stream.seek(0)
        return array_files.of_tiff(stream)
    if array_files.has_16_bit_colours(image):
        return array_files.of_16_bit_colours(image, stream)
    return image


def to_shape(image, shape: Shape, fit: Fit, bits: int = 8) -> np.ndarray:
    """Turn an image upright, and crop, pad or resize it to a shape.

    Where alpha is not asked for, it is laid on white.

    Animated images give their first frame.

    Args:
        image: of `open_image`.
        shape: of the result.
        fit: how it comes to it.
        bits: of the result, 8 or 16.

    Returns:
        uint8 or uint16 [H, W, channels].

    Raises:
        Exception: whatever PIL raises for a broken file; ValueError for pixels of no known range.
    """
    if _is_for_pil(image, shape, bits):
        image = flatten(ImageOps.exif_transpose(image), shape.channels)
    else:
        image = planes_of(image, shape.channels, bits)
    shown, at = crops.place(image.size, (shape.width, shape.height), fit.crop)
    image = image.crop(shown).resize(crops.extent(at), FILTERS[fit.resize_filter])
    pixels = np.asarray(image).reshape(image.height, image.width, shape.channels)
    return _padded(pixels, shape, at, fit.pad_color)


def _padded(pixels: np.ndarray, shape: Shape, at: crops.Box, color: str | None) -> np.ndarray:
    """Lay pixels on the ground, see `crop.ground`.

    Args:
        pixels: uint8 or uint16 [h, w, C].
        shape: of the result.
        at: the box of w x h pixels where they lie.
        color: of the ground.

    Returns:
        [H, W, C] of the same type; the pixels themselves if they are all of it.
    """
    if pixels.shape == shape.hwc:
        return pixels
    left, top, right, bottom = at
    result = np.empty(shape.hwc, pixels.dtype)
    result[:] = crops.ground(color, shape.channels, np.iinfo(pixels.dtype).max)
    result[top:bottom, left:right] = pixels
    return result


def upright_size(image) -> tuple[int, int]:
    """(width, height) as `to_shape` turns it; the header alone is looked at."""
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in _SIDEWAYS
    return image.size[::-1] if turned else image.size


def _is_for_pil(image, shape: Shape, bits: int) -> bool:
    """Return True if PIL keeps all channels and bits asked for; otherwise `Planes` do."""
    plain = shape.channels in (GREY, RGB) and bits == 8 and not isinstance(image, ArrayPicture)
    return plain and not pages_are_channels(image, shape.channels)


def weight(image, shape: Shape, bits: int) -> int:
    """Return the memory of a pixel while it is processed, in pixels of PIL (4 bytes)."""
    if _is_for_pil(image, shape, bits):
        return 1
    return max(shape.channels, channels_of(image))


def flatten(image: Image.Image, channels: int) -> Image.Image:
    """Convert any mode to 8-bit grey (1 channel) or RGB (3), transparent parts over white."""
    if image.mode.startswith("I"):
        values = _from_16_bit(image)
        image = Image.fromarray(np.rint(values / 257).astype(np.uint8))  # 65535 = 257 * 255
    elif image.mode == "F":
        raise ValueError("floating-point pixels have no agreed range")
    elif _has_transparency(image):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if channels == 1 and image.mode not in ("1", "L"):
        image = image.convert("RGB")  # PIL knows no direct way to grey for some modes
    return image.convert("L" if channels == 1 else "RGB")
