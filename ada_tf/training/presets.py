"""Presets: a name and some settings become the complete configuration of a run."""

import dataclasses
import json
import os
from collections.abc import Mapping

from ada_tf import extensions
from ada_tf.data.config import DataConfig, absolute_source
from ada_tf.errors import UserError
from ada_tf.models.config import NetworkConfig
from ada_tf.models.families import NetworkSettings, scales_labels, settings_class
from ada_tf.settings import Named, SettingError, leaves_by_path, paths_in, replaced
from ada_tf.shape import Shape
from ada_tf.training.config import AugmentConfig, RunConfig, families_in, schema_for
from ada_tf.training.dependent_defaults import dependent_defaults
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig
from ada_tf.training.preset_table import (
    NAMES,
    PRESETS,
    R3GAN,
    SIZES,
    Preset,
    auto_preset,
    settings_for_data,
)
from ada_tf.training.r3gan_presets import r3gan

__all__ = ["NAMES", "PRESETS", "Preset", "auto_preset", "data_of", "preset"]
_MAX_NAMES = 2**20  # bytes of the names of all classes, as JSON


def preset(
    name: str,
    *,
    dataset=None,
    data: DataConfig | str | None = None,
    resolution: int | str | None = None,
    channels: int | None = None,
    replicas: int = 1,
    settings: Mapping | None = None,
    **more,
) -> RunConfig:
    """Return the configuration of a preset, with some settings replaced.

        ada_tf.preset("auto", resolution=64, batch=16, w_dim=128, settings={"ema.kimg": 5.0})

    Args:
        name: one of `NAMES`.
        dataset: opened from `data`; gives resolution, channels, labels and number of images.
        data: place and preparation of the images, or their source alone; default the built-in
            digits.
        resolution: of the images in pixels, such as 64 or "512x384", if neither `dataset` nor `data`
            has it.
        channels: of the images, likewise; None leaves it open.
        replicas: devices that train together.
        settings: path -> value, or section -> {name: value}. Settings that depend on them follow,
            such as `batch_gpu` from `batch`, unless they are given as well.
        **more: further settings, by path or by the end of a path that only one setting has.

    Raises:
        UserError: the preset or a setting is not known, or its value is not accepted.
    """
    given = _given(name, settings or {}, more)
    # The data first: all else may depend on side, channels and number of images.
    data = _data(data, dataset, resolution, channels, given)
    pictures = None if dataset is None else dataset.num_originals
    networks = _maker_of_networks(given)
    if name in R3GAN:
        config = r3gan(name, data, networks, replicas, pictures, given.get("augment.mode"))
    else:
        config = _of(name, data, networks, replicas, pictures)
    if dataset is not None:
        labels = dataset.label_space
        config = dataclasses.replace(
            config,
            num_classes=labels.num_classes,
            class_names=_kept_names(labels.class_names),
            attributes=labels.attributes,
            attribute_ranges=labels.ranges,
            class_shares=labels.shares,
            attribute_scales=labels.scales if scales_labels(config.network) else (),
        )
    used = tuple(map(tuple, extensions.in_use()))
    config = _with(config, dependent_defaults(given, replicas))
    return replaced(config, {**given, "use": used})


def _with(config: RunConfig, changes: Mapping) -> RunConfig:
    """Replace settings, as far as the family of networks has them."""
    known = leaves_by_path(config)
    return replaced(config, {path: value for path, value in changes.items() if path in known})


def _maker_of_networks(given: Mapping):
    """Return a function that makes `network` of the families that are given.

    It takes sizes by names of `NetworkConfig`. A family takes those that it has a field for, and for
    fields without a default the value that StyleGAN2 would have.
    """
    own = {p.removeprefix("network."): v for p, v in given.items() if p.startswith("network.")}
    kind = settings_class(own)
    # Fields without a default are those that a preset has to decide.
    names = [field.name for field in dataclasses.fields(kind)]
    required = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]

    def make(**sizes) -> NetworkSettings:
        usual = vars(NetworkConfig(**sizes))
        wanted = [name for name in names if name in usual and (name in sizes or name in required)]
        values = {name: usual[name] for name in wanted} | own
        for name in required:
            if name not in values:
                raise SettingError(
                    Named(f"network.{name}"), " has no default and no preset decides it; give it."
                )
        try:
            return kind(**values)
        except SettingError as error:
            raise error.inside("network") from error

    return make


def _kept_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return class names if they fit into a checkpoint, whose texts end at 4 MB; else ()."""
    return tuple(names) if len(json.dumps(names)) <= _MAX_NAMES else ()


def _given(name, settings: Mapping, more: Mapping) -> dict:
    """Check the settings that were given and return path -> value."""
    schema = schema_for({**settings, **more, "preset": name})
    given = {"preset": name}
    for values in (settings, more):
        for path, value in paths_in(schema, values).items():
            if path in given:
                raise UserError(f"{path} is given twice; give it once.")
            given[path] = value
    # Also those that follow: the discriminator of the same family.
    given |= {f"network.{part}": family for part, family in families_in(given).items()}
    for path, value in given.items():
        leaves_by_path(schema)[path].check(value)
    return given


def _data(data, dataset, resolution, channels, given: Mapping) -> DataConfig:
    """Complete the DataConfig by absolute paths and the shape of the images."""
    asked = {path: value for path, value in given.items() if path.startswith("data.")}
    if dataset is not None and (data is None or asked):
        what = ", ".join(asked) or "all of it"
        raise UserError(
            f"data is missing, or not complete ({what}); give the DataConfig that the dataset was"
            " opened from."
        )
    data = data_of(asked, None if data is None else DataConfig.of(data))
    # Absolute, so that a run finds its data from any folder.
    known = {"source": absolute_source(data.source)}
    for name in ("cache_dir", "data_dir"):
        folder = getattr(data, name)
        if folder is not None:
            known[name] = os.path.realpath(os.path.expanduser(folder))
    if dataset is not None:
        shape = dataset.shape
        known |= {"resolution": shape.resolution, "channels": shape.channels, "bits": dataset.bits}
    else:
        known["resolution"] = data.resolution if resolution is None else resolution
        known["channels"] = data.channels if channels is None else channels
    if known["resolution"] is None:
        raise UserError("resolution is missing; give it, or a dataset, or data that says it.")
    return replaced(data, known)


def data_of(settings: Mapping, data: DataConfig | None = None) -> DataConfig:
    """Return a DataConfig with settings such as "data.mirror" -> True.

    Raises:
        SettingError: a value is not accepted.
    """
    try:
        return replaced(
            data or DataConfig(), {p.removeprefix("data."): v for p, v in settings.items()}
        )
    except SettingError as error:
        raise error.inside("data") from error


def _of(name: str, data: DataConfig, networks, replicas: int, pictures: int | None) -> RunConfig:
    """Return a preset without further settings; `networks` makes its settings of networks."""
    if name == "tiny":
        return _tiny(data, networks, replicas)
    if name in SIZES:
        return _sized(name, data, networks, replicas, pictures)
    if name == "auto":
        row = auto_preset(Shape.parse(data.resolution).side, replicas)
        return _from_row(name, data, networks, row)
    return _as_published(_from_row(name, data, networks, PRESETS[name]))


def _from_row(name: str, data: DataConfig, networks, row: Preset) -> RunConfig:
    return RunConfig(
        preset=name,
        data=data,
        network=networks(
            mapping_layers=row.mapping_layers,
            channel_base=int(row.feature_maps * 32768),
            mbstd_group=row.mbstd,
        ),
        loss=LossConfig(r1_gamma=row.gamma),
        optimizer=OptimizerConfig(learning_rate=row.learning_rate),
        ema=EmaConfig(row.ema_kimg, row.ema_rampup),
        augment=AugmentConfig(),
        batch=row.batch,
        # Parts as on the paper's GPUs: minibatch-std sees as many images as there.
        batch_gpu=row.batch // row.reference_gpus,
        kimg=row.kimg,
    )


def _as_published(config: RunConfig) -> RunConfig:
    """Change a row to the papers' settings: p without a cap, and no TF32, which their GPUs lacked."""
    # The cap and TF32 are ours, and change what was published.
    config = replaced(config, {"augment.cap": None, "tf32": False})
    if config.preset != "cifar":
        return config
    # The CIFAR-10 runs of arXiv 2006.06676; without layers, labels of D are embedded and normalised.
    return _with(
        config,
        {
            "network.discriminator_architecture": "orig",
            "network.discriminator_mapping_layers": 0,
            "network.discriminator_mapping_lr": 0.1,
            "loss.pl_weight": 0.0,
            "loss.style_mixing_prob": 0.0,
        },
    )


def _tiny(data: DataConfig, networks, replicas: int) -> RunConfig:
    """Return a preset of about half a million weights: small images in minutes on two CPU cores.

    Batches of 16 and twice the usual learning rate were measured on creatures at 32 pixels: bodies,
    eyes and mouths come after about half the images. The run is short, so ADA moves p by 1 in 200 kimg
    instead of 500, and the average of the generator is 3 kimg long. Path length is off: it
    costs a fifth of the time and buys smoothness in w that nobody sees at 16 pixels.
    """
    return RunConfig(
        preset="tiny",
        data=data,
        network=networks(
            z_dim=64, w_dim=64, mapping_layers=2, channel_base=1024, channel_max=64, mbstd_group=4,
        ),
        loss=LossConfig(r1_gamma=0.1, pl_weight=0.0),
        optimizer=OptimizerConfig(learning_rate=0.005),
        ema=EmaConfig(3.0, 0.05),
        augment=AugmentConfig(kimg=200.0),
        batch=16,
        batch_gpu=16 // replicas,
        kimg=120,
        snap=5,
        snapshot_kimg=20,
    )  # fmt: skip


def _sized(name: str, data: DataConfig, networks, replicas: int, pictures: int | None) -> RunConfig:
    """Return a preset of `SIZES`: networks for a machine, batch and length for the data."""
    size = SIZES[name]
    fitted = settings_for_data(size, Shape.parse(data.resolution).side, pictures, replicas)
    return RunConfig(
        preset=name,
        data=data,
        network=networks(
            z_dim=size.latent, w_dim=size.latent, mapping_layers=2, channel_base=size.channel_base,
            channel_max=size.channel_max, mbstd_group=fitted.mbstd_group,
        ),
        loss=LossConfig(r1_gamma=fitted.gamma),
        optimizer=OptimizerConfig(learning_rate=0.0025),
        ema=EmaConfig(fitted.ema_kimg, 0.05),
        augment=AugmentConfig(kimg=size.ada_kimg),
        batch=fitted.batch,
        batch_gpu=fitted.batch // replicas,
        kimg=fitted.kimg,
        snap=size.snap,
        snapshot_kimg=size.snapshot_kimg,
    )  # fmt: skip
