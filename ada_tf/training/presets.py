"""Presets: the settings the papers trained with, `auto` for any data, and `tiny` for a laptop."""

import dataclasses

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.training.config import AugmentConfig, NetworkConfig, RunConfig, check
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig

# What the data may turn out to be, as long as nobody has looked.
RESOLUTIONS = (8, 16, 32, 64, 128, 256, 512, 1024)


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


def from_preset(
    name: str, data: DataConfig, resolution: int, replicas: int = 1, **overrides
) -> RunConfig:
    """The configuration a preset stands for, with some settings replaced.

    Args:
        name: one of `NAMES`.
        data: where the images are.
        resolution: of the images, in pixels.
        replicas: GPUs that train together.
        **overrides: section name -> {setting: value}, and settings of RunConfig itself.

    Raises:
        UserError: the name is not known.
    """
    check_preset(name)
    if name == "tiny":
        config = _tiny(data, replicas)
    elif name == "auto":
        config = _from_row(name, data, auto_preset(resolution, replicas))
    else:
        config = _as_published(_from_row(name, data, PRESETS[name]))
    if "batch" in overrides and "batch_gpu" not in overrides:
        overrides["batch_gpu"] = max(overrides["batch"] // replicas, 1)
    return _replace(config, overrides)


def _replace(config, changes: dict):
    """A configuration with some settings replaced, those of a section as a dictionary."""
    for name, value in changes.items():
        if isinstance(value, dict):
            value = dataclasses.replace(getattr(config, name), **value)
        config = dataclasses.replace(config, **{name: value})
    return config


def _from_row(name: str, data: DataConfig, row: Preset) -> RunConfig:
    return RunConfig(
        preset=name,
        data=data,
        network=NetworkConfig(
            mapping_layers=row.mapping_layers,
            channel_base=int(row.feature_maps * 32768),
            mbstd_group=row.mbstd,
        ),
        loss=LossConfig(r1_gamma=row.gamma),
        optimizer=OptimizerConfig(learning_rate=row.learning_rate),
        ema=EmaConfig(row.ema_kimg, row.ema_rampup),
        augment=AugmentConfig(),
        batch=row.batch,
        batch_gpu=row.batch // row.reference_gpus,
        kimg=row.kimg,
    )


def _as_published(config: RunConfig) -> RunConfig:
    """As the papers trained: p without a limit, and no TF32, which their GPUs did not have."""
    config = _replace(config, {"augment": {"cap": None}, "tf32": False})
    if config.preset != "cifar":
        return config
    # The CIFAR-10 runs of arXiv 2006.06676; without layers, labels of D are embedded and normalised.
    changes = {
        "network": {
            "discriminator_architecture": "orig",
            "discriminator_mapping_layers": 0,
            "discriminator_mapping_lr": 0.1,
        },
        "loss": {"pl_weight": 0.0, "style_mixing_prob": 0.0},
    }
    return _replace(config, changes)


def check_early(name: str, data: DataConfig, replicas: int, overrides: dict) -> None:
    """Refuse what no data could mend, before they are looked at: preparing them takes minutes.

    Args:
        name: of a preset.
        data: as the user gave it; without a resolution, one of `RESOLUTIONS` must do.
        replicas: GPUs that train together.
        overrides: see `from_preset`.

    Raises:
        UserError: naming the setting, its value and what is accepted.
    """
    check_preset(name)
    problems = []
    for side in RESOLUTIONS if data.resolution is None else (data.resolution,):
        sized = dataclasses.replace(data, resolution=side)
        try:
            check(from_preset(name, sized, side, replicas, **overrides), replicas)
        except UserError as error:
            problems.append(error)
        else:
            return
    raise problems[0]


def check_preset(name: str) -> None:
    """Refuse a preset that is not known.

    Raises:
        UserError: naming those that are.
    """
    if name not in NAMES:
        raise UserError(f"preset={name!r} must be one of {', '.join(NAMES)}.")


def _tiny(data: DataConfig, replicas: int) -> RunConfig:
    """About half a million weights: small images in minutes on two CPU cores.

    ADA moves p by 1 in 100 kimg instead of 500, because the whole run is shorter than that, and the
    average of the generator is 1 kimg long for the same reason. No path length: it buys smoothness
    in w that nobody sees at 16 pixels for a fifth of the time.
    """
    return RunConfig(
        preset="tiny",
        data=data,
        network=NetworkConfig(
            z_dim=64, w_dim=64, mapping_layers=2, channel_base=1024, channel_max=64,
            precision="float32", num_low_precision=0, conv_clamp=None,
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
