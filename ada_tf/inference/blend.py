"""Low resolutions of one generator and high ones of another (arXiv 2010.05334)."""

import dataclasses
import pathlib
import re
import warnings

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.inference.latents import BLEND_SIDES
from ada_tf.inference.open_networks import as_network, open_trained
from ada_tf.interop import network_folder
from ada_tf.interop.network_folder import About, Network

GROUP = "generator_ema"
# What decides the shapes of the weights of a synthesis network.
_SAME = ("generator", "generator_architecture", "w_dim")
_WIDTHS = ("channel_base", "channel_max")  # of the generator
# Between the kinship of networks that were trained apart, of chance, and that of a network and what
# was trained from it; measured in experiments/blend.
STRANGERS = 0.2
_BLOCK = re.compile(r"synthesis\.b(\d+)\.")
_KERNEL = re.compile(r"synthesis\.b\d+\.conv[01]\.weight")


def blend(
    low, high, out, *, at: int, width: float = 0.0, mapping: str = "low", warn=warnings.warn
) -> pathlib.Path:
    """Write a generator that has its low resolutions of one network and its high ones of another.

    Args:
        low: a run directory, a checkpoint, a network folder or what else `load_generator` takes.
        high: the same.
        out: a new folder for the network.
        at: the first resolution that is wholly of `high`, of 8 up to that of the networks; see
            `Shape.blocks`.
        width: over how many resolutions more than none it passes; 0 is sharp. See `shares`.
        mapping: "low" or "high": whose latents, and labels, it has.
        warn: takes a sentence where the weights say that neither network was trained from the other, nor
            both from a third; see `ada_tf.inference.blend.kinship`.

    Returns:
        Path of the folder, which `load_generator` reads.

    Raises:
        UserError: they do not fit each other, or an argument is outside of what is listed, or the
            folder is not empty.
    """
    ours, theirs = read(low, "low"), read(high, "high")
    network = blended(ours, theirs, at, width, mapping)
    if warning := _warning_of(ours, theirs):
        warn(warning)
    about = dataclasses.replace(network.about, name=pathlib.Path(out).name)
    return network_folder.write(dataclasses.replace(network, about=about), out)


def read(path, argument: str = "network") -> Network:
    """The averaged generator of a network, called by the last part of its path.

    Args:
        path: see `load_generator`.
        argument: its name, for messages.

    Raises:
        UserError: there is none, or it is of a family whose weights have no published names.
    """
    trained = open_trained(path, argument)
    about = dataclasses.replace(
        trained.about or About(name=""), name=pathlib.Path(path).absolute().name
    )
    return as_network(trained, about, (GROUP,))


def blended(low: Network, high: Network, at: int, width: float = 0.0, mapping="low") -> Network:
    """The weights between two networks, by resolution (arXiv 2010.05334, equation 1).

    Args:
        low: see `blend`.
        high: see `blend`.
        at: see `blend`.
        width: see `blend`.
        mapping: see `blend`.

    Raises:
        UserError: see `blend`.
    """
    _check_fit(low, high)
    if mapping not in BLEND_SIDES:
        raise UserError(f"mapping={mapping!r} must be one of {', '.join(BLEND_SIDES)}.")
    owner = low if mapping == "low" else high
    share = shares(low.architecture.shape.blocks, at, width)
    ours, theirs, weights = low.weights[GROUP], high.weights[GROUP], {}
    for name, array in owner.weights[GROUP].items():
        block = _BLOCK.match(name)
        if block:
            part = np.float32(share[int(block[1])])
            array = (1 - part) * ours[name] + part * theirs[name]
        weights[name] = array
    gradual = f", gradual over {width:g}" if width else ""
    about = dataclasses.replace(
        owner.about,
        origin=f"ada-blend: {low.about.name} below {at} pixels, {high.about.name} from there on{gradual}",
        sha256="",
        licence=" and ".join(dict.fromkeys(n.about.licence or "unknown" for n in (low, high))),
        kimg=None,
    )
    return Network(owner.architecture, {GROUP: weights}, about)


def shares(blocks, at: int, width: float = 0.0) -> dict[int, float]:
    """Return the share of the high-resolution network at each resolution.

    Sharp, it is 0 below `at` and 1 from there on. Gradual, it rises in a straight line over log2 of the
    resolution, and is a half where the sharp one jumps: a width of 1 gives 1/4 to the resolution below
    the jump and 3/4 to the one above.

    Args:
        blocks: all resolutions, rising, as of `Shape.blocks`.
        at: one of `blocks`, but for the first, which would leave nothing of the other network.
        width: 0 or more.

    Returns:
        resolution -> share of 0 to 1.

    Raises:
        UserError: `at` or `width` is outside of what is listed.
    """
    if at not in blocks[1:]:
        raise UserError(f"at={at} must be one of {', '.join(map(str, blocks[1:]))}.")
    if not 0 <= width < np.inf:
        raise UserError(f"width={width} must be 0 or more.")
    place = np.log2(np.array(blocks, float) / at) + 0.5
    share = np.clip(0.5 + place / (1 + width), 0, 1)
    return dict(zip(blocks, share.tolist(), strict=True))


def kinship(low: Network, high: Network) -> float:
    """Return the likeness of two networks' weights: about 0 if they were trained apart.

    It is the median over 3x3 kernels of the cosine between them. Networks that were trained apart have
    their channels in different orders. The mean over channels, which any order shares, is taken out first.

    Args:
        low: one network.
        high: another that fits it, see `blended`.

    Returns:
        -1 to 1.
    """
    ours, theirs = low.weights[GROUP], high.weights[GROUP]
    return float(np.median([_cosine(ours[n], theirs[n]) for n in ours if _KERNEL.fullmatch(n)]))


def _warning_of(low: Network, high: Network) -> str | None:
    """A sentence where two networks never shared a parent; None where they did."""
    alike = kinship(low, high)
    if alike >= STRANGERS:
        return None
    return (
        f"{printable(low.about.name)} and {printable(high.about.name)} seem never to have shared a parent:"
        f" their kernels have a cosine of {alike:.2f}, that of strangers, where a network and what was"
        f" trained from it have more than {STRANGERS}. What the one makes, the other cannot read; train one"
        " of them with --resume from the other."
    )


def _cosine(a, b) -> float:
    """Return the cosine of kernels [out, in, k, k] without their mean over channels."""
    a, b = (kernel - kernel.mean((0, 1)) for kernel in (a, b))
    return float(np.vdot(a, b) / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30))


def _check_fit(low: Network, high: Network) -> None:
    """Refuse networks of other shapes.

    Raises:
        UserError: naming what differs.
    """
    of, other = low.architecture, high.architecture
    named = f"{printable(low.about.name)} and {printable(high.about.name)}"
    pairs = {
        "resolution": (of.shape.size, other.shape.size),
        "channels": (of.shape.channels, other.shape.channels),
        **{name: (getattr(of.network, name), getattr(other.network, name)) for name in _SAME},
    }
    widths = (of.network.generator_channels, other.network.generator_channels)
    pairs |= dict(zip(_WIDTHS, zip(*widths, strict=True), strict=True))
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            raise UserError(
                f"{named} do not fit: their {name} is {ours} and {theirs}, which must be the same."
            )
