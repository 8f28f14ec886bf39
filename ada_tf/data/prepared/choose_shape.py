"""A look at the headers: which resolution, how many channels and bits suit the images."""

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
from ada_tf.shape import MIN_SIDE, Shape

# The remembered headers are four numbers.
_MAX_MEMORY = 2**12

# The largest networks of the paper (arXiv:2006.06676); asking for more must be deliberate.
_MAX_DEFAULT_RESOLUTION = 1024


def choose_shape(source: Source, config: DataConfig, memory: pathlib.Path, log) -> Stored:
    """Take resolution, channels and bits from the user, or from the headers of the images.

    Alpha is asked for, never guessed.

    Args:
        source: the images.
        config: `resolution`, `channels` and `bits`, any may be None.
        memory: file that remembers what the headers said.
        log: called with one line for the user.

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
    fitting = 1 << max(found["median_side"], 1).bit_length() - 1
    fitting = min(max(fitting, MIN_SIDE), _MAX_DEFAULT_RESOLUTION)
    if config.resolution and found["count"]:
        _warn_if_enlarged(config.resolution, found["median_side"], fitting, log)
    shape = Shape.parse(config.resolution or fitting, config.channels or found["channels"])
    deep, count = found["deep"], found["count"]
    bits = config.bits or (16 if count and deep == count else 8)
    if not config.bits and deep:
        log(_bits_in_words(bits, deep, count))
    if not config.resolution:
        log(
            f"data: resolution {fitting}, the largest power of two (up to "
            f"{_MAX_DEFAULT_RESOLUTION}) within the {found['median_side']} pixels of the median "
            "image's smaller side"
        )
    return Stored(*shape.hwc, bits)


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
    """Find the median of the smaller sides, the channels that suit all, and how many have 16 bits."""
    with Decoders(source.size, limited=source.kind != DRAWN) as decoders:
        looked = progress(source, "looking", decoders.each(_header, source.entries))
        # Broken files are reported when they are prepared.
        found = [header for _, header in looked if not isinstance(header, Failed)]
    sides = sorted(header.side for header in found)
    median = sides[(len(sides) - 1) // 2] if sides else MIN_SIDE
    return {
        "median_side": median,
        "channels": _common({header.channels for header in found}),
        "deep": sum(header.bits == 16 for header in found),
        "count": len(found),
    }


class _Header(NamedTuple):
    """The smaller side of an image, its channels and bits."""

    side: int
    channels: int
    bits: int


def _header(stream, taken) -> _Header:
    with decode.open_image(stream, header_alone=True) as image:
        return _Header(min(image.size), decode.channels_of(image), decode.bits_of(image))


def _common(channels: set[int]) -> int:
    """The channels of all images together: those of their bands, if these are of one number."""
    if len(channels) == 1 and are_bands(max(channels)):
        return max(channels)
    return GREY if all(shown(found) == GREY for found in channels) else RGB
