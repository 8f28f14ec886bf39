"""What each number of a configuration may be: one row a setting. Nothing heavy is imported."""

import functools
import numbers
from typing import NamedTuple

from ada_tf.errors import UserError

# The largest numbers that do not turn infinite or negative on the device.
FLOAT32, INT32 = 3.4028234663852886e38, 2**31 - 1
# Far above what any memory holds: a configuration may come from a file of a stranger.
WIDTH, LAYERS, SIDE, CLASSES = 2**16, 2**7, 2**14, 2**20
# A run is at least one image long, and ends far before the 2**48 images of a seed stream.
IMAGE, END = 0.001, 1e9  # kimg


class Bound(NamedTuple):
    """The interval of one setting.

    Attributes:
        setting: its path in `RunConfig`.
        lower: end of the interval.
        upper: the other end; None is the largest number of the type.
        ends: "[" or "]" where an end belongs to the interval, "(" or ")" where it does not.
        integer: whether it counts something.
        optional: whether None is accepted, too.
        flag: what users know it as, if not by its path.
    """

    setting: str
    lower: float
    upper: float | None = None
    ends: str = "[]"
    integer: bool = False
    optional: bool = False
    flag: str | None = None

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.flag or self.setting

    @property
    def accepted(self) -> str:
        """The interval in words."""
        show = str if self.integer else "{:g}".format
        kind = "whole number" if self.integer else "number" if self.upper else "finite number"
        if self.upper is not None and self.ends == "[]":
            text = f"a {kind} from {show(self.lower)} to {show(self.upper)}"
        else:
            text = (
                f"a {kind} {'of at least' if self.ends[0] == '[' else 'above'} {show(self.lower)}"
            )
            if self.upper is not None:
                text += f" and {'up to' if self.ends[1] == ']' else 'below'} {show(self.upper)}"
        return text + (", or none" if self.optional else "")

    def accepts(self, value) -> bool:
        """Whether the value is of the type and in the interval; NaN is in none."""
        if value is None:
            return self.optional
        kind = numbers.Integral if self.integer else numbers.Real
        if isinstance(value, bool) or not isinstance(value, kind):
            return False
        upper = (INT32 if self.integer else FLOAT32) if self.upper is None else self.upper
        above = value >= self.lower if self.ends[0] == "[" else value > self.lower
        below = value <= upper if self.ends[1] == "]" else value < upper
        return bool(above and below)

    def check(self, value) -> None:
        """Refuse a value outside.

        Raises:
            UserError: naming the setting, the value and what is accepted.
        """
        if not self.accepts(value):
            raise UserError(f"{self.name}={value!r:.80} must be {self.accepted}.")


_count = functools.partial(Bound, integer=True)

BOUNDS = (
    _count("data.resolution", 8, SIDE, optional=True, flag="resolution"),
    _count("data.subset", 1, optional=True, flag="subset"),
    _count("data.validation", 0, flag="validation"),
    _count("data.channels", 1, 3, optional=True),
    _count("data.seed", -(2**63), 2**63 - 1, flag="seed"),
    _count("network.z_dim", 1, WIDTH),
    _count("network.w_dim", 1, WIDTH),
    _count("network.mapping_layers", 1, LAYERS),
    _count("network.discriminator_mapping_layers", 0, LAYERS),
    Bound("network.discriminator_mapping_lr", 0, ends="(]"),
    _count("network.channel_base", 1, WIDTH * SIDE),
    _count("network.channel_max", 1, WIDTH),
    _count("network.mbstd_group", 1),
    _count("network.num_low_precision", 0, LAYERS),
    Bound("network.conv_clamp", 0, ends="(]", optional=True),
    Bound("loss.r1_gamma", 0, flag="gamma"),
    _count("loss.r1_interval", 1),
    Bound("loss.pl_weight", 0, flag="pl_weight"),
    _count("loss.pl_interval", 1),
    Bound("loss.pl_decay", 0, 1),
    _count("loss.pl_batch_shrink", 1),
    Bound("loss.style_mixing_prob", 0, 1),
    Bound("loss.w_avg_decay", 0, 1),
    Bound("optimizer.learning_rate", 0, ends="(]", flag="lr"),
    Bound("optimizer.beta_1", 0, 1, "[)"),
    Bound("optimizer.beta_2", 0, 1, "[)"),
    Bound("optimizer.epsilon", 0, ends="(]"),
    Bound("ema.kimg", 0),
    Bound("ema.rampup", 0, optional=True),
    Bound("augment.p", 0, 1, flag="p"),
    Bound("augment.target", 0, 1, optional=True, flag="target"),
    Bound("augment.kimg", 0, ends="(]", flag="ada_kimg"),
    _count("augment.interval", 1),
    Bound("augment.cap", 0, 1, "(]", optional=True, flag="ada_cap"),
    _count("batch", 1, flag="batch"),
    _count("batch_gpu", 1, flag="batch_gpu"),
    Bound("kimg", IMAGE, END, flag="kimg"),
    _count("num_classes", 0, CLASSES),
    _count("seed", -(2**63), 2**63 - 1, flag="seed"),
    _count("snap", 1, flag="snap"),
    Bound("kimg_per_tick", IMAGE, END),
    Bound("checkpoint_minutes", 0, flag="checkpoint_minutes"),
    Bound("snapshot_kimg", IMAGE, END, flag="snapshot_kimg"),
)


def check_bounds(config) -> None:
    """Refuse a RunConfig with a number that cannot be trained with.

    Raises:
        UserError: naming the first one.
    """
    for bound in BOUNDS:
        bound.check(functools.reduce(getattr, bound.setting.split("."), config))


def check_given(given: dict) -> None:
    """The same for some settings only: section -> {setting: value}, and settings of RunConfig itself.

    Raises:
        UserError: naming the first one that is refused.
    """
    for bound in BOUNDS:
        section, _, name = bound.setting.rpartition(".")
        values = given.get(section, {}) if section else given
        if name in values:
            bound.check(values[name])
