"""Networks that start from trained ones, which need not have their size, channels or classes.

What has the same name and shape is taken over. What differs is adapted where it can be, so that the
first pictures are those of the source, or starts afresh; either is said.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from ada_tf.channels import has_alpha, without_alpha
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.models.config import Architecture
from ada_tf.models.names import named_variables
from ada_tf.settings import differences, tell
from ada_tf.shape import size_of
from ada_tf.training.given import TRANSFER
from ada_tf.training.runs.as_network import FAMILY, weights_of
from ada_tf.training.runs.run_dir import runs
from ada_tf.training.runs.trained import Trained, open_trained

# Weights that belong to places of the smallest block, for a block of another height and width.
#
# They are stretched along both axes by linear interpolation, so that the source's pictures, stretched,
# are what a generator makes at first, and what a discriminator knows.


def stretched(array: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """[..., h, w] -> [..., *sides], by linear interpolation between the centres of places."""
    for axis, side in zip((-2, -1), sides, strict=True):
        array = np.moveaxis(_stretch_last_axis(np.moveaxis(array, axis, -1), side), -1, axis)
    return array


def _stretch_last_axis(array: np.ndarray, side: int) -> np.ndarray:
    size = array.shape[-1]
    place = np.clip((np.arange(side) + 0.5) * size / side - 0.5, 0, size - 1)
    before = np.minimum(place.astype(int), size - 2)
    weight = (place - before).astype(array.dtype)
    return array[..., before] * (1 - weight) + array[..., before + 1] * weight


def _stretch_const(weight, theirs, ours):
    """The constant input, [C, h, w]."""
    return stretched(weight, ours)


def _stretch_last_features(weight, theirs, ours):
    """What sums the last features of a discriminator, [out, (C, h, w)]; the sums stay.

    Weights are multiplied by 1 / sqrt(C h w) when they are used.
    """
    features = np.reshape(weight, (len(weight), -1, *theirs))
    found = stretched(features, ours).reshape(len(weight), -1)
    return found * math.sqrt(math.prod(theirs) / math.prod(ours))


# Published name -> (weight, their base, our base) -> the weight for ours.
STRETCHED = {"synthesis.b4.const": _stretch_const, "b4.fc.weight": _stretch_last_features}


_SHOWN = 6  # layers that a line names
_WORDS = {"generator_ema": "Generator", "discriminator": "Discriminator"}
# What may differ between a source and what starts from it.
_ADAPTED = ("shape", "num_classes", "num_attributes")


def source_architecture(resume: str, outdir) -> Architecture:
    """The architecture of trained networks, also after they are gone if a run has started from them.

    Args:
        resume: as `RunConfig.resume`.
        outdir: folder of the runs.

    Raises:
        UserError: there are neither networks nor such a run.
    """
    try:
        return open_trained(resume, "resume").architecture
    except UserError:
        for _, config in runs(outdir):
            if config.resume == resume:
                return config.architecture
        raise


def starting_from(source: Architecture, labels: bool) -> dict:
    """The settings of a run that starts from trained networks: theirs, in all that owns weights.

    Args:
        source: architecture of those networks.
        labels: whether the run has labels; how a discriminator maps them is the source's to say
            only if it does.

    Returns:
        path -> value.
    """
    network = source.network
    free = _without_weights(network, labels and source.label_dim)
    names = [field.name for field in dataclasses.fields(network) if field.name not in free]
    return {**TRANSFER, **{f"network.{name}": getattr(network, name) for name in names}}


def _without_weights(network, labels) -> tuple[str, ...]:
    """Settings of networks that decide no weight which is taken over, by whether both have labels."""
    return network.without_weights + (() if labels else network.of_labels)


def data_like(of: Architecture) -> dict:
    """The settings of images that fit networks: path -> value."""
    return {"data.resolution": of.shape.resolution, "data.channels": of.shape.channels}


def check_start(ours: Architecture, trained: Trained, partial: bool) -> None:
    """Refuse a source of which too little would be taken.

    Args:
        ours: what is to start.
        trained: the source.
        partial: whether little is enough.

    Raises:
        UserError: naming every setting that differs, those that own no weights or can be adapted
            aside; or the network that is not there.
    """
    if partial:
        return
    labels = ours.label_dim and trained.architecture.label_dim
    free = {f"network.{name}" for name in _without_weights(ours.network, labels)}
    found = [
        d
        for d in differences(ours, trained.architecture)
        if d.path not in free and d.path.partition(".")[0] not in _ADAPTED
    ]
    if found:
        raise UserError(
            f"{printable(trained.name)} is of another architecture: {tell(found)}; leave these"
            " settings to it, or give --resume_partial to take what fits."
        )
    if not trained.has("discriminator"):
        raise UserError(
            f"{printable(trained.name)} holds no discriminator; give --resume_partial to train one"
            " from nothing against its generator."
        )


def start(networks: dict, ours: Architecture, trained: Trained, partial: bool = False) -> list[str]:
    """Load trained networks into new ones.

    Args:
        networks: group of `ada_tf.interop.network_folder.GROUPS` -> network, as initialised.
        ours: their architecture.
        trained: the source.
        partial: see `check_start`.

    Returns:
        Lines that say what is not as it was.

    Raises:
        UserError: see `check_start`.
    """
    check_start(ours, trained, partial)
    theirs = trained.architecture
    if not _is_adapted(ours, theirs) and not partial:
        trained.restore(**networks)
        return []
    for family in {ours.network.generator, ours.network.discriminator,
                   theirs.network.generator, theirs.network.discriminator}:  # fmt: skip
        if family != FAMILY:
            raise UserError(
                f"{printable(trained.name)} can be adapted only if both networks are {FAMILY}, not"
                f" {family}."
            )
    lines = []
    for group, network in networks.items():
        what = _WORDS.get(group)  # the average says the same of the generator
        if trained.has(group):
            found = _take(weights_of(trained, group), network, group, ours, theirs)
        else:
            found = ["all of it starts afresh"]
        lines += [f"{what}: {line}" for line in found if what]
    return lines


def _is_adapted(ours: Architecture, theirs: Architecture) -> bool:
    return any(getattr(ours, name) != getattr(theirs, name) for name in _ADAPTED)


def _take(arrays: dict, network, group: str, ours: Architecture, theirs: Architecture) -> list[str]:
    """Assign what there is; lines about the rest."""
    adapted, afresh, taken = {}, [], set()
    for named in named_variables(network):
        fresh = named.from_ours(named.variable)
        other = _of_other_classes(named.name, group, ours, theirs)
        source = None if other else arrays.get(named.name)
        if source is not None and source.shape == fresh.shape:
            value = source
        else:
            value, why = _adapt(named.name, source, fresh, ours, theirs)
            if why is not None:
                adapted.setdefault(why, []).append(named.name)
        taken.add(named.name)
        if value is None:
            afresh.append(named.name)
        else:
            named.variable.assign(named.to_ours(value))
    left = [name for name in arrays if name not in taken and not name.endswith("resample_filter")]
    lines = [f"adapted {_layers(names)} ({why})" for why, names in adapted.items()]
    if afresh:
        lines.append(f"start afresh {_layers(afresh)}")
    if left:
        lines.append(f"left out {_layers(left)}")
    return lines


def _of_other_classes(name: str, group: str, ours: Architecture, theirs: Architecture) -> bool:
    """Whether a weight belongs to labels that are not those of the source."""
    if (ours.num_classes, ours.num_attributes) == (theirs.num_classes, theirs.num_attributes):
        return False
    if group == "discriminator":  # its mapping is of classes alone, its output one for each of them
        return name.startswith(("mapping.", "b4.out."))
    return name.startswith("mapping.embed.")


def _adapt(name: str, source, fresh, ours: Architecture, theirs: Architecture):
    """(value, why) of a weight of another shape than the source's, or that the source has not.

    The value is None, and so is the reason, of what starts afresh.
    """
    layer, _, kind = name.rpartition(".")
    part = layer.rpartition(".")[2]
    skip = ours.network.generator_architecture == "skip"
    if source is None and skip and f"{part}.{kind}" == "torgb.weight":
        return np.zeros_like(fresh), "adds nothing at first"
    if source is None:
        return None, None
    adapt = _CHANNELS.get(f"{part}.{kind}")
    channels, before = ours.shape.channels, theirs.shape.channels
    if adapt is not None and channels != before:
        value = adapt(source, channels)
        if value.shape == fresh.shape:
            return value, f"channels of images: {channels} instead of {before}"
    if kind == "noise_const":
        return fresh, "noise of another size"
    base, other = ours.shape.base, theirs.shape.base
    if name in STRETCHED and base != other:
        value = STRETCHED[name](source, other, base)
        if value.shape == fresh.shape:
            return value, f"stretched from {size_of(*other)} to {size_of(*base)} places"
    if name == "mapping.fc0.weight" and ours.network.z_dim == theirs.network.z_dim:
        value = _of_latents(source, fresh.shape[1], ours.network.z_dim)
        if value.shape == fresh.shape:
            what = "zero at first" if ours.label_dim else "left out"
            return value, f"its part of z; that of labels is {what}"
    return None, None


def _of_latents(source, width: int, z_dim: int):
    """The first layer of a mapping for another width: [out, z (and classes)].

    Weights are multiplied by 1 / sqrt(width) when they are used.
    """
    value = np.zeros((len(source), width), source.dtype)
    value[:, :z_dim] = source[:, :z_dim] * math.sqrt(width / source.shape[1])
    return value


def _to_image(source, channels: int):
    """ToRGB [out, in, 1, 1]: grey is the mean of the channels, a colour of grey has it in all.

    Alpha stays what it was; where there was none, nothing adds to it at first.
    """
    colour, wanted = source[: without_alpha(len(source))], without_alpha(channels)
    if len(colour) != wanted:
        colour = np.repeat(colour.mean(axis=0, keepdims=True), wanted, axis=0)
    if not has_alpha(channels):
        return colour
    alpha = source[-1:] if has_alpha(len(source)) else np.zeros_like(source[:1])
    return np.concatenate([colour, alpha])


def _from_image(source, channels: int):
    """FromRGB [out, in, 1, 1]: what it answers to grey stays; alpha that it did not know is not seen.

    Weights are multiplied by 1 / sqrt(in) when they are used.
    """
    before, wanted = source.shape[1], without_alpha(channels)
    colour = source[:, : without_alpha(before)]
    if colour.shape[1] != wanted:
        colour = np.repeat(colour.sum(axis=1, keepdims=True), wanted, axis=1) / wanted
    if has_alpha(channels):
        alpha = source[:, -1:] if has_alpha(before) else np.zeros_like(source[:, :1])
        colour = np.concatenate([colour, alpha], axis=1)
    return colour * (math.sqrt(channels) / math.sqrt(before))


_CHANNELS: dict[str, Callable] = {
    "torgb.weight": _to_image,
    "torgb.bias": _to_image,
    "fromrgb.weight": _from_image,
}


def _layers(names: list[str]) -> str:
    """Layers of weights, in words."""
    layers = [*dict.fromkeys(n.rpartition(".")[0].removesuffix(".affine") for n in names)]
    of_classes = [layer for layer in layers if layer.startswith("mapping.")]
    if len(of_classes) > 2:  # all of a discriminator's
        layers = ["mapping", *(layer for layer in layers if layer not in of_classes)]
    more = f" and {len(layers) - _SHOWN} more" if len(layers) > _SHOWN else ""
    return ", ".join(layers[:_SHOWN]) + more
