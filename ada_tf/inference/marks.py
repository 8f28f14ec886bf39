"""The mark of what a trained network makes: its name, and the hash of its weights."""

import pathlib
import re

from ada_tf.marking import Mark, name_of
from ada_tf.models.weights_hash import hash_of
from ada_tf.training.runs import checkpoint_folder, snapshots


def mark_of(generator, name) -> Mark:
    """Return the mark of the pictures of a generator.

    Args:
        generator: a Generator.
        name: of the network, or its path or address, of which the last part is kept.
    """
    return Mark(network=_called(name), sha256=hash_of(generator))


def _called(name) -> str:
    """The network in words: of a checkpoint the run, and how far it had come."""
    path = pathlib.PurePath(str(name))
    if re.fullmatch(rf"{checkpoint_folder.NAME}-\d+", path.name):
        kept = path.parent.name in (checkpoint_folder.FOLDER, snapshots.FOLDER)
        run = path.parent.parent if kept else path.parent
        return f"{name_of(run)} {path.name}"
    return name_of(name)
