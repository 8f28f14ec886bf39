"""Films as files; the ending of the name chooses the kind."""

import itertools
import pathlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from ada_tf.channels import are_bands
from ada_tf.errors import UserError
from ada_tf.files import listed, printable, replacing, writing
from ada_tf.films import gif, mp4, webp
from ada_tf.images import as_shown, to_uint8
from ada_tf.marking import ANY, Mark, xmp_of


class FilmFormat(NamedTuple):
    """A kind of file.

    Attributes:
        write: (frames, file, fps, packet of XMP or b"").
        highest_fps: that it can say.
        longest_side: in pixels.
        has_alpha: True if it keeps alpha; others lay it on white.
        check: raises a UserError where it cannot be written.
    """

    write: Callable
    highest_fps: int
    longest_side: int
    has_alpha: bool = False
    check: Callable[[], None] = lambda: None


FORMATS = {
    ".webp": FilmFormat(webp.write, 1000, 2**14 - 1, has_alpha=True),
    # Browsers slow down what is shown for less than two hundredths.
    ".gif": FilmFormat(gif.write, 50, 2**16 - 1),
    ".mp4": FilmFormat(mp4.write, 240, 2**13, check=mp4.check),
}


def format_of(path, fps: float, argument: str = "path") -> FilmFormat:
    """Return the kind of a file that is to be written.

    Args:
        path: of the file.
        fps: frames a second.
        argument: the name of `path`, for messages.

    Raises:
        UserError: its name does not say which kind, or that cannot be written here or so fast.
    """
    ending = pathlib.Path(path).suffix.lower()
    if ending not in FORMATS:
        raise UserError(f"{argument}={printable(path)!r} must end in {listed(list(FORMATS))}.")
    kind = FORMATS[ending]
    if not 0 < fps <= kind.highest_fps:
        raise UserError(
            f"fps={fps:g} must be above 0 and at most {kind.highest_fps} in a {ending[1:]} file."
        )
    kind.check()
    return kind


def save_film(
    frames: Iterable[np.ndarray],
    path,
    fps: float = 30,
    overwrite: bool = True,
    mark: Mark | None = ANY,
) -> None:
    """Write frames as a film that begins again when it has ended, one by one, in constant memory.

    WebP keeps alpha. GIF and MP4 have white behind it; a GIF has 256 colours a frame, MP4, which takes
    `pip install 'ada_tf[film]'`, one colour for 2x2 pixels. Of bands the first three are shown.

    Args:
        frames: [H, W, C], all of one shape; uint8, or float in [-1, 1] as `to_uint8` takes it.
        path: of the film, which ends in .webp, .gif or .mp4. It is replaced only when the new one is
            complete.
        fps: frames a second, up to 1000, 50 and 240.
        overwrite: False keeps what has appeared there meanwhile.
        mark: what the film says of itself; default: that it was generated. None says nothing.

    Raises:
        UserError: there are no frames, or a file of the kind cannot be written or cannot hold them.
    """
    kind = format_of(path, fps)
    frames = (_shown(frame, kind) for frame in frames)
    first = next(frames, None)
    if first is None:
        raise UserError("frames: a film needs at least one.")
    height, width, _ = first.shape
    if max(height, width) > kind.longest_side:
        raise UserError(
            f"{printable(path)} can hold frames of at most {kind.longest_side} pixels a side, not"
            f" {width}x{height}; give a smaller grid."
        )
    with writing(path), replacing(path, overwrite) as temporary, open(temporary, "wb") as file:
        kind.write(itertools.chain([first], frames), file, fps, xmp_of(mark))


def _shown(frame: np.ndarray, kind: FilmFormat) -> np.ndarray:
    pixels = frame if frame.dtype == np.uint8 else to_uint8(frame)
    if kind.has_alpha and not are_bands(pixels.shape[-1]):
        return pixels
    return as_shown(pixels)
