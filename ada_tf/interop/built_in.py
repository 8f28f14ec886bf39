"""Networks that come with the package, by name: something to try before any training."""

import os
import pathlib

from ada_tf.interop import network_folder
from ada_tf.interop.network_folder import Network

_FOLDER = pathlib.Path(__file__).parent / "networks"

# Name -> folder. A folder of the user's that is called so is ./NAME.
NETWORKS = {"creatures": _FOLDER / "creatures"}


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
