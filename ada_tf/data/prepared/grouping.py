"""Thousands of files in a few lines: by what became of them and by the ending of their names."""

import collections
import pathlib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# Names that are listed of a group, and groups of a section; endings as long as this are part of a name.
MOST_NAMES, MOST_GROUPS, LONGEST_ENDING = 10, 40, 8


class Line(NamedTuple):
    """A file in a section.

    Attributes:
        kind: what it has in common with others.
        name: of the file.
        detail: what of it is its own, in words; may be empty.
    """

    kind: str
    name: str
    detail: str = ""


def section(lines: Iterable[Line]) -> Iterator[str]:
    """Lines of text: each kind with how many there are, the largest first, and some of the names."""
    groups = collections.defaultdict(list)
    for line in lines:
        groups[line.kind].append(line)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    for kind, found in ordered[:MOST_GROUPS]:
        yield f"{kind}: {len(found)}"
        for line in found[:MOST_NAMES]:
            yield f"  {line.name}{': ' if line.detail else ''}{line.detail}"
        if len(found) > MOST_NAMES:
            yield f"  and {len(found) - MOST_NAMES} more"
    others = sum(len(found) for _, found in ordered[MOST_GROUPS:])
    if others:
        yield f"of {len(ordered) - MOST_GROUPS} other kinds: {others}"


def common(reason: str) -> str:
    """A reason as many files have it: those that are cut short differ in numbers alone."""
    return re.sub(r"\d+", "N", reason)


def left_out(files: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Files that were not used, (name, reason), by reason and ending."""
    for name, why in files:
        kind = common(why)
        ending = pathlib.PurePosixPath(name).suffix.lower()
        of = f" ({ending})" if 1 < len(ending) <= LONGEST_ENDING else ""
        yield Line(f"skipped, {kind}{of}", name, "" if why == kind else why)
