"""Methods within the discriminator: what follows from one, and what each asks of the rest of a run."""

from ada_tf.augment.named_policies import POLICIES
from ada_tf.models.config import METHODS_OF_P
from ada_tf.settings import Named, SettingError
from ada_tf.shape import Shape
from ada_tf.training.config import RunConfig

_FAMILY = "stylegan2"
_METHOD = "network.discriminator_method"
# Weights and targets of the comparison in arXiv 2006.06676. p is not limited there; above 1 all bits
# of PA-GAN are in use, and the noise of dropout is larger than what it falls on.
FOLLOWING = {
    "auxrot": {"loss.rotation_weight": 5.0},
    "pagan": {"augment.pipe": "none", "augment.target": 0.95, "augment.cap": 1.0},
    "adropout": {"augment.pipe": "none", "augment.cap": 1.0},
}


def check(config: RunConfig) -> None:
    """Refuse what makes no sense beside the method of a discriminator.

    Raises:
        SettingError: naming both settings.
    """
    kind = config.network.discriminator_method
    if (kind == "auxrot") != (config.loss.rotation_weight > 0):
        raise SettingError(
            Named("loss.rotation_weight", config.loss.rotation_weight),
            " weighs which way up images are, which a discriminator says with ",
            Named(_METHOD, "auxrot"),
            " alone; give both or neither.",
        )
    if kind == "none":
        return
    if config.network.discriminator != _FAMILY:
        raise SettingError(
            Named(_METHOD, kind),
            f" is a part of the discriminator {_FAMILY}, not of ",
            Named("network.discriminator", config.network.discriminator),
            "; give one of them.",
        )
    if kind == "auxrot":
        _check_rotations(config)
    if kind in METHODS_OF_P and config.augment.mode in ("noaug", "adarv"):
        raise SettingError(
            Named(_METHOD, kind),
            " is as strong as p, which r_t moves, not ",
            Named("augment.mode", config.augment.mode),
            "; take ",
            Named("augment.mode", "ada"),
            ".",
        )
    if kind == "pagan":
        _check_alone(config)


def _check_alone(config: RunConfig) -> None:
    for path, other in (("augment.pipe", "none"), ("augment.pseudo_reals", False)):
        value = getattr(config.augment, path.partition(".")[2])
        if value != other:
            raise SettingError(
                Named(_METHOD, "pagan"),
                " needs a higher p, by its target of 0.95, than ",
                Named(path, value),
                " stands without leaking; give one of them.",
            )


def _check_rotations(config: RunConfig) -> None:
    method, augment = Named(_METHOD, "auxrot"), config.augment
    pipe = POLICIES[augment.pipe] if isinstance(augment.pipe, str) else augment.pipe
    if augment.mode != "noaug" and (pipe.get("rotate90") or pipe.get("rotate")):
        raise SettingError(
            method,
            " asks which way up images are, and ",
            Named("augment.pipe", augment.pipe),
            " turns them; take ",
            Named("augment.mode", "noaug"),
            " or ",
            Named("augment.pipe", "color"),
            ".",
        )
    size = config.data.resolution
    if size is None:
        return
    shape = Shape.parse(size)
    if shape.height != shape.width:
        raise SettingError(
            Named("data.resolution", size),
            " is no square, and ",
            method,
            " turns images by 90 degrees; give a square, such as ",
            Named("data.resolution", shape.side),
            ".",
        )
