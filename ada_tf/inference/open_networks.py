"""Trained networks wherever they lie: open them, and write them as a network folder."""

import dataclasses
import os
import pathlib
import re

from ada_tf.inference.generate import generator_of
from ada_tf.interop import network_folder
from ada_tf.interop.find_network import holds_network, read_network
from ada_tf.interop.network_folder import GROUPS, About, Network
from ada_tf.models import Generator
from ada_tf.models.build import check_can_be_built
from ada_tf.models.config import Architecture
from ada_tf.models.names import named_variables
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_folder import NAME, images_of
from ada_tf.training.runs.trained import Trained, open_run


def open_trained(path, argument: str = "network") -> Trained:
    """Find trained networks, after checking that building them takes no more than they are.

    Args:
        path: a run directory, a checkpoint without its extension, a network folder, a file as
            `ada_tf.interop.published.published_file` reads it, or the name of a network of the package.
        argument: its name, for messages.

    Raises:
        UserError: there are none, or they are damaged or cannot be built.
    """
    if not holds_network(path):
        return open_run(path, argument)
    network = read_network(path)
    trained = Trained(
        name=os.fspath(path),
        config=network.architecture,
        architecture=network.architecture,
        restore=network.restore,
        groups=frozenset(group for group in GROUPS if network.has(group)),
        numbers=sum(network.count(group) for group in network.weights),
        label_space=network.label_space,
        bits=network.about.bits,
        about=network.about,
        left_out=network.left_out,
    )
    check_can_be_built(trained.architecture, trained.numbers, trained.name)
    return trained


def load_generator(path, fp32: bool | None = None) -> tuple[Generator, RunConfig | Architecture]:
    """Return a trained generator, with averaged weights, and its configuration.

    Args:
        path: a run directory, a checkpoint without its extension, a network folder, a .pkl or .pt
            of another program, or the name of a network that comes with the package: "creatures".
        fp32: float32 throughout, whatever the run was trained in; images differ by less than a
            grey level. Default: where there is no GPU. There a run of precision auto is in float32 in
            any case: what is exported from it is to be served by any machine.

    Returns:
        The generator, and the configuration of its run; of a network folder the architecture.

    Raises:
        UserError: there is no checkpoint of ours, or its generator cannot be built or used.
    """
    trained = open_trained(path)
    return generator_of(trained, fp32), trained.config


def as_network(
    trained: Trained, about: About, groups=("generator_ema", "discriminator")
) -> Network:
    """Read the weights of trained networks, to write them as a network folder.

    Args:
        trained: the networks.
        about: their origin; gets the bits, and names of labels if it has none.
        groups: of `GROUPS`, as far as they are there. Others can go on training from a
            discriminator.

    Raises:
        UserError: they are of another family, or not all there.
    """
    of = trained.architecture
    network_folder.check_family(of, trained.name)
    groups = [group for group in GROUPS if group in groups and trained.has(group)]
    if "discriminator" in groups:  # before the generator, which takes longer, is loaded
        check_can_be_built(of, trained.numbers, trained.name, "discriminator")
    weights = {group: trained.weights(group) for group in groups}
    labels = trained.label_space
    about = dataclasses.replace(
        about,
        bits=trained.bits,
        class_names=about.class_names or labels.class_names,
        attributes=about.attributes or labels.attributes,
        attribute_ranges=about.attribute_ranges or labels.ranges,
        class_shares=about.class_shares or labels.shares,
    )
    return Network(of, weights, about)


def kimg_of(trained: Trained) -> float | None:
    """Return the thousands of images of a checkpoint; None for networks that do not state them."""
    if not isinstance(trained.config, RunConfig):
        return None
    named = re.fullmatch(rf"{NAME}-\d+", pathlib.Path(trained.name).name)
    return images_of(trained.name) / 1000 if named else None


def check_can_be_written(trained: Trained) -> None:
    """Refuse networks that a network folder cannot hold.

    Raises:
        UserError: they are of another family.
    """
    as_network(trained, About(name=""), groups=())


def write_changed(trained: Trained, generator, folder, origin: str) -> pathlib.Path:
    """Write a generator that was changed after it was loaded; labels, bits and licence stay.

    Args:
        trained: the networks that it was loaded from.
        generator: a Generator.
        folder: a new one.
        origin: the change in words, for people.

    Raises:
        UserError: see `network_folder.write`.
    """
    about = trained.about or About(name="")
    name = pathlib.Path(folder).name
    about = dataclasses.replace(about, name=name, origin=origin, sha256="", kimg=None)
    network = as_network(trained, about, groups=())
    weights = {n.name: n.from_ours(n.variable) for n in named_variables(generator)}
    changed = dataclasses.replace(network, weights={"generator_ema": weights})
    return network_folder.write(changed, folder)
