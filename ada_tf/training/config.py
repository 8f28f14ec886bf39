"""The whole configuration of a run: one frozen tree of dataclasses. Unknown keys fail."""

import dataclasses
import difflib
import reprlib
import sys
import types
import typing

from ada_tf.augment import POLICIES
from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.models.config import NetworkConfig
from ada_tf.models.sizes import ARCHITECTURES, PRECISIONS, check_network
from ada_tf.training.bounds import check_bounds
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig

MODES = ("ada", "adarv", "fixed", "noaug")
XLA = ("auto", "on", "off")
SNAPSHOTS = ("state", "generator")
# Of NetworkConfig, what decides how weights are used, not which there are.
WITHOUT_WEIGHTS = ("precision", "num_low_precision", "conv_clamp", "mbstd_group")
# And what decides it in networks with classes only.
OF_CLASSES = ("discriminator_mapping_layers", "discriminator_mapping_lr")


@dataclasses.dataclass(frozen=True)
class AugmentConfig:
    """Adaptive discriminator augmentation (arXiv 2006.06676)."""

    mode: str = "ada"  # ada (r_t), adarv (r_v), fixed, noaug
    pipe: str = "bgc"
    p: float = 0.0  # at the start; constant with "fixed"
    target: float | None = 0.6
    kimg: float = 500.0  # for p to move by 1
    interval: int = 4  # batches between updates
    cap: float | None = 0.8  # of p; above, augmentations leak into the images; None is no limit


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """A training run."""

    preset: str
    data: DataConfig
    network: NetworkConfig
    loss: LossConfig
    optimizer: OptimizerConfig
    ema: EmaConfig
    augment: AugmentConfig
    batch: int
    batch_gpu: int  # images of one replica at a time; the rest is accumulated
    kimg: float
    num_classes: int = 0  # 0 is unconditional
    seed: int = 0
    snap: int = 50  # ticks between images, and between kept checkpoints
    kimg_per_tick: float = 4.0
    checkpoint_minutes: float = 10.0
    snapshot_kimg: float = 200.0  # between checkpoints that are kept for good
    snapshots: str = "state"  # what those hold: all, or "generator" and configuration alone
    xla: str = "auto"
    tf32: bool = True  # float32 products in TF32 on a GPU

    @property
    def images(self) -> int:
        """Where the run ends, in images."""
        return round(self.kimg * 1000)

    @property
    def tick_images(self) -> int:
        """Images between ticks."""
        return round(self.kimg_per_tick * 1000)


def to_dict(config) -> dict:
    """Plain values, ready for JSON."""
    return dataclasses.asdict(config)


def from_dict(kind, values):
    """Rebuild a configuration from `to_dict`, or from what a stranger's file has in its place.

    Raises:
        UserError: it is no dictionary, a key is missing or not known, a value is of another type or
            not finite, or what is built refuses it.
    """
    if not isinstance(values, dict):
        raise UserError(f"{kind.__name__} must be names and values, not {reprlib.repr(values)}.")
    fields = {f.name: f for f in dataclasses.fields(kind)}
    unknown = next((name for name in values if name not in fields), None)
    if unknown is not None:
        close = difflib.get_close_matches(unknown[:99], fields, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise UserError(f"{kind.__name__} has no setting {reprlib.repr(unknown)}{hint}")
    for name, field in fields.items():
        required = field.default is field.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise UserError(f"{kind.__name__} lacks the setting {name!r}.")
    hints = typing.get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value, name) for name, value in values.items()})


_WORDS = {
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    bool: "true or false",
    types.NoneType: "none",
}


def _typed(hint, value, name: str):
    """A value if it is of the type of its field, such as `float | None` or another dataclass.

    Raises:
        UserError: naming the setting.
    """
    kinds = typing.get_args(hint) or (hint,)
    if value is None and types.NoneType in kinds:
        return None
    for kind in kinds:
        if dataclasses.is_dataclass(kind):
            return from_dict(kind, value)
        accepts = (int, float) if kind is float else (kind,)
        if type(value) not in accepts:  # to isinstance, True is an int
            continue
        if kind is not float or abs(value) <= sys.float_info.max:  # NaN is not
            return value
    accepted = " or ".join(_WORDS.get(kind, kind.__name__) for kind in kinds)
    raise UserError(f"{name}={reprlib.repr(value)} must be {accepted}.")


def differences(ours, theirs, prefix="") -> list[str]:
    """Settings in which two configurations differ, as "network.w_dim: 512 here, 64 there"."""
    found = []
    for field in dataclasses.fields(ours):
        a, b = getattr(ours, field.name), getattr(theirs, field.name)
        if dataclasses.is_dataclass(a):
            found += differences(a, b, f"{prefix}{field.name}.")
        elif a != b:
            found.append(f"{prefix}{field.name}: {a} here, {b} there")
    return found


def check(config: RunConfig, replicas: int = 1) -> None:
    """Refuse settings that cannot train, whatever the data are.

    Raises:
        UserError: naming the setting, its value and what is accepted.
    """
    check_bounds(config)
    network, augment = config.network, config.augment
    for name, value, accepted in (
        ("network.generator_architecture", network.generator_architecture, ARCHITECTURES),
        ("network.discriminator_architecture", network.discriminator_architecture, ARCHITECTURES),
        ("precision", network.precision, tuple(PRECISIONS)),
        ("aug", augment.mode, MODES),
        ("augpipe", augment.pipe, tuple(POLICIES)),
        ("snapshots", config.snapshots, SNAPSHOTS),
        ("xla", config.xla, XLA),
    ):
        if value not in accepted:
            raise UserError(f"{name}={value!r} must be one of {', '.join(accepted)}.")
    resolution = config.data.resolution
    check_network(resolution, network.generator_architecture, network.precision)
    if network.channel_base < resolution:
        raise UserError(
            f"network.channel_base={network.channel_base} leaves no feature maps at {resolution}"
            f" pixels; use at least {resolution}."
        )
    if augment.mode == "adarv" and config.data.validation < 1:
        raise UserError(
            "aug='adarv' compares with held-out images; set validation to how many to hold out."
        )
    _check_parts(config, replicas)


def _check_parts(config: RunConfig, replicas: int) -> None:
    """Refuse a batch that does not divide into replicas, parts and minibatch-std groups."""
    batch, part = config.batch, config.batch_gpu
    if batch % replicas:
        raise UserError(
            f"batch={batch} does not divide among {replicas} devices; use a multiple of {replicas}."
        )
    if batch % (replicas * part):
        raise UserError(
            f"batch={batch} does not divide into parts of batch_gpu={part} images on"
            f" {replicas} device(s)."
        )
    group = min(config.network.mbstd_group, part)
    if part % group:
        whole = part * replicas == batch  # nobody asked for parts
        name, unit = (f"batch={batch}", replicas * group) if whole else (f"batch_gpu={part}", group)
        raise UserError(
            f"{name} does not divide into minibatch-std groups of {group} on each device;"
            f" use a multiple of {unit}."
        )


def check_data(config: RunConfig, dataset, replicas: int = 1) -> None:
    """Refuse to train on too few images.

    Raises:
        UserError: with how many there are.
    """
    count = dataset.num_images
    if count < config.batch:
        raise UserError(
            f"batch={config.batch} is more than the {count} images of {dataset.name}; add images,"
            f" of which a GAN needs hundreds, or use a batch of at most {count}."
        )
    if config.augment.mode == "adarv" and dataset.validation.num_images < replicas:
        raise UserError(
            f"validation={config.data.validation} must be at least the {replicas} devices that"
            " score the held-out images."
        )
