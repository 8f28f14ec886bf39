"""Values of flags: texts that become seeds, layers, paths, networks; folders for results.

Every error names the flag. Imports nothing heavy, as `_program`.
"""

import csv
import os
import pathlib
import re
import sys
from collections.abc import Iterable

from ada_tf.errors import UserError
from ada_tf.files import check_local, check_tensorflow_path, is_web_address, printable, writing
from ada_tf.inference.latents import GROUPS, MAX_SEED

_MAX_NUMBERS = 10**6  # per flag; more is a slip, and their list alone fills memory
_MAX_LAYER = 255  # more than any generator has; which there are is known when it is open


def text(name: str, given: str) -> str:
    """Any text as it is, "none" included."""
    return given


def words(name: str, given: str) -> list[str]:
    """Texts with commas between them; one in double quotes may hold commas.

    Raises:
        UserError: one of them is empty.
    """
    try:
        found = [word.strip() for row in csv.reader([given], strict=True) for word in row]
    except csv.Error:
        found = []
    if not found or not all(found):
        raise UserError(f"{name}={printable(given)[:80]!r} must be texts with commas between them.")
    return found


def path(name: str, given: str) -> pathlib.Path:
    """A path of this machine.

    Raises:
        UserError: it is an address.
    """
    check_local(name, given)
    return pathlib.Path(given)


def paths(name: str, given: str) -> list[pathlib.Path]:
    """Paths of this machine, with commas between them."""
    return [path(name, word) for word in words(name, given)]


def network(name: str, given: str) -> str:
    """A path, an address of the web or a name that leads to trained networks.

    Raises:
        UserError: it is an address of another kind.
    """
    if not is_web_address(given):
        check_local(name, given)
    return given


def check_is_there(name: str, given: str, accepted: str) -> None:
    """Refuse a path to trained networks that leads nowhere, before TensorFlow is loaded.

    Args:
        name: of the flag.
        given: as `network` reads it.
        accepted: what it may lead to.

    Raises:
        UserError: there is no such file, checkpoint or known name.
    """
    from ada_tf.interop.known_networks import NETWORKS, PUBLISHED

    known = given in NETWORKS or given in PUBLISHED or is_web_address(given)
    if known or os.path.exists(given) or os.path.exists(f"{given}.index"):
        return
    check_tensorflow_path(name, given)
    raise UserError(f"{name}={printable(given)!r} does not exist; give {accepted}.")


def fetched(network: str | None) -> str | None:
    """The path of networks, which are downloaded if they were given by their address or name.

    Args:
        network: what was given; None is nothing.

    Raises:
        UserError: they cannot be downloaded.
    """
    if network is None:
        return None
    from ada_tf.interop import find_network

    # Others may read what programs print: to stdout go results alone.
    return find_network.resolve_network(network, log=lambda line: print(line, file=sys.stderr))


def seeds(name: str, given: str) -> list[int]:
    """Seeds as numbers and ranges: "1,2,5-10" is 1, 2 and 5 to 10."""
    return numbers(name, given, MAX_SEED)


def numbers(name: str, given: str, highest: int) -> list[int]:
    """Numbers and ranges up to `highest`: "1,2,5-10" is 1, 2 and 5 to 10.

    Raises:
        UserError: the text is anything else.
    """
    found = []
    for part in given.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last > highest:
            raise UserError(
                f"{name}={given!r} must be numbers up to {highest} and rising ranges, like 1,2,5-10."
            )
        if len(found) + last - first >= _MAX_NUMBERS:
            raise UserError(
                f"{name}={given[:80]!r} must be at most {_MAX_NUMBERS} {name} at a time."
            )
        found += range(first, last + 1)
    return found


def layers(name: str, given: str) -> list:
    """Layers as numbers, ranges and names of groups: "coarse,5-6" is "coarse", 5 and 6.

    Raises:
        UserError: the text is anything else.
    """
    found = []
    for part in map(str.strip, given.split(",")):
        if part in GROUPS:
            found.append(part)
        elif part[:1].isdigit():
            found += numbers(name, part, _MAX_LAYER)
        else:
            raise UserError(
                f"{name}={printable(part)[:80]!r} must be numbers of layers, ranges such as 0-3, or"
                f" {', '.join(GROUPS)}."
            )
    return found


def refuse_taken(flag: str, folder: pathlib.Path, names: Iterable[str]) -> None:
    """Refuse to replace files, for programs that have --overwrite.

    Args:
        flag: the one that gives the folder, or the file.
        folder: where the files are to be written.
        names: of the files.

    Raises:
        UserError: one of them exists.
    """
    for name in names:
        if os.path.lexists(folder / name):
            raise UserError(
                f"{flag}={printable(folder)!r} already holds {name}; choose another or give"
                " --overwrite."
            )


def check_folder(flag: str, folder) -> None:
    """Refuse a folder of results that cannot be made or written to, before any work.

    Args:
        flag: the one that gives it.
        folder: its path.

    Raises:
        UserError: it, or a folder above it, is a file or may not be written to.
    """
    folder = pathlib.Path(folder)
    named = f"{flag}={printable(folder)!r} cannot be written"
    with writing(f"{flag}={printable(folder)!r}"):
        found = next((p for p in [folder, *folder.absolute().parents] if p.exists()), None)
        if found is not None and not found.is_dir():
            which = "it" if found == folder else printable(found)
            raise UserError(f"{named}: {which} is a file; give a folder.")
        if found is not None and not os.access(found, os.W_OK | os.X_OK):
            raise UserError(f"{named}; give another folder with --{flag}.")


def make_folder(flag: str, folder: pathlib.Path) -> None:
    """Create the folder of the results; see `check_folder`.

    Raises:
        UserError: it cannot be written to, which is better said before an hour of work than after.
    """
    check_folder(flag, folder)
    with writing(f"{flag}={printable(folder)!r}"):
        folder.mkdir(parents=True, exist_ok=True)


def counted(count: int, noun: str) -> str:
    """A number and its noun: "1 image", "2,000 images"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
