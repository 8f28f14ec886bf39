"""Networks that come with the package, by name: something to try before any training."""

import os

from ada_tf.interop import network_folder
from ada_tf.interop.known_networks import NETWORKS
from ada_tf.interop.network_folder import Network


def is_built_in(name) -> bool:
    """Whether a name means a network of the package."""
    return str(name) in NETWORKS


def absolute(name) -> str:
    """Give networks the one name that they have from everywhere.

    Returns:
        The absolute path of a folder or file, without symbolic links; a built-in name as it is.
    """
    return str(name) if is_built_in(name) else os.path.realpath(os.path.expanduser(name))


def read(name: str) -> Network:
    """The network of a name."""
    return network_folder.read(NETWORKS[name])
