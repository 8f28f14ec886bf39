"""Where networks come from that are not here: names of published ones, and addresses of the web.

Nothing is downloaded unless one of them was given. What was downloaded is kept in the user's cache.
"""

import os
import pathlib

from ada_tf import downloads
from ada_tf.errors import UserError
from ada_tf.files import check_local, is_web_address, printable, user_cache
from ada_tf.interop import published_file
from ada_tf.interop.known_networks import SOURCES
from ada_tf.interop.network_folder import describe

FOLDER = "networks"  # of the cache


def resolve(given, log=print, argument: str = "network") -> str:
    """What `ada_tf.training.runs.trained.open_trained` takes, for whatever a user may call networks.

    Args:
        given: a name of SOURCES or an address of the web, which is downloaded unless it was before;
            a path or the name of a network of the package, which stays as it is.
        log: called with lines: what is downloaded, from where, and its licence.
        argument: its name, for messages.

    Returns:
        A path, or the name of a network of the package.

    Raises:
        UserError: it cannot be downloaded, what was is no network, or it is another kind of address.
    """
    text = os.fspath(given)
    source = SOURCES.get(text)
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


def url_of(given) -> str | None:
    """Where `resolve` downloads what somebody gave; None if it is here."""
    text = os.fspath(given)
    return SOURCES[text].url if text in SOURCES else text if is_web_address(text) else None


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
