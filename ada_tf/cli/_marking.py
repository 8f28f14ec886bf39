"""The flag that leaves the mark of generated pictures out, and the mark of a call.

Imports nothing heavy, as `_program`.
"""

import dataclasses
import pathlib

from ada_tf.cli._flags import Flags, option, options_of
from ada_tf.files import sha256_of
from ada_tf.marking import MARKS, Mark

# What does not change a picture, or is a path, which no picture holds.
_UNSAID = (
    "network", "outdir", "out", "batch", "singles", "overwrite", "mark", "use", "accept_changed_code",
)  # fmt: skip
# Files that decide a picture: their hashes stand for them.
FILES = ("ws", "rows_ws", "cols_ws", "directions")
HASH = "_sha256"


def told_by(kind) -> set[str]:
    """Names that a mark may give a program: its flags that decide a picture, and hashes of files.

    A mark may be a stranger's, and must not lead a program to code, to folders or to other networks.

    Args:
        kind: dataclass of the flags of the program.
    """
    plain = {one.name for one in options_of(kind) if one.has_flag} - {*_UNSAID, *FILES}
    return plain | {f"{name}{HASH}" for name in FILES}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Marked(Flags):
    """Flags about what files of generated pictures say of themselves."""

    TITLE = "Marks"

    mark: str = option(
        MARKS[0],
        "What files say of themselves: that they were generated, by which network, and how to make"
        " them again; or nothing.",
        choices=MARKS,
    )

    def leaves_marks_out(self) -> bool:
        """Return True, after a line that says so, with --mark=none."""
        if self.mark == "none":
            print("mark=none: nothing in the files says that they were generated.", flush=True)
        return self.mark == "none"

    def mark_of(self, generator, name, command: str, file: str = "") -> Mark | None:
        """The mark of what a call makes; None, after a line that says so, with --mark=none.

        Args:
            generator: a Generator.
            name: of the network, a path, an address or a name.
            command: the program.
            file: name of the file, where the call writes one.
        """
        if self.leaves_marks_out():
            return None
        from ada_tf.inference.marks import mark_of

        return mark_of(generator, name).replace(self._decisive(), command=command, file=file)

    def _decisive(self) -> list[tuple[str, str]]:
        """(flag, text) of the flags that were given and decide a picture."""
        found = []
        for name, text in self.given.items():
            if name in _UNSAID:
                continue
            if name in FILES:
                paths = getattr(self, name)
                paths = paths if isinstance(paths, list) else [paths]
                hashes = [sha256_of(path)[:16] for path in paths if pathlib.Path(path).is_file()]
                found.append((name + HASH, ",".join(hashes)))
            else:
                found.append((name, str(text).lower() if isinstance(text, bool) else str(text)))
        return found
