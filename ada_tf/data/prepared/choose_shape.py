"""A look at the headers: which resolution, how many channels and bits suit the images."""

import collections
import pathlib
import sys
from typing import NamedTuple

import tqdm

from ada_tf import files
from ada_tf.channels import GREY, RGB, are_bands, shown
from ada_tf.data import decode
from ada_tf.data.config import DataConfig
from ada_tf.data.decoding import Decoders, Failed
from ada_tf.data.prepared import checksummed_json
from ada_tf.data.sources.source import DRAWN, Source
from ada_tf.data.stored import Stored
from ada_tf.shape import MIN_SIDE, Shape, is_size, size_of

# The remembered headers are some numbers.
_MAX_MEMORY = 2**12

# The largest networks of the paper (arXiv:2006.06676); asking for more must be deliberate.
MAX_DEFAULT_RESOLUTION = 1024
# What two cores learn in a night, by the README.
OF_A_CPU = 64
# A shape is that of most: so many of the images have it, and so near are two ratios that are one.
_MOST, _NEAR = 0.9, 0.03
_BLOCKS = range(4, 8)  # smaller sides of the smallest block, which are doubled
_WIDEST = 32  # its larger side


def choose_shape(
    source: Source,
    config: DataConfig,
    memory: pathlib.Path,
    log,
    largest: int = MAX_DEFAULT_RESOLUTION,
) -> Stored:
    """Take resolution, channels and bits from the user, or from the headers of the images.

    Alpha is asked for, never guessed.

    Args:
        source: the images.
        config: `resolution`, `channels` and `bits`, any may be None.
        memory: file that remembers what the headers said.
        log: called with one line for the user.
        largest: side of the square whose pixels a resolution that nobody has asked for may have.

    Raises:
        UserError: `memory` cannot be written.
    """
    if config.resolution and config.channels and config.bits:
        return Stored(*config.shape.hwc, config.bits)
    found = _remembered(memory)
    if not found:
        found = _read_headers(source)
        with files.writing(memory):
            checksummed_json.write(memory, found)
    square = _square(found, MAX_DEFAULT_RESOLUTION)
    if config.resolution and found["count"]:
        _warn_if_enlarged(config.resolution, found["median_side"], square, log)
    resolution = config.resolution
    if not resolution:
        resolution, why = _fitting(found, largest)
        most, _ = _fitting(found, MAX_DEFAULT_RESOLUTION)
        if resolution != most:
            why += (
                f"; machines without a GPU learn about {largest}x{largest} pixels in a night, and"
                f" --resolution={most} is what fits the images"
            )
        log(f"data: resolution {resolution}, {why}")
    shape = Shape.parse(resolution, config.channels or found["channels"])
    deep, count = found["deep"], found["count"]
    bits = config.bits or (16 if count and deep == count else 8)
    if not config.bits and deep:
        log(_bits_in_words(bits, deep, count))
    return Stored(*shape.hwc, bits)


def _square(found: dict, largest: int) -> int:
    fitting = 1 << max(found["median_side"], 1).bit_length() - 1
    return min(max(fitting, MIN_SIDE), largest)


def _fitting(found: dict, largest: int) -> tuple[int | str, str]:
    """Return the resolution that fits the images, and why, in words."""
    if "common" not in found:  # remembered by an earlier version, whose runs go on as they did
        largest = MAX_DEFAULT_RESOLUTION
    width, height = found.get("common", (1, 1))
    of_size, of_aspect = found.get("of_size", 0), found.get("of_aspect", 0)
    count, side = found["count"], found["median_side"]
    size, most = size_of(height, width), _MOST * max(count, 1)
    if of_size >= most and width * height <= largest**2 and is_size(size):
        return Shape.parse(size).resolution, f"the size of {of_size} of {count} images"
    within = f"within the {side} pixels of the median image's smaller side"
    if of_aspect >= most and not _alike(width, height):
        sides = _of_aspect(width, height, side, largest)
        if sides:
            return size_of(*sides), f"the aspect of {of_aspect} of {count} images {within}"
    return _square(found, largest), f"the largest power of two (up to {largest}) {within}"


def _of_aspect(width: int, height: int, side: int, largest: int) -> tuple[int, int] | None:
    """Return (height, width) of the largest shape that has about an aspect; None if no networks do."""
    ratio, choices = max(width, height) / min(width, height), []
    for small in _BLOCKS:
        large = round(small * ratio)
        fits = [
            2**level
            for level in range(1, 12)
            if small * 2**level <= side and small * large * 4**level <= largest**2
        ]
        if fits and large <= _WIDEST:
            error = abs(large / small / ratio - 1)
            near = error <= _NEAR
            # The largest of those that are near, else the nearest.
            choices.append((not near, -small * fits[-1] if near else error, fits[-1], large, small))
    if not choices:
        return None
    _, _, scale, large, small = min(choices)
    sides = (small * scale, large * scale)
    return sides if width > height else sides[::-1]


def _alike(width: float, height: float) -> bool:
    """Say whether two sides, or two ratios, are about the same."""
    return abs(width / height - 1) <= _NEAR


def _warn_if_enlarged(resolution: int | str, median: int, fitting: int, log) -> None:
    """Say before the work that most images will be enlarged, which adds pixels and no detail."""
    wanted = Shape.parse(resolution)
    if min(wanted.height, wanted.width) > median:
        log(
            f"data: resolution {resolution} enlarges most images: the smaller side of the median image"
            f" has {median} pixels; --resolution={fitting} takes them as they are"
        )


def _bits_in_words(bits: int, deep: int, count: int) -> str:
    if bits == 16:
        return "data: all images have 16 bits, which are kept; --bits=8 takes half the memory"
    return (
        f"data: {deep} of {count} images have 16 bits, of which 8 are kept as of the others;"
        " --bits=16 keeps all"
    )


def progress(source: Source, doing: str, entries=None):
    """Make a progress bar over a source, shown where somebody can watch."""
    quiet = not sys.stderr.isatty()
    return tqdm.tqdm(entries, total=source.size, desc=doing, unit="img", disable=quiet)


def _remembered(memory: pathlib.Path) -> dict | None:
    """Read the choice that was kept; None if there is none, or a damaged one."""
    try:
        return checksummed_json.read(memory, _MAX_MEMORY)
    except (OSError, ValueError, RecursionError):
        return None


def _read_headers(source: Source) -> dict:
    """Find the median of the smaller sides, the commonest size, the channels that suit all, and how many have 16 bits."""
    with Decoders(source.size, limited=source.kind != DRAWN) as decoders:
        looked = progress(source, "looking", decoders.each(_header, source.entries))
        # Broken files are reported when they are prepared.
        return _found([header for _, header in looked if not isinstance(header, Failed)])


def _found(found: list) -> dict:
    """Sum up headers, each a `_Header`, as they are remembered."""
    sides = sorted(min(header.size) for header in found)
    median = sides[(len(sides) - 1) // 2] if sides else MIN_SIDE
    sizes = collections.Counter(header.size for header in found)
    (common, of_size), *_ = sizes.most_common(1) or [((1, 1), 0)]
    return {
        "median_side": median,
        "common": common,
        "of_size": of_size,
        "of_aspect": sum(
            number
            for (width, height), number in sizes.items()
            if _alike(width / height, common[0] / common[1])
        ),
        "channels": _common({header.channels for header in found}),
        "deep": sum(header.bits == 16 for header in found),
        "count": len(found),
    }


class _Header(NamedTuple):
    """The upright size of an image (width, height), its channels and bits."""

    size: tuple[int, int]
    channels: int
    bits: int


def _header(stream, taken) -> _Header:
    with decode.open_image(stream, header_alone=True) as image:
        return _Header(decode.upright_size(image), decode.channels_of(image), decode.bits_of(image))


def _common(channels: set[int]) -> int:
    """The channels of all images together: those of their bands, if these are of one number."""
    if len(channels) == 1 and are_bands(max(channels)):
        return max(channels)
    return GREY if all(shown(found) == GREY for found in channels) else RGB
