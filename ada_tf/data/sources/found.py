"""What a folder or an archive holds, before anybody asks what it means."""

import dataclasses
from collections.abc import Callable
from typing import BinaryIO


@dataclasses.dataclass(frozen=True)
class File:
    """A file that may be an image.

    Attributes:
        name: its path inside, with forward slashes.
        open: opens its bytes, given the most it may have.
        stamp: size and time, which change when it does.
        unpacked: how many bytes opening it takes in memory.
    """

    name: str
    open: Callable[[int], BinaryIO]
    stamp: tuple[int, int]
    unpacked: int = 0


@dataclasses.dataclass(frozen=True)
class LeftOut:
    """What is no file, or none to train on.

    Attributes:
        name: its path inside, with forward slashes.
        why: for reports.
        is_run: it is a run of ada-train.
    """

    name: str
    why: str
    is_run: bool = False
