"""Settings of the data."""

import dataclasses
import os

from ada_tf.channels import BITS
from ada_tf.data.crop import CENTER, COLOUR, CROPS, PAD, Fit, is_colour
from ada_tf.data.sources.folders_and_archives import accepted, is_no_path
from ada_tf.errors import UserError
from ada_tf.settings import Named, SettingError, check, renamable, setting
from ada_tf.shape import ACCEPTED as SIZES
from ada_tf.shape import MAX_CHANNELS, Shape, is_size

DIGITS, CREATURES, TFDS_PREFIX = "digits", "creatures", "tfds:"


@renamable
@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Source of the images, and their use."""

    source: str = setting(
        DIGITS,
        lambda: f"{accepted()[0].upper()}{accepted()[1:]}.",
        flag="data",
    )
    resolution: int | str | None = setting(
        None,
        "Size of the images in pixels: WIDTHxHEIGHT, or the side of squares. none: what fits the"
        " images, see docs/pictures.md.",
        only=is_size,
        only_words=SIZES,
        flag="resolution",
    )
    cond: bool = setting(
        False, "Train on labels: classes, attributes or both.", flag="cond", names_run="cond"
    )
    subset: int | None = setting(
        None,
        "Train on this many random images only.",
        at_least=1,
        flag="subset",
        names_run="subset",
    )
    mirror: bool = setting(
        False, "Add a mirrored copy of every image.", flag="mirror", names_run="mirror"
    )
    validation: int = setting(
        0,
        "Number of random images to hold out, for scores and --aug=adarv.",
        at_least=0,
        flag="validation",
    )
    channels: int | None = setting(
        None,
        "Channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha, more are bands. none: detected.",
        at_least=1,
        at_most=MAX_CHANNELS,
        flag="channels",
    )
    bits: int | None = setting(
        None,
        "Bits per channel; none: 16 if all images have 16.",
        choices=BITS,
        flag="bits",
    )
    crop: str = setting(
        CENTER,
        "Fit of pictures of other shapes: center keeps the largest part around the centre, pad the whole"
        " on a ground, resize the whole in another aspect.",
        choices=CROPS,
        flag="crop",
        names_run="",
    )
    pad_color: str | None = setting(
        None,
        f"Ground of --crop=pad: {COLOUR}. none: white, or transparent with alpha.",
        flag="pad_color",
    )
    resize_filter: str = setting(
        "lanczos",
        "Filter that resizes images.",
        choices=("lanczos", "box"),
        flag="resize_filter",
    )
    seed: int = setting(
        0,
        "Seed of the subset, the held-out images and the order of the stream.",
        at_least=-(2**63),
        at_most=2**63 - 1,
        flag="seed",
    )
    cache_dir: str | None = setting(
        None,
        "Folder of prepared data sets; none: in the user's cache.",
        flag="cache_dir",
    )
    data_dir: str | None = setting(
        None, "Folder of TFDS data sets; none: its usual one.", flag="data_dir"
    )
    split: str = setting(
        "train",
        "Split of a TFDS data set, or of a folder laid out as split/class/image.",
        flag="split",
    )
    follow_links: bool = setting(
        False,
        "Follow links of a folder that lead out of it.",
        flag="follow_links",
    )

    def __post_init__(self):
        check(self)
        if not self.source:
            raise SettingError(Named("source", self.source), f" must be {accepted()}.")
        if self.resolution is not None:  # "64x64" is 64: one value for what is the same
            same = Shape.parse(self.resolution).resolution
            object.__setattr__(self, "resolution", same)
        if self.pad_color is not None:
            self._check_pad_color()

    def _check_pad_color(self):
        given = Named("pad_color", self.pad_color)
        if not is_colour(self.pad_color):
            raise SettingError(given, f" must be {COLOUR}, or none.")
        if self.crop != PAD:
            raise SettingError(
                given, f" is the ground of crop={PAD}; ", Named("crop", self.crop), " has none."
            )

    @classmethod
    def of(cls, data) -> "DataConfig":
        """Make one of a source alone, such as "photos/"; a DataConfig is returned as it is."""
        if isinstance(data, (str, os.PathLike)):
            return cls(os.fspath(data))
        if not isinstance(data, cls):
            raise UserError(
                f"data={data!r:.80} must be a DataConfig, or a source such as 'photos/'."
            )
        return data

    @property
    def fit(self) -> Fit:
        """Crop and ground, as `crop.Fit`."""
        return Fit(self.crop, self.pad_color, self.resize_filter)

    @property
    def shape(self) -> Shape:
        """Shape of the images.

        Raises:
            SettingError: resolution or channels are not said.
        """
        for name in ("resolution", "channels"):
            if getattr(self, name) is None:
                raise SettingError(Named(name), " is not said.")
        return Shape.parse(self.resolution, self.channels)


def is_creatures(source: str) -> bool:
    """Return True for the creatures, with or without numbers behind a colon."""
    return source.partition(":")[0] == CREATURES


def absolute_source(source: str) -> str:
    """Give a source the one name that it has from everywhere.

    Args:
        source: as in `DataConfig`.

    Returns:
        The absolute path of a folder or file, without symbolic links, however it was typed;
        anything else as it is.
    """
    if source in ("", DIGITS) or is_creatures(source) or source.startswith(TFDS_PREFIX):
        return source
    if is_no_path(source):
        return source
    return os.path.realpath(os.path.expanduser(source))
