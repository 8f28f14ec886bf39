"""Presets: the settings the papers trained with, and `tiny` for a laptop."""

import dataclasses

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.training.config import (
    AugmentConfig,
    EmaConfig,
    LossConfig,
    NetworkConfig,
    OptimizerConfig,
    RunConfig,
)


@dataclasses.dataclass(frozen=True)
class Preset:
    """One row of the table. `reference_gpus` is the number that fixes the images per GPU and round."""

    kimg: float
    batch: int
    reference_gpus: int
    mbstd: int
    feature_maps: float  # relative to channel_base 32768
    learning_rate: float
    gamma: float
    ema_kimg: float
    ema_rampup: float | None
    mapping_layers: int


# arXiv 1912.04958 (stylegan2) and arXiv 2006.06676, appendix C (the rest).
PRESETS = {
    "stylegan2": Preset(25000, 32, 8, 4, 1, 0.002, 10, 10, None, 8),
    "paper256": Preset(25000, 64, 8, 8, 0.5, 0.0025, 1, 20, None, 8),
    "paper512": Preset(25000, 64, 8, 8, 1, 0.0025, 0.5, 20, None, 8),
    "paper1024": Preset(25000, 32, 8, 4, 1, 0.002, 2, 10, None, 8),
    "cifar": Preset(100000, 64, 2, 32, 1, 0.0025, 0.01, 500, 0.05, 2),
}
NAMES = ("auto", *PRESETS, "tiny")


def auto_preset(resolution: int, replicas: int = 1) -> Preset:
    """Settings by resolution and number of GPUs, for when nothing is known of the data."""
    batch = max(min(replicas * min(4096 // resolution, 32), 64), replicas)
    return Preset(
        kimg=25000,
        batch=batch,
        reference_gpus=replicas,
        mbstd=min(batch // replicas, 4),
        feature_maps=1 if resolution >= 512 else 0.5,
        learning_rate=0.002 if resolution >= 1024 else 0.0025,
        gamma=0.0002 * resolution**2 / batch,
        ema_kimg=batch * 10 / 32,
        ema_rampup=0.05,
        mapping_layers=2,
    )


def from_preset(name: str, data: DataConfig, resolution: int, replicas: int = 1) -> RunConfig:
    """The configuration a preset stands for, before any flag overrides it.

    Args:
        name: one of `NAMES`.
        data: where the images are.
        resolution: of the images, in pixels.
        replicas: GPUs that train together.

    Raises:
        UserError: the name is not known.
    """
    check_preset(name)
    if name == "tiny":
        return _tiny(data, replicas)
    row = PRESETS[name] if name in PRESETS else auto_preset(resolution, replicas)
    cifar = name == "cifar"
    return RunConfig(
        preset=name,
        data=data,
        network=NetworkConfig(
            mapping_layers=row.mapping_layers,
            channel_base=int(row.feature_maps * 32768),
            mbstd_group=row.mbstd,
            discriminator_architecture="orig" if cifar else "resnet",
        ),
        loss=LossConfig(
            r1_gamma=row.gamma,
            pl_weight=0.0 if cifar else 2.0,
            style_mixing_prob=0.0 if cifar else 0.9,
        ),
        optimizer=OptimizerConfig(learning_rate=row.learning_rate),
        ema=EmaConfig(row.ema_kimg, row.ema_rampup),
        augment=AugmentConfig(),
        batch=row.batch,
        batch_gpu=row.batch // row.reference_gpus,
        kimg=row.kimg,
    )


def check_preset(name: str) -> None:
    """Refuse a preset that is not known.

    Raises:
        UserError: naming those that are.
    """
    if name not in NAMES:
        raise UserError(f"preset={name!r} must be one of {', '.join(NAMES)}.")


def _tiny(data: DataConfig, replicas: int) -> RunConfig:
    """About half a million weights: small pictures in minutes on two CPU cores.

    ADA moves p by 1 in 100 kimg instead of 500, because the whole run is shorter than that, and the
    average of the generator is 1 kimg long for the same reason. No path length: it buys smoothness
    in w that nobody sees at 16 pixels for a fifth of the time.
    """
    return RunConfig(
        preset="tiny",
        data=data,
        network=NetworkConfig(
            z_dim=64, w_dim=64, mapping_layers=2, channel_base=1024, channel_max=64,
            num_low_precision=0, conv_clamp=None,
        ),
        loss=LossConfig(r1_gamma=0.1, pl_weight=0.0),
        optimizer=OptimizerConfig(learning_rate=0.0025),
        ema=EmaConfig(1.0, 0.05),
        augment=AugmentConfig(kimg=100.0),
        batch=32,
        batch_gpu=32 // replicas,
        kimg=120,
        snap=5,
        snapshot_kimg=20,
    )  # fmt: skip
