"""Rules for combinations of settings, and for the data and devices that they need."""

from collections.abc import Mapping

from ada_tf.augment.named_policies import POLICIES
from ada_tf.data.config import DataConfig
from ada_tf.errors import UserError
from ada_tf.models.config import METHODS_OF_P
from ada_tf.settings import Named, Rule, SettingError, check_tree, get, refuse
from ada_tf.shape import Shape
from ada_tf.training import freeze
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.losses import ADVERSARIAL
from ada_tf.training.presets import preset

# Settings that name a row of a table which code adds to.
_TABLES = {"loss.adversarial": ADVERSARIAL}
# Sides that the data may turn out to have, before anybody has looked.
_RESOLUTIONS = (8, 16, 32, 64, 128, 256, 512, 1024)


def _method(c: RunConfig) -> str:
    return getattr(c.network, "discriminator_method", "none")


def _rotates(augment) -> bool:
    """Return True if images are turned before the discriminator sees them."""
    pipe = POLICIES[augment.pipe] if isinstance(augment.pipe, str) else augment.pipe
    return augment.mode != "noaug" and bool(pipe.get("rotate90") or pipe.get("rotate"))


def _is_square(resolution) -> bool:
    shape = Shape.parse(resolution)
    return shape.height == shape.width


# Settings that make no sense together with any data. The first broken rule is told.
RULES = (
    # Methods inside of the discriminator.
    Rule(
        lambda c: (_method(c) == "auxrot") != bool(c.loss.rotation_weight),
        "{loss.rotation_weight} weighs the orientation of images, which only"
        " {network.discriminator_method='auxrot'} predicts; give both or neither.",
    ),
    Rule(
        lambda c: _method(c) != "none" and c.network.discriminator != "stylegan2",
        "{network.discriminator_method} is a part of the discriminator stylegan2, not of"
        " {network.discriminator}; give one of them.",
    ),
    Rule(
        lambda c: _method(c) == "auxrot" and _rotates(c.augment),
        "{network.discriminator_method} predicts the orientation of images, and {augment.pipe} turns"
        " them; take {augment.mode='noaug'} or {augment.pipe='color'}.",
    ),
    Rule(
        lambda c: (
            _method(c) == "auxrot" and c.data.resolution and not _is_square(c.data.resolution)
        ),
        "{data.resolution} is no square, and {network.discriminator_method} turns images by 90"
        " degrees; give a square.",
    ),
    Rule(
        lambda c: _method(c) in METHODS_OF_P and c.augment.mode in ("noaug", "adarv"),
        "{network.discriminator_method} is as strong as p, which r_t moves, not {augment.mode}; take"
        " {augment.mode='ada'}.",
    ),
    Rule(
        lambda c: _method(c) == "pagan" and c.augment.pipe != "none",
        "{network.discriminator_method} needs a higher p, by its target of 0.95, than {augment.pipe}"
        " stands without leaking; give one of them.",
    ),
    Rule(
        lambda c: _method(c) == "pagan" and c.augment.pseudo_reals,
        "{network.discriminator_method} needs a higher p, by its target of 0.95, than"
        " {augment.pseudo_reals} stands without leaking; give one of them.",
    ),
    # Augmentation.
    Rule(
        lambda c: c.augment.pseudo_reals and c.augment.mode == "noaug",
        "{augment.pseudo_reals} happens with probability p, and {augment.mode} has no p; take"
        " {augment.mode='ada'}.",
    ),
    Rule(
        lambda c: (
            c.augment.pipe == "none"
            and c.augment.mode != "noaug"
            and not c.augment.pseudo_reals
            and _method(c) not in METHODS_OF_P
        ),
        "{augment.pipe} leaves nothing for p to decide; give {augment.pseudo_reals=}, or"
        " {augment.mode='noaug'}.",
    ),
    Rule(
        lambda c: c.augment.mode == "adarv" and c.data.validation < 1,
        "{augment.mode} compares with held-out images; set {data.validation=} to how many to hold"
        " out.",
    ),
    # Losses.
    Rule(
        lambda c: c.loss.lecam_weight and not ADVERSARIAL[c.loss.adversarial].levels,
        "{loss.lecam_weight} keeps logits near a level, and with {loss.adversarial} only their"
        " differences mean something; give one of them.",
    ),
    Rule(
        lambda c: c.loss.adversarial == "wasserstein" and not c.loss.gp_weight,
        "{loss.adversarial} measures a distance only while slopes are bounded; give"
        " {loss.gp_weight=}, too.",
    ),
    Rule(
        lambda c: c.loss.gp_weight and c.loss.r1_gamma,
        "{loss.gp_weight} draws slopes towards 1, and {loss.r1_gamma} draws them towards 0; set one"
        " of both to 0.",
    ),
    Rule(
        lambda c: c.loss.gp_weight and c.loss.r2_gamma,
        "{loss.gp_weight} draws slopes towards 1, and {loss.r2_gamma} draws them towards 0; set one"
        " of both to 0.",
    ),
)


def check_early(name: str, data: DataConfig, replicas: int, settings: Mapping) -> None:
    """Refuse settings that no data could mend, before the data are prepared, which takes minutes.

    Args:
        name: of a preset.
        data: as the user gave it; without a resolution, one of `_RESOLUTIONS` must do.
        replicas: devices that train together.
        settings: see `preset`.

    Raises:
        UserError: naming the setting, its value and what is accepted.
    """
    problems = []
    # Rules may depend on the side: refused is what no side would allow.
    for side in _RESOLUTIONS if data.resolution is None else (data.resolution,):
        try:
            config = preset(name, data=data, resolution=side, replicas=replicas, settings=settings)
            check(config, replicas)
        except UserError as error:
            problems.append(error)
        else:
            return
    raise problems[0]  # of the smallest side, the least demanding


def check(config: RunConfig, replicas: int = 1) -> None:
    """Refuse settings that cannot train with any data.

    Raises:
        SettingError: naming the setting, its value and what is accepted.
    """
    if not isinstance(config, RunConfig):
        raise UserError(f"config={config!r:.80} must be a RunConfig, as preset returns it.")
    check_tree(config)
    for path, table in _TABLES.items():
        if get(config, path) not in table:
            raise SettingError(Named(path, get(config, path)), f" must be one of {table.choices}.")
    refuse(RULES, config)
    if config.data.resolution is not None and config.data.channels is not None:
        freeze.check(config.architecture, config.optimizer)
    _check_batch(config, replicas)


def _check_batch(config: RunConfig, replicas: int) -> None:
    """Refuse a batch that does not divide into replicas, parts and minibatch-std groups."""
    batch, part = Named("batch", config.batch), Named("batch_gpu", config.batch_gpu)
    if batch.value % replicas:
        raise SettingError(
            batch,
            f" does not divide among {replicas} devices; use a multiple of {replicas}.",
        )
    at_once = replicas * part.value
    if batch.value % at_once:
        on = f" images on {replicas} devices" if replicas > 1 else " images"
        raise SettingError(
            batch, " does not divide into parts of ", part, f"{on}; use a multiple of {at_once}."
        )
    # A group is at most a part: minibatch-std sees no more images at a time.
    group = min(config.network.batch_group or part.value, part.value)
    if part.value % group:
        whole = part.value * replicas == batch.value  # gradients are not accumulated
        named, unit = (batch, replicas * group) if whole else (part, group)
        raise SettingError(
            named,
            f" does not divide into minibatch-std groups of {group} on each device;"
            f" use a multiple of {unit}.",
        )


def check_data(config: RunConfig, dataset, replicas: int = 1) -> None:
    """Refuse too few images.

    Raises:
        SettingError: with their number.
    """
    count = dataset.num_images
    if count < config.batch:
        raise SettingError(
            Named("batch", config.batch),
            f" is more than the {count} images of {dataset.name}; add images (a GAN needs hundreds),"
            f" or use a batch of at most {count}.",
        )
    if config.augment.mode == "adarv" and dataset.validation.num_images < replicas:
        raise SettingError(
            Named("data.validation", config.data.validation),
            f" must be at least the {replicas} devices that score the held-out images.",
        )
