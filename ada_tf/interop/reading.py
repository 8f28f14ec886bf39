"""Trained networks that belong to no run, by what they lie in."""

import os

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.interop import built_in, network_folder, published_file
from ada_tf.interop.network_folder import Network


def holds_network(path) -> bool:
    """Whether a name or path leads to such networks; a checkpoint of a run does not."""
    if built_in.is_built_in(path) or network_folder.is_one(path):
        return True
    return os.path.isfile(path) and not os.path.exists(f"{path}.index")


def read_network(path) -> Network:
    """Trained networks and what is known of them, without executing anything.

    Args:
        path: a network folder, a .pkl of StyleGAN2-ADA, a .pt with g_ema, or the name of a network
            that comes with the package: "creatures".

    Returns:
        `architecture`, `about`, and `weights`: "generator_ema", "generator" or "discriminator" ->
        name in PyTorch -> array.

    Raises:
        UserError: there are none, or they are damaged, or networks that ours cannot be.
    """
    if built_in.is_built_in(path):
        return built_in.read(str(path))
    if network_folder.is_one(path):
        return network_folder.read(path)
    if os.path.isfile(path):
        return published_file.read(path)
    raise UserError(
        f"{printable(path)} holds no network; give a folder of ada-import, a .pkl or a .pt."
    )
