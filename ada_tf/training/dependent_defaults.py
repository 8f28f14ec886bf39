"""Defaults that depend on other settings, and rules of settings that were given together."""

from collections.abc import Mapping

from ada_tf.settings import Rule, refuse
from ada_tf.training.preset_table import R3GAN

# Settings of a precision. float16 alone needs a clamp: bfloat16 has the range of float32.
_BY_PRECISION = {
    "auto": {},
    "float32": {"network.num_low_precision": 0, "network.conv_clamp": None},
    "float16": {"network.num_low_precision": 4, "network.conv_clamp": 256.0},
    "bfloat16": {"network.num_low_precision": 4, "network.conv_clamp": None},
}
# Settings of a discriminator method: weights and targets of the comparison in arXiv 2006.06676. p has
# no cap there; above 1 PA-GAN uses all its bits, and dropout's noise exceeds its signal.
_BY_METHOD = {
    "auxrot": {"loss.rotation_weight": 5.0},
    "pagan": {"augment.pipe": "none", "augment.target": 0.95, "augment.cap": 1.0},
    "adropout": {"augment.pipe": "none", "augment.cap": 1.0},
}
# Target of r_v (arXiv 2006.06676, section 3.2); r_t has 0.6.
_RV_TARGET = 0.5
# Settings of --fp32.
FP32 = {"network.precision": "float32", "tf32": False}
# Settings of a run that starts from trained networks. They need no EMA ramp-up, and meet a
# discriminator that overfits at once: p moves as fast as in the paper's code.
TRANSFER = {"augment.kimg": 100.0, "ema.rampup": None}


def dependent_defaults(given: Mapping, replicas: int = 1) -> dict:
    """Return settings that follow from others.

    Args:
        given: path -> value of the settings that somebody gave; these win over what follows.
        replicas: devices that train together.

    Returns:
        path -> value.
    """
    found = {}
    if "batch" in given:
        found["batch_gpu"] = max(given["batch"] // replicas, 1)
    if given.get("augment.mode") == "adarv":
        found["augment.target"] = _RV_TARGET
    # Later entries win: a method's target stands above that of r_v.
    found |= _BY_METHOD.get(given.get("network.discriminator_method"), {})
    return found | _BY_PRECISION[given.get("network.precision", "auto")]


def _needs_resume(path: str) -> Rule:
    return Rule(
        lambda g: g.get(path) and g.get("resume") is None,
        f"{{{path}}} goes with {{resume=}}; give both.",
    )


def _needless(path: str, modes: tuple[str, ...], why: str) -> Rule:
    return Rule(
        lambda g: g.get(path) is not None and g.get("augment.mode") in modes,
        f"{{{path}}} does not go with {{augment.mode}}, which {why}.",
    )


# Predicates see the settings that were given, path -> value; the rest is still to be chosen.
_RULES = (
    _needs_resume("resume_partial"),
    _needs_resume("optimizer.freeze_d"),
    _needs_resume("optimizer.freeze_g"),
    Rule(
        lambda g: g.get("augment.p") is not None and g.get("augment.mode") != "fixed",
        "{augment.p} goes with {augment.mode='fixed'} only; give both, the first in [0, 1].",
    ),
    Rule(
        # The presets of R3GAN bring a schedule of p.
        lambda g: (
            g.get("augment.p") is None
            and g.get("augment.mode") == "fixed"
            and g.get("preset") not in R3GAN
        ),
        "{augment.mode} needs {augment.p=}, a number in [0, 1]; give both.",
    ),
    _needless("augment.pipe", ("noaug",), "augments nothing"),
    _needless("augment.resample", ("noaug",), "augments nothing"),
    _needless("augment.target", ("fixed", "noaug"), "adapts nothing"),
)


def check_given(given: Mapping) -> None:
    """Refuse settings that mean nothing beside others that were given.

    Args:
        given: path -> value of the settings that somebody gave.

    Raises:
        SettingError: naming both.
    """
    refuse(_RULES, given, lambda settings, path: settings[path])
