"""A look at the headers: which resolution and how many channels suit the images."""

import pathlib
import sys

import tqdm

from ada_tf import files
from ada_tf.data import decode
from ada_tf.data.config import DataConfig
from ada_tf.data.prepared import sealed
from ada_tf.data.sources.source import Source
from ada_tf.shape import MIN_SIDE, Shape

# The remembered headers are two numbers.
_MAX_MEMORY = 2**12

# The largest networks of the paper (arXiv:2006.06676); asking for more must be deliberate.
_MAX_DEFAULT_RESOLUTION = 1024


def choose_shape(source: Source, config: DataConfig, memory: pathlib.Path, log) -> Shape:
    """Take resolution and channels from the user, or from the headers of the images.

    Args:
        source: the images.
        config: `resolution` and `channels`, either may be None.
        memory: file that remembers what the headers said.
        log: called with one line for the user.

    Raises:
        UserError: `memory` cannot be written.
    """
    if config.resolution and config.channels:
        return config.shape
    found = _remembered(memory)
    if not found:
        found = _read_headers(source)
        with files.writing(memory):
            sealed.write(memory, found)
    fitting = 1 << max(found["median_side"], 1).bit_length() - 1
    fitting = min(max(fitting, MIN_SIDE), _MAX_DEFAULT_RESOLUTION)
    channels = config.channels or (1 if found["grey"] else 3)
    shape = Shape.parse(config.resolution or fitting, channels)
    if not config.resolution:
        log(
            f"data: resolution {fitting}, the largest power of two (up to "
            f"{_MAX_DEFAULT_RESOLUTION}) within the {found['median_side']} pixels of the median "
            "image's smaller side"
        )
    return shape


def progress(source: Source, doing: str, entries=None):
    """Make a progress bar over a source, shown where somebody can watch."""
    quiet = not sys.stderr.isatty()
    return tqdm.tqdm(entries, total=source.size, desc=doing, unit="img", disable=quiet)


def _remembered(memory: pathlib.Path) -> dict | None:
    """What the file says; None if there is none, or a damaged one."""
    try:
        return sealed.read(memory, _MAX_MEMORY)
    except (OSError, ValueError, RecursionError):
        return None


def _read_headers(source: Source) -> dict:
    """Find the median of the smaller sides, and whether every image is grey."""
    sides, grey = [], True
    with decode.strict():
        for entry in progress(source, "looking", source.entries):
            try:
                with entry.open() as stream, decode.open_image(stream) as image:
                    sides.append(min(image.size))
                    grey = grey and image.mode in decode.GREY_MODES
            except Exception:  # broken files are reported when they are prepared
                continue
    sides.sort()
    median = sides[(len(sides) - 1) // 2] if sides else MIN_SIDE
    return {"median_side": median, "grey": grey}
