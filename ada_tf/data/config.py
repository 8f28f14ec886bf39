"""What the user may say about the data."""

import dataclasses
import os

from ada_tf.data.sources.file_kinds import ACCEPTED
from ada_tf.errors import UserError

DIGITS, TFDS_PREFIX = "digits", "tfds:"

# Below 8 pixels neither network has a single block to train.
MIN_RESOLUTION = 8


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Where the images come from and how they are used.

    Attributes:
        source: `digits`, `tfds:NAME[/CONFIG]`, a prepared directory, or a path of one of the kinds
            of `ada_tf.data.sources.file_kinds`: a folder or an archive.
        resolution: side of the square images in pixels, a power of two of at least 8; None takes
            the largest power of two that the median image fills.
        mirror: add a horizontally flipped copy of every image.
        subset: use only this many images, drawn by `seed`; None uses all.
        cond: use the class labels.
        validation: number of images held out of training, drawn by `seed`.
        channels: 1 or 3; None is 1 if every image is grey, else 3.
        resize_filter: `lanczos` or `box`.
        seed: decides the subset, the held-out images and the order of the stream.
        cache_dir: where prepared data sets are kept; None is a folder of the user's cache.
        data_dir: where TFDS keeps its data sets; None is the place TFDS itself would look.
        split: which split of a TFDS data set, or of a folder laid out as split/class/image.
    """

    source: str = DIGITS
    resolution: int | None = None
    mirror: bool = False
    subset: int | None = None
    cond: bool = False
    validation: int = 0
    channels: int | None = None
    resize_filter: str = "lanczos"
    seed: int = 0
    cache_dir: str | None = None
    data_dir: str | None = None
    split: str = "train"

    def __post_init__(self):
        side = self.resolution
        if side is not None and (side < MIN_RESOLUTION or side & (side - 1)):
            raise UserError(
                f"resolution={side}: must be a power of two of at least {MIN_RESOLUTION}."
            )
        if self.channels not in (None, 1, 3):
            raise UserError(f"channels={self.channels}: must be 1 (grey) or 3 (colour).")
        if self.resize_filter not in ("lanczos", "box"):
            raise UserError(f"resize_filter={self.resize_filter!r}: must be 'lanczos' or 'box'.")
        if self.subset is not None and self.subset < 1:
            raise UserError(f"subset={self.subset}: must be at least 1.")
        if self.validation < 0:
            raise UserError(f"validation={self.validation}: must be 0 or more.")
        if not self.source:
            raise UserError(f"data='': must be {ACCEPTED}.")


def absolute_source(source: str) -> str:
    """Give a source the one name that it has from everywhere.

    Args:
        source: as in `DataConfig`.

    Returns:
        The absolute path of a folder or file, without symbolic links, however it was typed;
        anything else as it is.
    """
    if not source or source == DIGITS or source.startswith(TFDS_PREFIX):
        return source
    return os.path.realpath(os.path.expanduser(source))
