"""Files of a zip file, which is never unpacked onto the disk."""

import functools
import io
import pathlib
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from ada_tf import files
from ada_tf.data.sources.found import File, LeftOut
from ada_tf.data.sources.walk import A_RUN
from ada_tf.errors import UserError

# What the members may unpack to: this much, and so many times the size of the zip file. Images
# hardly shrink; files that unpack to a thousand times their size are made to do harm.
_FREE_BYTES, _MAX_RATIO = 2**28, 100


def files_of(path: pathlib.Path) -> Iterator[File | LeftOut]:
    """All members of a zip file, without those of runs.

    Raises:
        UserError: it cannot be read, or would unpack to more than images do.
    """
    with files.reading(path, "a zip file"):
        files.open_regular(path).close()
        archive, status = zipfile.ZipFile(path), path.stat()
        members = [m for m in archive.infolist() if not m.is_dir()]
    unpacked = sum(member.file_size for member in members)
    if unpacked > _FREE_BYTES + _MAX_RATIO * status.st_size:
        raise UserError(
            f"{files.printable(path)} would unpack to {unpacked} bytes, more than"
            f" {_MAX_RATIO} times its size; no collection of images does."
        )
    runs, stamp = _runs(members), (status.st_size, status.st_mtime_ns)
    for run in sorted(runs):
        yield LeftOut(str(run), A_RUN, is_run=True)
    for member in members:
        if runs.isdisjoint(pathlib.PurePosixPath(member.filename).parents):
            opener = functools.partial(_open, archive, member)
            yield File(member.filename, opener, stamp, unpacked=member.file_size)


def _runs(members: list[zipfile.ZipInfo]) -> set[pathlib.PurePosixPath]:
    """The folders that are runs of ada-train."""
    paths = [pathlib.PurePosixPath(member.filename) for member in members]
    return {path.parent for path in paths if path.name == files.RUN_OPTIONS}


def _open(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> BinaryIO:
    """Unpack a member into memory, never more of it than it says it has."""
    if member.file_size > max_bytes:
        raise ValueError(f"is larger than {max_bytes} bytes")
    # Readers of the other methods unpack all they are given before they look at that size.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("is packed in another way than deflate")
    with archive.open(member) as file:
        return io.BytesIO(file.read(member.file_size))
