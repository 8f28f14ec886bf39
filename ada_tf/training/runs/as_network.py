"""A run's networks as a network folder: what can be given away without the run."""

import pathlib
import re

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.interop.network_folder import GROUPS, About, Network
from ada_tf.interop.published_names import named_variables
from ada_tf.models.build import check_can_be_built, make_discriminator, make_generator
from ada_tf.models.config import Architecture
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_folder import NAME, images_of
from ada_tf.training.runs.trained import Trained

_FAMILY = "stylegan2"  # whose layers have published names


def as_network(
    trained: Trained, about: About, groups=("generator_ema", "discriminator")
) -> Network:
    """Read the weights of trained networks.

    Args:
        trained: where they lie.
        about: where they come from.
        groups: of `GROUPS`; a discriminator is what others may go on training from.

    Raises:
        UserError: they are of another family, or not all there.
    """
    of = trained.architecture
    for family in (of.network.generator, of.network.discriminator):
        if family != _FAMILY:
            raise UserError(
                f"{printable(trained.name)} is of the family {quoted(family)}; a network folder can hold"
                f" {_FAMILY} alone."
            )
    if "discriminator" in groups:
        check_can_be_built(of, trained.numbers, trained.name, "discriminator")
    weights = {}
    for group in groups:
        network = _built(of, group)
        trained.restore(**{group: network})
        weights[group] = {
            named.name: named.from_ours(named.variable) for named in named_variables(network)
        }
    return Network(of, {group: weights[group] for group in GROUPS if group in weights}, about)


def _built(of: Architecture, group: str):
    make = make_discriminator if group == "discriminator" else make_generator
    return make(of.network, of.resolution, of.channels, of.num_classes, name=group)


def kimg_of(trained: Trained) -> float | None:
    """Thousands of images after which a checkpoint was written, None of what does not say so."""
    if not isinstance(trained.config, RunConfig):
        return None
    named = re.fullmatch(rf"{NAME}-\d+", pathlib.Path(trained.name).name)
    return images_of(trained.name) / 1000 if named else None
