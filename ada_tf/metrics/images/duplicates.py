"""Equal images among those looked at: of a generator they are a result, collapse or copying."""

import collections
import dataclasses
from collections.abc import Sequence

NAMED = 3  # groups that are named in words


@dataclasses.dataclass(frozen=True)
class Duplicates:
    """Which of the images are equal, byte by byte.

    Attributes:
        looked_at: number of images.
        groups: names of images that are one, largest group first.
    """

    looked_at: int
    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def repeats(self) -> int:
        """Images that are equal to one before them."""
        return sum(len(group) - 1 for group in self.groups)

    def describe(self) -> str:
        """In words, "59 of 100 are an earlier one again (00.png is there 60 times)"; "" of none."""
        if not self.groups:
            return ""
        named = [f"{group[0]} is there {len(group)} times" for group in self.groups[:NAMED]]
        if len(self.groups) > NAMED:
            named.append(f"{len(self.groups) - NAMED} more are there several times")
        return f"{self.repeats} of {self.looked_at} are an earlier one again ({', '.join(named)})"


def equal_images(digests: Sequence[bytes], names: Sequence[str]) -> Duplicates:
    """Find images whose hashes are equal, given the name of each."""
    groups = collections.defaultdict(list)
    for digest, name in zip(digests, names, strict=True):
        groups[digest].append(name)
    equal = [tuple(group) for group in groups.values() if len(group) > 1]
    return Duplicates(len(digests), tuple(sorted(equal, key=len, reverse=True)))
