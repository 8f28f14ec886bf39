"""The mark of what a trained network makes: its name, and the hash of its weights."""

import hashlib

import numpy as np

from ada_tf.marking import Mark, name_of
from ada_tf.models.names import variables_by_name


def mark_of(generator, name) -> Mark:
    """Return the mark of the pictures of a generator.

    Args:
        generator: a Generator.
        name: of the network, or its path or address, of which the last part is kept.
    """
    return Mark(network=name_of(name), sha256=hash_of(generator))


def hash_of(generator) -> str:
    """Return the SHA-256 of a generator's weights: the same in a run, a network folder and a hub.

    It is over the name, the shape and the float32 bytes of each variable, in the order of the names.
    The mean of w is one of them, moving statistics of training are not.
    """
    digest = hashlib.sha256()
    for name, variable in sorted(variables_by_name(generator).items()):
        numbers = np.ascontiguousarray(variable.numpy(), "<f4")
        digest.update(f"{name} {list(numbers.shape)}\n".encode())
        digest.update(numbers.tobytes())
    return digest.hexdigest()
