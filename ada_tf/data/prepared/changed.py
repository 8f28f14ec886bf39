"""Whether what a set was prepared from is still what it was."""

import pathlib

from ada_tf import files
from ada_tf.data.prepared import data_report, manifest
from ada_tf.data.prepared.key import cache_key
from ada_tf.data.prepared.prepared_set import Prepared
from ada_tf.data.sources import listing
from ada_tf.data.sources.file_kinds import KINDS
from ada_tf.data.sources.source import DRAWN, PREPARED, TFDS
from ada_tf.errors import UserError

# What the report says about a file takes 60 bytes and more. A folder of more files than there is
# room for in the report, and of some more, has changed: a set of a stranger may name any folder,
# and it must not be walked for ever.
_REPORTED_BYTES, _MORE_FILES = 40, 1000


def warn_if_changed(found: Prepared, log) -> None:
    """Say so if the files that a set was prepared from are there, but not as they were."""
    with files.reading(found.folder / manifest.FILE, "the origin of a prepared set"):
        kind, path = found.origin["kind"], pathlib.Path(found.origin["path"])
        split, key = found.origin["split"], found.origin["key"]
        if kind not in (TFDS, PREPARED, DRAWN, *KINDS):
            raise ValueError(f"is of the kind {files.quoted(kind)}")
        if kind not in KINDS or not path.exists():
            return
        reported = (found.folder / data_report.JSON).stat().st_size // _REPORTED_BYTES
    try:
        source = listing.read(kind, path, split, at_most=reported + _MORE_FILES)
        same = cache_key(source) == key
    except UserError:  # no images left, say
        same = False
    if not same:
        path, folder = files.printable(path), files.printable(found.folder)
        log(
            f"Warning: {path} has changed since {folder} was prepared from it; give"
            f" --data={path} to prepare it again."
        )
