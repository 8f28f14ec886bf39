"""Whether what a set was prepared from is still what it was."""

import enum
import pathlib

from ada_tf import files
from ada_tf.data.prepared import data_report, manifest
from ada_tf.data.prepared.key import cache_key
from ada_tf.data.sources import listing
from ada_tf.data.sources.file_kinds import KINDS
from ada_tf.data.sources.source import DRAWN, PREPARED, TFDS
from ada_tf.errors import UserError

# What the report says about a file takes 60 bytes and more. A folder of more files than there is
# room for in the report, and of some more, has changed: a set of a stranger may name any folder,
# and it must not be walked for ever.
_REPORTED_BYTES, _MORE_FILES = 40, 1000


class State(enum.Enum):
    """What became of the source of a set."""

    SAME = "the same"
    CHANGED = "changed"
    GONE = "gone"
    NO_FILES = "no folder or archive"


def state_of_source(folder: pathlib.Path, origin: dict) -> State:
    """Look at what a set was prepared from.

    Args:
        folder: of the set.
        origin: see `Manifest`.

    Raises:
        UserError: the origin is none.
    """
    with files.reading(folder / manifest.FILE, "the origin of a prepared set"):
        kind, path = origin["kind"], pathlib.Path(origin["path"])
        split, key = origin["split"], origin["key"]
        if kind not in (TFDS, PREPARED, DRAWN, *KINDS):
            raise ValueError(f"is of the kind {files.quoted(kind)}")
        if kind not in KINDS:
            return State.NO_FILES
        if not path.exists():
            return State.GONE
        reported = (folder / data_report.JSON).stat().st_size // _REPORTED_BYTES
    try:
        source = listing.read(kind, path, split, at_most=reported + _MORE_FILES)
    except UserError:  # no images left, say
        return State.CHANGED
    return State.SAME if cache_key(source) == key else State.CHANGED


def warn_if_changed(folder: pathlib.Path, origin: dict, log) -> None:
    """Say so if the files that a set was prepared from are there, but not as they were."""
    if state_of_source(folder, origin) is State.CHANGED:
        path = files.printable(origin["path"])
        log(
            f"Warning: {path} has changed since {files.printable(folder)} was prepared from it; give"
            f" --data={path} to prepare it again."
        )
