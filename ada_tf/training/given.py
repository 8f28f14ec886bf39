"""Settings that somebody gave: what goes with them, and what follows unless it was given itself."""

from collections.abc import Mapping

from ada_tf.settings import Named, SettingError
from ada_tf.training.discriminator_methods import FOLLOWING

# What goes with a precision. float16 alone needs a limit; the range of bfloat16 is that of float32.
BY_PRECISION = {
    "auto": {},
    "float32": {"network.num_low_precision": 0, "network.conv_clamp": None},
    "float16": {"network.num_low_precision": 4, "network.conv_clamp": 256.0},
    "bfloat16": {"network.num_low_precision": 4, "network.conv_clamp": None},
}
# Everything in float32, and activations without a limit.
FP32 = {"network.precision": "float32", "tf32": False}
# Trained networks need no ramp, and meet a discriminator that overfits from the start; p moves as
# fast as in the paper's code when it starts from trained networks.
TRANSFER = {"augment.kimg": 100.0, "ema.rampup": None}
# Of r_v (arXiv 2006.06676, section 3.2).
RV_TARGET = 0.5


def following(given: Mapping, replicas: int = 1) -> dict:
    """Settings that follow from others.

    Args:
        given: path -> value, of those that somebody asked for.
        replicas: devices that train together.

    Returns:
        path -> value; what was given goes before it.
    """
    found = {}
    if "batch" in given:
        found["batch_gpu"] = max(given["batch"] // replicas, 1)
    if given.get("augment.mode") == "adarv":
        found["augment.target"] = RV_TARGET
    found |= FOLLOWING.get(given.get("network.discriminator_method"), {})
    return found | BY_PRECISION[given.get("network.precision", "auto")]


def check_given(given: Mapping) -> None:
    """Refuse settings that mean nothing beside others that were given.

    Args:
        given: path -> value, of those alone that somebody asked for.

    Raises:
        SettingError: naming both.
    """
    for path in ("resume_partial", "optimizer.freeze_d", "optimizer.freeze_g"):
        if given.get(path) and given.get("resume") is None:
            raise SettingError(
                Named(path, given[path]), " goes with ", Named("resume"), "; give both."
            )
    mode, p = given.get("augment.mode"), given.get("augment.p")
    named = Named("augment.mode", mode)
    fixed = Named("augment.mode", "fixed")
    if p is not None and mode != "fixed":
        raise SettingError(
            Named("augment.p", p), " goes with ", fixed, " only; give both, the first in [0, 1]."
        )
    if p is None and mode == "fixed":
        raise SettingError(fixed, " needs ", Named("augment.p"), ", a number in [0, 1]; give both.")
    for path, modes, why in (
        ("augment.pipe", ("noaug",), "augments nothing"),
        ("augment.resample", ("noaug",), "augments nothing"),
        ("augment.target", ("fixed", "noaug"), "adapts nothing"),
    ):
        if given.get(path) is not None and mode in modes:
            raise SettingError(
                Named(path, given[path]), " does not go with ", named, f", which {why}."
            )
