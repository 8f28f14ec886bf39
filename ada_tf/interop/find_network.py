"""Networks by name, address or path: the built-in ones, published ones, network folders and files."""

import os
import pathlib

from ada_tf import downloads
from ada_tf.errors import UserError
from ada_tf.files import check_local, is_web_address, printable, user_cache
from ada_tf.interop import network_folder
from ada_tf.interop.known_networks import NETWORKS, PUBLISHED
from ada_tf.interop.network_folder import Network, describe
from ada_tf.interop.published import published_file


def is_built_in(name) -> bool:
    """Return True for the name of a network of the package."""
    return str(name) in NETWORKS


def absolute_network(name) -> str:
    """Give networks the one name that they have from everywhere.

    Returns:
        The absolute path of a folder or file, without symbolic links; a built-in name as it is.
    """
    return str(name) if is_built_in(name) else os.path.realpath(os.path.expanduser(name))


def read_built_in(name: str) -> Network:
    """The network of a name."""
    return network_folder.read(NETWORKS[name])


# Readers of trained networks that belong to no run.


def holds_network(path) -> bool:
    """Return True if a name or path leads to such networks; a checkpoint of a run does not."""
    if is_built_in(path) or network_folder.is_one(path):
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
    if is_built_in(path):
        return read_built_in(str(path))
    if network_folder.is_one(path):
        return network_folder.read(path)
    if os.path.isfile(path):
        return published_file.read(path)
    raise UserError(
        f"{printable(path)} holds no network; give a folder of ada-import, a .pkl or a .pt."
    )


# Networks that are not here: names of published ones, and addresses of the web.
#
# Nothing is downloaded unless one of them was given. What was downloaded is kept in the user's cache.

FOLDER = "networks"  # of the cache


def resolve_network(given, log=print, argument: str = "network") -> str:
    """Return what `open_trained` takes, for a name, an address or a path; downloads what is not here.

    Args:
        given: a name of PUBLISHED or an address of the web, which is downloaded unless it was before;
            a path or the name of a network of the package, which stays as it is.
        log: called with lines: what is downloaded, from where, and its licence.
        argument: its name, for messages.

    Returns:
        A path, or the name of a network of the package.

    Raises:
        UserError: it cannot be downloaded, what was is no network, or it is another kind of address.
    """
    text = os.fspath(given)
    source = PUBLISHED.get(text)
    if source is not None:
        side = source.resolution
        log(f"{text}: {source.title}, {side}x{side} pixels, from {source.url}")
        log(
            f"Licence: {source.licence}. No SHA-256 is known to check the file with; that of the"
            " first download is kept beside it."
        )
        return _downloaded(source.url, log, tell=False)
    if is_web_address(text):
        return _downloaded(text, log, tell=True)
    check_local(argument, text)
    return text


def url_of_network(given) -> str | None:
    """Return the address from which `resolve_network` downloads; None for what is here."""
    text = os.fspath(given)
    return PUBLISHED[text].url if text in PUBLISHED else text if is_web_address(text) else None


def _downloaded(url: str, log, tell: bool) -> str:
    """The path of a file that holds networks; with `tell` it is said what they are."""

    def check(path: pathlib.Path) -> None:
        try:
            network = published_file.read(path)
        except UserError as error:  # the path is that of an unfinished file
            raise UserError(str(error).replace(printable(path), printable(url))) from error
        about = network.about
        if tell:
            licence = about.licence or "not said in the file; ask whoever published it"
            log(f"{printable(url)}: {describe(network.architecture)}")
            log(f"Licence: {licence}. Its SHA-256, {about.sha256}, is kept beside the file.")

    folder = user_cache() / FOLDER
    path = downloads.place_of(url, folder)
    if tell and path.is_file():
        log(f"{printable(url)} is here: {printable(path)}; delete it to fetch it anew")
    return str(downloads.download(url, folder, log=log, check=check))
