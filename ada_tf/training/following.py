"""What follows from settings that were given, unless it was given itself."""

from collections.abc import Mapping

# What a low precision needs: the presets for GPUs have it, `tiny` is in float32 throughout.
LOW_PRECISION = {"network.num_low_precision": 4, "network.conv_clamp": 256.0}
# Everything in float32, and activations without a limit.
FP32 = {"network.precision": "float32", "network.conv_clamp": None, "tf32": False}
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
    precision = given.get("network.precision")
    if precision == "float32":
        found["network.num_low_precision"] = 0
    elif precision is not None:
        found |= LOW_PRECISION
    return found
