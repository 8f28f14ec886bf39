"""Networks that come from a trained one and differ from it, as a network folder."""

import dataclasses
import pathlib

from ada_tf.interop import network_folder
from ada_tf.interop.network_folder import About
from ada_tf.models.names import named_variables
from ada_tf.training.runs.as_network import as_network
from ada_tf.training.runs.trained import Trained

GROUP = "generator_ema"


def check_can_be_written(trained: Trained) -> None:
    """Refuse networks that a network folder cannot hold.

    Raises:
        UserError: they are of another family.
    """
    as_network(trained, About(name=""), groups=())


def write_changed(trained: Trained, generator, folder, origin: str) -> pathlib.Path:
    """Write a generator that was changed after it was loaded; labels, bits and licence stay.

    Args:
        trained: where it was loaded from.
        generator: a Generator.
        folder: a new one.
        origin: what was done, for people.

    Raises:
        UserError: see `network_folder.write`.
    """
    about = trained.about or About(name="")
    name = pathlib.Path(folder).name
    about = dataclasses.replace(about, name=name, origin=origin, sha256="", kimg=None)
    network = as_network(trained, about, groups=())
    weights = {n.name: n.from_ours(n.variable) for n in named_variables(generator)}
    return network_folder.write(dataclasses.replace(network, weights={GROUP: weights}), folder)
