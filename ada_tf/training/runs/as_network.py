"""A run's networks as a network folder: what can be given away without the run."""

import dataclasses
import pathlib
import re

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.interop.network_folder import GROUPS, About, Network
from ada_tf.models.build import check_can_be_built, make_network
from ada_tf.models.names import named_variables
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_folder import NAME, images_of
from ada_tf.training.runs.trained import Trained

FAMILY = "stylegan2"  # whose layers have published names


def as_network(
    trained: Trained, about: About, groups=("generator_ema", "discriminator")
) -> Network:
    """Read the weights of trained networks.

    Args:
        trained: where they lie.
        about: where they come from; without names of labels, it gets those that are known, and
            the bits.
        groups: of `GROUPS`, as far as they are there; a discriminator is what others may go on
            training from.

    Raises:
        UserError: they are of another family, or not all there.
    """
    of = trained.architecture
    for family in (of.network.generator, of.network.discriminator):
        if family != FAMILY:
            raise UserError(
                f"{printable(trained.name)} is of the family {quoted(family)}; a network folder can hold"
                f" {FAMILY} alone."
            )
    groups = [group for group in GROUPS if group in groups and trained.has(group)]
    if "discriminator" in groups:
        check_can_be_built(of, trained.numbers, trained.name, "discriminator")
    weights = {group: weights_of(trained, group) for group in groups}
    labels = trained.label_space
    about = dataclasses.replace(
        about,
        bits=trained.bits,
        class_names=about.class_names or labels.class_names,
        attributes=about.attributes or labels.attributes,
        attribute_ranges=about.attribute_ranges or labels.ranges,
    )
    return Network(of, weights, about)


def weights_of(trained: Trained, group: str) -> dict:
    """Published name -> array, of one group of trained networks."""
    of = trained.architecture
    if group == "discriminator":
        check_can_be_built(of, trained.numbers, trained.name, group)
    network = make_network(of, group)
    trained.restore(**{group: network})
    return {named.name: named.from_ours(named.variable) for named in named_variables(network)}


def kimg_of(trained: Trained) -> float | None:
    """Thousands of images after which a checkpoint was written, None of what does not say so."""
    if not isinstance(trained.config, RunConfig):
        return None
    named = re.fullmatch(rf"{NAME}-\d+", pathlib.Path(trained.name).name)
    return images_of(trained.name) / 1000 if named else None
