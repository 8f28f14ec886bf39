"""The hash of a generator's weights, wherever they are kept."""

import hashlib

import numpy as np

from ada_tf.models.names import variables_by_name


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
