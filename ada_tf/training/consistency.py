"""Which settings go together, and with which data and devices."""

from collections.abc import Mapping

from ada_tf.data.config import DataConfig
from ada_tf.errors import UserError
from ada_tf.settings import Named, SettingError, check_tree, get
from ada_tf.training import frozen, methods
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.losses import ADVERSARIAL
from ada_tf.training.presets import preset

# Settings that are rows of tables which code adds to.
TABLES = {"loss.adversarial": ADVERSARIAL}
# What the data may turn out to be, as long as nobody has looked.
RESOLUTIONS = (8, 16, 32, 64, 128, 256, 512, 1024)


def check_early(name: str, data: DataConfig, replicas: int, settings: Mapping) -> None:
    """Refuse what no data could mend, before they are looked at: preparing them takes minutes.

    Args:
        name: of a preset.
        data: as the user gave it; without a resolution, one of `RESOLUTIONS` must do.
        replicas: devices that train together.
        settings: see `preset`.

    Raises:
        UserError: naming the setting, its value and what is accepted.
    """
    problems = []
    for side in RESOLUTIONS if data.resolution is None else (data.resolution,):
        try:
            config = preset(name, data=data, resolution=side, replicas=replicas, settings=settings)
            check(config, replicas)
        except UserError as error:
            problems.append(error)
        else:
            return
    raise problems[0]


def check(config: RunConfig, replicas: int = 1) -> None:
    """Refuse settings that cannot train, whatever the data are.

    Raises:
        SettingError: naming the setting, its value and what is accepted.
    """
    check_tree(config)
    for path, table in TABLES.items():
        if get(config, path) not in table:
            raise SettingError(
                Named(path, get(config, path)), f" must be one of {', '.join(table)}."
            )
    methods.check(config)
    if config.augment.mode == "adarv" and config.data.validation < 1:
        raise SettingError(
            Named("augment.mode", config.augment.mode),
            " compares with held-out images; set ",
            Named("data.validation"),
            " to how many to hold out.",
        )
    if config.data.resolution is not None and config.data.channels is not None:
        frozen.check(config.architecture, config.optimizer)
    _check_parts(config, replicas)


def _check_parts(config: RunConfig, replicas: int) -> None:
    """Refuse a batch that does not divide into replicas, parts and minibatch-std groups."""
    batch, part = Named("batch", config.batch), Named("batch_gpu", config.batch_gpu)
    if batch.value % replicas:
        raise SettingError(
            batch,
            f" does not divide among {replicas} devices; use a multiple of {replicas}.",
        )
    if batch.value % (replicas * part.value):
        raise SettingError(
            batch, " does not divide into parts of ", part, f" images on {replicas} device(s)."
        )
    group = min(config.network.batch_group or part.value, part.value)
    if part.value % group:
        whole = part.value * replicas == batch.value  # nobody asked for parts
        named, unit = (batch, replicas * group) if whole else (part, group)
        raise SettingError(
            named,
            f" does not divide into minibatch-std groups of {group} on each device;"
            f" use a multiple of {unit}.",
        )


def check_data(config: RunConfig, dataset, replicas: int = 1) -> None:
    """Refuse to train on too few images.

    Raises:
        SettingError: with how many there are.
    """
    count = dataset.num_images
    if count < config.batch:
        raise SettingError(
            Named("batch", config.batch),
            f" is more than the {count} images of {dataset.name}; add images, of which a GAN needs"
            f" hundreds, or use a batch of at most {count}.",
        )
    if config.augment.mode == "adarv" and dataset.validation.num_images < replicas:
        raise SettingError(
            Named("data.validation", config.data.validation),
            f" must be at least the {replicas} devices that score the held-out images.",
        )
