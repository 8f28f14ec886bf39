"""Start networks from trained ones that may have another size, other channels or other classes.

Weights of the same name and shape are copied. Others are adapted where possible, so that the first
images are those of the source, or start afresh. The log names both.
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
from ada_tf.training.dependent_defaults import TRANSFER
from ada_tf.training.runs.run_dir import runs
from ada_tf.training.runs.trained import Trained, open_run

_FAMILY = "stylegan2"  # the one whose layers have published names
_SHOWN = 6  # layers that a line names
_WORDS = {"generator_ema": "Generator", "discriminator": "Discriminator"}
# Fields of an Architecture that may differ between a source and the new networks.
_ADAPTED = ("shape", "num_classes", "num_attributes", "attribute_scales")


def source_architecture(resume: str, outdir, open_networks=open_run) -> Architecture:
    """Return the architecture of trained networks, or that of a run which has started from them.

    Args:
        resume: as `RunConfig.resume`.
        outdir: folder of the runs, for networks that are gone meanwhile.
        open_networks: (path, argument) -> `Trained`.

    Raises:
        UserError: there are neither networks nor such a run.
    """
    try:
        return open_networks(resume, "resume").architecture
    except UserError:
        for _, config in runs(outdir):
            if config.resume == resume:
                return config.architecture
        raise


def starting_from(source: Architecture, labels: bool) -> dict:
    """Return settings of a run that starts from trained networks: theirs, where they decide weights.

    Args:
        source: architecture of those networks.
        labels: True if the run has labels. Then the source decides how a discriminator maps them.

    Returns:
        path -> value.
    """
    network = source.network
    free = _without_weights(network, labels and source.label_dim)
    names = [field.name for field in dataclasses.fields(network) if field.name not in free]
    return {**TRANSFER, **{f"network.{name}": getattr(network, name) for name in names}}


def _without_weights(network, labels) -> tuple[str, ...]:
    """Return the settings that decide no copied weight; `labels`: both networks have labels."""
    return network.without_weights + (() if labels else network.of_labels)


def data_like(of: Architecture) -> dict:
    """Return the settings of images that fit networks: path -> value."""
    return {"data.resolution": of.shape.resolution, "data.channels": of.shape.channels}


def check_start(ours: Architecture, trained: Trained, partial: bool) -> None:
    """Refuse a source whose weights fit only in part.

    Args:
        ours: architecture of the new networks.
        trained: the source.
        partial: True accepts any source.

    Raises:
        UserError: naming every setting that differs and cannot be adapted, or the missing network.
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
        why = f" that ours can be, but {printable(trained.left_out)}" if trained.left_out else ""
        raise UserError(
            f"{printable(trained.name)} holds no discriminator{why}; give --resume_partial to train one"
            " from nothing against its generator."
        )


def start(
    networks: dict, ours: Architecture, trained: Trained, partial: bool = False, attributes=None
) -> list[str]:
    """Load trained networks into new ones.

    Args:
        networks: group of `ada_tf.interop.network_folder.GROUPS` -> network, as initialised.
        ours: their architecture.
        trained: the source.
        partial: see `check_start`.
        attributes: names of ours; None is those of the source.

    Returns:
        Lines about weights that were adapted, start afresh, or were left out.

    Raises:
        UserError: see `check_start`.
    """
    check_start(ours, trained, partial)
    theirs = trained.architecture
    if not _is_adapted(ours, theirs) and not partial:
        # Nothing to adapt: variables are filled as they are, average and all.
        trained.restore(**networks)
        return []
    for family in {ours.network.generator, ours.network.discriminator,
                   theirs.network.generator, theirs.network.discriminator}:  # fmt: skip
        if family != _FAMILY:
            raise UserError(
                f"{printable(trained.name)} can be adapted only if both networks are {_FAMILY}, not"
                f" {family}."
            )
    same = attributes is None or tuple(attributes) == trained.label_space.attributes
    lines = []
    for group, network in networks.items():
        what = _WORDS.get(group)  # lines about the generator would repeat those of its average
        if trained.has(group):
            arrays = trained.weights(group)
            if same and not _has_other_labels(ours, theirs):
                arrays = _rescaled(arrays, ours, theirs)
            found = _take(arrays, network, group, ours, theirs)
        else:
            found = ["all of it starts afresh"]
        lines += [f"{what}: {line}" for line in found if what]
    return lines


def _is_adapted(ours: Architecture, theirs: Architecture) -> bool:
    return any(getattr(ours, name) != getattr(theirs, name) for name in _ADAPTED)


def _take(arrays: dict, network, group: str, ours: Architecture, theirs: Architecture) -> list[str]:
    """Assign the weights that fit, and return lines about the others."""
    adapted, afresh, taken, lines = {}, [], set(), []
    if group != "discriminator":
        lines += _starting_anew(ours, theirs)
        if theirs.label_dim and _has_other_labels(ours, theirs):
            arrays, more = _relabelled(arrays, ours, theirs)
            lines += more
    for named in named_variables(network):
        # In the published layout, in which source and target are compared.
        fresh = named.from_ours(named.variable)
        # Equal shapes may still mean other classes.
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
    lines += [f"adapted {_layers(names)} ({why})" for why, names in adapted.items()]
    if afresh:
        lines.append(f"start afresh {_layers(afresh)}")
    if left:
        lines.append(f"left out {_layers(left)}")
    return lines


def _starting_anew(ours: Architecture, theirs: Architecture) -> list[str]:
    """Say where the first pictures cannot be the source's."""
    network, source = ours.network, theirs.network
    kind = network.generator_architecture
    if kind != "skip" and ours.shape.top != theirs.shape.top:
        return [f"the pictures start anew: of {kind} blocks only the largest draws, and it is new"]
    if network.mapping_layers != source.mapping_layers:
        return ["the pictures start anew: the mapping has another number of layers"]
    return []


def _has_other_labels(ours: Architecture, theirs: Architecture) -> bool:
    return (ours.num_classes, ours.num_attributes) != (theirs.num_classes, theirs.num_attributes)


def _of_other_classes(name: str, group: str, ours: Architecture, theirs: Architecture) -> bool:
    """Return True if a weight of a discriminator belongs to labels that the source does not have."""
    # It maps labels alone, and has an output for each.
    return (
        group == "discriminator"
        and _has_other_labels(ours, theirs)
        and name.startswith(("mapping.", "b4.out."))
    )


def _relabelled(arrays: dict, ours: Architecture, theirs: Architecture) -> tuple[dict, list[str]]:
    """Change the labels of a generator, whose mapping gets [z, embedded label].

    The trained layers know embedded labels of the source alone, so that is what they go on to get.

    Returns:
        (weights with our labels, lines about them).
    """
    embed, bias = (
        arrays[f"mapping.embed.{kind}"] for kind in ("weight", "bias")
    )  # [E, labels], [E]
    labels, classes = embed.shape[1], theirs.num_classes
    # The equalised learning rate multiplies weights by 1 / sqrt(inputs).
    shares = np.zeros(labels, np.float32)
    shares[:classes] = 1 / max(classes, 1)
    middle = bias + embed @ shares / math.sqrt(labels)
    what = f"all {classes} classes of the source in equal shares" if classes else "no attribute"
    if not ours.label_dim:
        middle = middle / np.sqrt(np.mean(middle**2) + 1e-8)  # as `MappingNetwork.call`
        weight = arrays["mapping.fc0.weight"]  # [out, z and E]
        folded = weight[:, -len(middle) :] @ middle / math.sqrt(weight.shape[1])
        changed = {"mapping.fc0.bias": arrays["mapping.fc0.bias"] + folded}
        return arrays | changed, [f"starts as {what}: its labels are folded into mapping.fc0"]
    columns = np.zeros([len(embed), ours.label_dim], np.float32)
    if not (ours.num_classes and classes):
        line = f"starts as {what}, whatever the label"
        bias = middle
    else:
        taken = np.arange(ours.num_classes) % classes
        columns[:, : ours.num_classes] = embed[:, taken] * math.sqrt(ours.label_dim / labels)
        line = f"class n starts as class n modulo {classes} of the source"
    return arrays | {"mapping.embed.weight": columns, "mapping.embed.bias": bias}, [line]


def _rescaled(arrays: dict, ours: Architecture, theirs: Architecture) -> dict:
    """Fold the scales of attributes into their embedding, so that a label means what it meant."""
    if ours.attribute_scales == theirs.attribute_scales:
        return arrays
    embed, bias = (arrays[f"mapping.embed.{kind}"] for kind in ("weight", "bias"))
    raw = ((0.0, 1.0),) * ours.label_dim
    # x = a * deviation + mean is the label, a what the network of this side sees of it.
    (mean, deviation), (mean_there, deviation_there) = (
        np.array(of.label_scales or raw, np.float64).T for of in (ours, theirs)
    )
    weight = embed * (deviation / deviation_there)
    shift = embed @ ((mean - mean_there) / deviation_there) / math.sqrt(ours.label_dim)
    changed = {"mapping.embed.weight": weight, "mapping.embed.bias": bias + shift}
    return arrays | {name: value.astype(np.float32) for name, value in changed.items()}


def _adapt(name: str, source, fresh, ours: Architecture, theirs: Architecture):
    """Adapt a weight whose shape differs from the source's, or that the source lacks.

    Returns:
        (value, reason); (None, None) if it starts afresh.
    """
    layer, _, kind = name.rpartition(".")
    part = layer.rpartition(".")[2]
    skip = ours.network.generator_architecture == "skip"
    if source is None and skip and f"{part}.{kind}" == "torgb.weight":
        # "skip" sums images: a new size begins at 0
        return np.zeros_like(fresh), "adds nothing at first"
    if source is None:
        return None, None
    # Layers that meet the image; all others know no channels.
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
            what = "its part of z; that of labels is zero at first"
            return value, what if ours.label_dim else "its part of z"
    return None, None


def _of_latents(source, width: int, z_dim: int):
    """Adapt the first layer of a mapping to another width: [out, z (and labels)].

    The equalised learning rate multiplies weights by 1 / sqrt(width), which is undone here.
    """
    value = np.zeros((len(source), width), source.dtype)
    # z comes first, then the embedded label; see `MappingNetwork.call`.
    value[:, :z_dim] = source[:, :z_dim] * math.sqrt(width / source.shape[1])
    return value


def _to_image(source, channels: int):
    """Adapt ToRGB [out, in, 1, 1]: grey is the mean of the colours; colours repeat grey.

    Alpha is kept; new alpha starts at zero.
    """
    # Alpha is the last channel.
    colour, wanted = source[: without_alpha(len(source))], without_alpha(channels)
    if len(colour) != wanted:
        colour = np.repeat(colour.mean(axis=0, keepdims=True), wanted, axis=0)
    if not has_alpha(channels):
        return colour
    alpha = source[-1:] if has_alpha(len(source)) else np.zeros_like(source[:1])
    return np.concatenate([colour, alpha])


def _from_image(source, channels: int):
    """Adapt FromRGB [out, in, 1, 1]: its response to grey is kept; new alpha starts at zero.

    The equalised learning rate multiplies weights by 1 / sqrt(in), which is undone here.
    """
    before, wanted = source.shape[1], without_alpha(channels)
    colour = source[:, : without_alpha(before)]
    if colour.shape[1] != wanted:
        # Their sum answers to grey, which all new channels share.
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
    """Name the layers of weights, some of them at most."""
    layers = [*dict.fromkeys(n.rpartition(".")[0].removesuffix(".affine") for n in names)]
    of_classes = [layer for layer in layers if layer.startswith("mapping.")]
    if len(of_classes) > 2:  # the mapping of a discriminator
        layers = ["mapping", *(layer for layer in layers if layer not in of_classes)]
    more = f" and {len(layers) - _SHOWN} more" if len(layers) > _SHOWN else ""
    return ", ".join(layers[:_SHOWN]) + more


def stretched(array: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """Stretch weights of positions, [..., h, w] -> [..., *sides], linearly between pixel centres.

    The first images of a generator are then the stretched ones of the source, and a discriminator
    knows them.
    """
    for axis, side in zip((-2, -1), sides, strict=True):
        array = np.moveaxis(_stretch_last_axis(np.moveaxis(array, axis, -1), side), -1, axis)
    return array


def _stretch_last_axis(array: np.ndarray, side: int) -> np.ndarray:
    size = array.shape[-1]
    # Centres of the new places, in the old ones; ends repeat the border.
    place = np.clip((np.arange(side) + 0.5) * size / side - 0.5, 0, size - 1)
    before = np.minimum(place.astype(int), size - 2)  # its right neighbour exists, too
    weight = (place - before).astype(array.dtype)
    return array[..., before] * (1 - weight) + array[..., before + 1] * weight


def _stretch_const(weight, theirs, ours):
    """Stretch the constant input, [C, h, w]."""
    return stretched(weight, ours)


def _stretch_last_features(weight, theirs, ours):
    """Stretch the dense layer behind the last features, [out, (C, h, w)], with the same outputs.

    The equalised learning rate multiplies weights by 1 / sqrt(C h w), which is undone here.
    """
    features = np.reshape(weight, (len(weight), -1, *theirs))
    found = stretched(features, ours).reshape(len(weight), -1)
    return found * math.sqrt(math.prod(theirs) / math.prod(ours))


# Published name -> function of (weight, their base, our base) for weights of positions.
STRETCHED = {"synthesis.b4.const": _stretch_const, "b4.fc.weight": _stretch_last_features}
