"""Both networks from their settings, by the tables of families."""

import contextlib
import random

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.models.config import Architecture
from ada_tf.models.families import DEFAULT, DISCRIMINATORS, GENERATORS, NetworkSettings
from ada_tf.models.sizes import Work
from ada_tf.shape import Shape


def make_generator(
    config: NetworkSettings, shape: Shape, label_dim: int, name="generator", label_scales=None
):
    """Make a `LatentGenerator` of images of a shape; label_dim 0 is unconditional.

    `label_scales` as in `Architecture`, for families that standardise labels.

    Raises:
        UserError: the family is not known, or cannot make it.
    """
    setting, family = "network.generator", config.generator
    return _made(GENERATORS, setting, family, label_scales, config, shape, label_dim, name)


def make_discriminator(
    config: NetworkSettings, shape: Shape, label_dim: int, name="discriminator", label_scales=None
):
    """Make the discriminator that fits `make_generator`: (images, labels) -> logits [N, ...].

    Raises:
        UserError: the family is not known, or cannot make it.
    """
    setting, family = "network.discriminator", config.discriminator
    return _made(DISCRIMINATORS, setting, family, label_scales, config, shape, label_dim, name)


def make_network(of: Architecture, group: str):
    """The network of a group: "discriminator", or "generator" or "generator_ema", named so."""
    make = make_discriminator if group == "discriminator" else make_generator
    return make(of.network, of.shape, of.label_dim, group, of.label_scales)


def _made(families, setting: str, family: str, label_scales, *arguments):
    if family not in families:
        raise UserError(f"{setting}={family!r} must be one of {families.choices}.")
    row = families[family]
    more = {"label_scales": label_scales} if label_scales and row.scales_labels else {}
    with _named(setting, family, "make its network"):
        return row.make(*arguments, **more)


def check_networks(of: Architecture) -> None:
    """Try networks of families from outside on two images, before anything of a run is written.

    Raises:
        UserError: naming the family; a network cannot be made or called, or returns another shape.
    """
    if of.network.generator == of.network.discriminator == DEFAULT:
        return
    generator, discriminator = (make_network(of, name) for name in ("generator", "discriminator"))
    labels = tf.zeros([2, of.label_dim]) if of.label_dim else None
    family = of.network.generator
    with _named("network.generator", family, "make images"):
        # Two images: of one, an axis that was lost or reduced would not show.
        images = generator(tf.zeros([2, generator.z_dim]), labels)
        found = tuple(images.shape)
    if found != (2, *of.shape.hwc):
        raise UserError(
            f"network.generator={family!r} makes images {list(found)}, must be"
            f" {[2, *of.shape.hwc]} for two latents."
        )
    family = of.network.discriminator
    with _named("network.discriminator", family, "judge images"):
        found = tuple(discriminator(images, labels).shape)
    if not found or found[0] != 2:
        raise UserError(
            f"network.discriminator={family!r} returns {list(found)} for two images, must be [2, ...]."
        )


@contextlib.contextmanager
def _named(setting: str, family: str, what: str):
    """Turn an error of somebody's network into one sentence that names the family."""
    try:
        yield
    except (UserError, MemoryError, tf.errors.ResourceExhaustedError):  # clear by themselves
        raise
    except Exception as error:
        raise UserError(f"{setting}={family!r} cannot {what}: {_cause_in_words(error)}.") from error


def _cause_in_words(error: Exception) -> str:
    """An error in somebody's code: its text, type, file and line."""
    trace = error.__traceback__
    # The innermost frame is the line of the family; the outer ones are Keras.
    while trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}"
    text = " ".join(str(error).split())
    return f"{printable(text)[:300].rstrip('.')} ({type(error).__name__} in {where})"


def work_of(of: Architecture) -> tuple[Work, Work] | None:
    """Work of a picture, once through the generator and once through the discriminator.

    None for a family whose work nobody counted.
    """
    rows = GENERATORS.get(of.network.generator), DISCRIMINATORS.get(of.network.discriminator)
    if any(row is None or row.work is None for row in rows):
        return None
    generator, discriminator = (row.work(of.network, of.shape, of.label_dim) for row in rows)
    return generator, discriminator


def check_export(of: Architecture, format: str) -> None:
    """Refuse an export format that the family of the generator says it does not have.

    Raises:
        UserError: naming the format, the family and the formats that it has.
    """
    family = of.network.generator
    formats = GENERATORS[family].formats
    if formats is not None and format not in formats:
        raise UserError(
            f"format={format!r} is no format of the family {family!r}, which exports"
            f" {', '.join(formats) or 'nothing'}."
        )


def check_can_be_built(of: Architecture, numbers: int, name: str, group="generator") -> None:
    """Refuse to build a network that is larger than the file it is to be loaded from.

    Args:
        of: architecture of the network.
        numbers: count of numbers in the file.
        name: of the file, which may be a stranger's.
        group: "generator" or "discriminator".

    Raises:
        UserError: naming both counts, or a family that is not known.
    """
    families = {"generator": GENERATORS, "discriminator": DISCRIMINATORS}[group]
    asked = getattr(of.network, group)
    if asked not in families:
        raise UserError(
            f"{printable(name)} is of a {group} {quoted(asked)}, must be one of {', '.join(families)}."
        )
    fewest = families[asked].fewest_weights
    # A bound, not a count: reading must stay cheaper than what it prevents.
    needed = 0 if fewest is None else fewest(of.network, of.shape, of.label_dim)
    if needed > numbers:
        raise UserError(
            f"{printable(name)} does not fit its own configuration: a {group} of at least"
            f" {needed} weights, where it holds {numbers} numbers."
        )


@contextlib.contextmanager
def seeded(seed: int):
    """Make initial weights of layers that are built meanwhile follow from the seed alone.

    Keras takes the seeds of initializers that have none from Python's own generator, whose state is
    put back.
    """
    # Keras' initializers draw their seeds from Python's generator, one after the other.
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
