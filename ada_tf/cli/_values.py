"""What programs ask of the values of their flags; every error names the flag.

Imports nothing heavy, as `_program`.
"""

import os
import pathlib
import re
import sys

from ada_tf.errors import UserError
from ada_tf.files import check_local, is_web_address, printable, writing
from ada_tf.inference.label_arguments import asked_label
from ada_tf.inference.latents import GROUPS
from ada_tf.label_space import LabelSpace

MAX_NUMBERS = 10**6  # of one flag: more is a slip of the finger, and their list alone fills memory

MAX_LAYER = 255  # more than any generator has; which there are is known when it is open


def require(*given) -> None:
    """Refuse to go on without a flag.

    Args:
        given: (name, value, example) of each flag that is needed.

    Raises:
        UserError: a value is None.
    """
    for name, value, example in given:
        if value is None:
            raise UserError(f"{name} is missing; give it, for example --{name}={example}.")


def run_of(argv, network: str | None) -> str | None:
    """The run that a program is to read, given as an argument or as --network.

    Args:
        argv: the program's name and what was given without a flag.
        network: the value of the flag.

    Raises:
        UserError: both were given, and differ, or it is neither a path nor an address of the web.
    """
    given = argv[1] if len(argv) > 1 else None
    if given is not None and network not in (None, given):
        raise UserError(
            f"RUN={printable(given)!r} and network={printable(network)!r} are two runs; give one"
            " of them."
        )
    run = network if given is None else given
    if run is not None and not is_web_address(run):
        check_local("network" if given is None else "RUN", run)
    return run


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

    # What programs print may be read by others: their results alone.
    return find_network.resolve_network(network, log=lambda line: print(line, file=sys.stderr))


def parse_numbers(flag: str, text: str, highest: int) -> list[int]:
    """Seeds, layers or rows written as numbers and ranges: "1,2,5-10" is 1, 2 and 5 to 10.

    Args:
        flag: its name.
        text: its value.
        highest: the highest number there is.

    Raises:
        UserError: `text` is anything else.
    """
    numbers = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last > highest:
            raise UserError(
                f"{flag}={text!r} must be numbers up to {highest} and rising ranges, like 1,2,5-10."
            )
        if len(numbers) + last - first >= MAX_NUMBERS:
            raise UserError(f"{flag}={text[:80]!r} must be at most {MAX_NUMBERS} {flag} at a time.")
        numbers += range(first, last + 1)
    return numbers


def parse_layers(flag: str, texts: list[str]) -> list:
    """Layers written as numbers, ranges and names of groups: ["coarse", "5-6"] is "coarse", 5 and 6.

    Args:
        flag: its name.
        texts: its value.

    Raises:
        UserError: it is anything else.
    """
    found = []
    for text in map(str.strip, texts):
        if text in GROUPS:
            found.append(text)
        elif text[:1].isdigit():
            found += parse_numbers(flag, text, MAX_LAYER)
        else:
            raise UserError(
                f"{flag}={printable(text)[:80]!r} must be numbers of layers, ranges such as 0-3, or"
                f" {', '.join(GROUPS)}."
            )
    return found


def label_of(space: LabelSpace, classes: str | None, attributes: str | None):
    """The label to show, by --class, --label and what the generator knows.

    Args:
        space: what the generator knows.
        classes: the value of --class.
        attributes: the value of --label.

    Returns:
        As `asked_label` gives it; None of a generator without labels.

    Raises:
        UserError: a conditional generator needs a label, or has no such label.
    """
    if space.label_dim:
        return asked_label(space, classes, attributes)
    for flag, given, what in (("class", classes, "classes"), ("label", attributes, "labels")):
        if given is not None:
            warn_ignored(flag, given, f"this generator has no {what}.")
    return None


def warn_ignored(flag: str, given: str, why: str) -> None:
    """Say that a flag changes nothing."""
    print(f"warning: {flag}={printable(given)} is ignored: {why}", file=sys.stderr)


def refuse_taken(flag: str, folder: pathlib.Path, names) -> None:
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


def make_folder(flag: str, folder: pathlib.Path) -> None:
    """Create the folder of the results.

    Args:
        flag: the one that gives it.
        folder: the folder.

    Raises:
        UserError: it cannot be written, which is better said before an hour of work than after it.
    """
    named = f"{flag}={printable(folder)!r}"
    with writing(named):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise UserError(f"{named} cannot be written; give another folder with --{flag}.")
