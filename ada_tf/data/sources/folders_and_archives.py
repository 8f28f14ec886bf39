"""Folders, zip files and NumPy stacks as collections of files."""

import contextlib
import dataclasses
import functools
import io
import os
import pathlib
import stat
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from ada_tf import files
from ada_tf.data.array_files import as_numpy_file, check, numpy_header
from ada_tf.errors import UserError
from ada_tf.files import RUN_OPTIONS, printable
from ada_tf.registry import Registry
from ada_tf.renames import renamed_names

# Entries of a folder or an archive, before anybody asks what they mean.


@dataclasses.dataclass(frozen=True)
class File:
    """A file that may be an image.

    Attributes:
        name: its path inside, with forward slashes.
        open: opens its bytes, given the most it may have.
        stamp: size and time, which change when it does.
        unpacked: how many bytes opening it takes in memory.
        path: of the file that it is on the disk; None inside of an archive.
    """

    name: str
    open: Callable[[int], BinaryIO]
    stamp: tuple[int, int]
    unpacked: int = 0
    path: pathlib.Path | None = None


@dataclasses.dataclass(frozen=True)
class LeftOut:
    """Entry of a folder or archive that is no file, or none to train on.

    Attributes:
        name: its path inside, with forward slashes.
        why: for reports, such as LEADS_OUT.
        is_run: it is a run of ada-train.
    """

    name: str
    why: str
    is_run: bool = False


LEADS_OUT = "a link that leads out of the folder"


# All files below a folder, without those of runs and of the operating system.

# Kernels show devices and processes as files below these; walking them does not end.
_KERNEL = ("/proc", "/sys", "/dev")

_A_RUN = "a run of ada-train"


class Found(NamedTuple):
    """A file with its size and time, or what cannot be used and why; `is_run` marks a run."""

    path: pathlib.Path
    stamp: tuple[int, int] = (0, 0)
    problem: str = ""
    is_run: bool = False


def walk(folder: pathlib.Path, follow_links: bool = True) -> Iterator[Found]:
    """All files below a folder, symbolic links followed, each folder entered once.

    Args:
        folder: itself may be a link.
        follow_links: to places outside of it, too.
    """
    waiting, seen, kernel, whole = [folder], set(), _kernel_devices(), folder.resolve()
    while waiting:
        here = waiting.pop()
        try:
            status = here.stat()
            if status.st_dev in kernel:
                yield Found(here, problem="of the operating system")
                continue
            if (status.st_dev, status.st_ino) in seen:
                yield Found(here, problem="a link to a folder that is here already")
                continue
            seen.add((status.st_dev, status.st_ino))
            inside = sorted(here.iterdir())
        except OSError as error:
            yield Found(here, problem=error.strerror)
            continue
        if any(path.name == RUN_OPTIONS for path in inside):
            yield Found(here, problem=_A_RUN, is_run=True)
            continue
        for path in inside:
            try:
                status = path.stat()
            except OSError as error:
                yield Found(path, problem=error.strerror)
                continue
            if not follow_links and path.is_symlink() and not _is_below(path, whole):
                yield Found(path, problem=LEADS_OUT)
                continue
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)
            elif stat.S_ISREG(status.st_mode):
                yield Found(path, stamp=(status.st_size, status.st_mtime_ns))
            else:
                yield Found(path, problem="neither file nor folder")


def _is_below(path: pathlib.Path, folder: pathlib.Path) -> bool:
    """Return True if a link ends in a folder, which has no links in its path."""
    return path.resolve().is_relative_to(folder)


def _check_folder(folder: pathlib.Path) -> None:
    """Refuse a folder that cannot hold images to train on.

    Raises:
        UserError: it is a run of ada-train, lies in one, or belongs to the operating system.
    """
    if folder.stat().st_dev in _kernel_devices():
        raise UserError(
            f"data={printable(folder)!r}: belongs to the operating system; must be a folder of"
            " images."
        )
    whole = folder.resolve()
    for path in (whole, *whole.parents):
        if os.path.lexists(path / RUN_OPTIONS):
            where = "is" if path == whole else f"lies in {printable(path)},"
            raise UserError(f"data={printable(folder)!r}: {where} {_A_RUN}; give it to --resume.")


def _kernel_devices() -> set[int]:
    return {os.stat(path).st_dev for path in _KERNEL if os.path.ismount(path)}


# Files of a folder.


def _files_of_folder(folder: pathlib.Path, follow_links: bool = False) -> Iterator[File | LeftOut]:
    """All files of a folder and its sub-folders, without those of runs.

    Raises:
        UserError: it cannot hold images to train on.
    """
    _check_folder(folder)
    yield from files_below(folder, follow_links)


def files_below(folder: pathlib.Path, follow_links: bool = True) -> Iterator[File | LeftOut]:
    """The same, whatever folder it is; see `walk`."""
    for path, stamp, problem, is_run in walk(folder, follow_links):
        name = path.relative_to(folder).as_posix()
        if problem:
            yield LeftOut(name, problem, is_run)
        else:
            yield File(name, functools.partial(files.open_regular, path), stamp, path=path)


# Files of a zip file, which is never unpacked onto the disk.

# Limit of what members unpack to: bytes, and times the size of the zip file. Images
# hardly shrink; files that unpack to a thousand times their size are made to do harm.
_FREE_BYTES, _MAX_RATIO = 2**28, 100


def files_of_zip(path: pathlib.Path) -> Iterator[File | LeftOut]:
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
        yield LeftOut(str(run), _A_RUN, is_run=True)
    for member in members:
        if runs.isdisjoint(pathlib.PurePosixPath(member.filename).parents):
            opener = functools.partial(_open_member, archive, member)
            yield File(member.filename, opener, stamp, unpacked=member.file_size)


def _runs(members: list[zipfile.ZipInfo]) -> set[pathlib.PurePosixPath]:
    """The folders that are runs of ada-train."""
    paths = [pathlib.PurePosixPath(member.filename) for member in members]
    return {path.parent for path in paths if path.name == files.RUN_OPTIONS}


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> BinaryIO:
    """Unpack a member into memory, never more of it than it says it has."""
    if member.file_size > max_bytes:
        raise ValueError(f"is larger than {max_bytes} bytes")
    # Readers of the other methods unpack all they are given before they look at that size.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("is packed in another way than deflate")
    with archive.open(member) as file:
        return io.BytesIO(file.read(member.file_size))


# Pictures of a .npy file, one array [N, H, W, C] or [N, H, W] of all of them.


def _files_of_stack(path: pathlib.Path) -> Iterator[File | LeftOut]:
    """Each picture as a .npy file of its own, read when it is asked for.

    Raises:
        UserError: it is no such array, or cut short.
    """
    with files.reading(path, "a stack of pictures", "it must be uint8 or uint16 [N, H, W, C]"):
        with files.open_regular(path) as stream:
            shape, dtype = numpy_header(stream)
            start = stream.tell()
        if len(shape) not in (3, 4) or shape[0] < 1:
            raise ValueError(f"{list(shape)} is no stack of pictures")
        height, width, channels = (*shape[1:], 1)[:3]
        check(height, width, channels, dtype)
        size = height * width * channels * dtype.itemsize
        status = path.stat()
        if status.st_size < start + shape[0] * size:
            raise ValueError("is cut short")
    stamp = (status.st_size, status.st_mtime_ns)
    for number in range(shape[0]):
        place = start + number * size
        opener = functools.partial(_open_picture, path, place, (height, width, channels), dtype)
        yield File(f"image {number:07}.npy", opener, stamp, unpacked=2 * size)


def _open_picture(path: pathlib.Path, place: int, shape, dtype, max_bytes: int) -> BinaryIO:
    """One picture as the bytes of a .npy file."""
    with files.open_regular(path) as stream:
        stream.seek(place)
        pixels = np.fromfile(stream, dtype, int(np.prod(shape)))
    return io.BytesIO(as_numpy_file(pixels.reshape(shape)))


# The kinds of files and folders that images come in.
#
# A new kind is a row here and a function: sentences about the kinds, and the way they are told apart,
# follow from the row.


class SourceKind(NamedTuple):
    """A kind of source that is a collection of files.

    Attributes:
        what: it is, with its article.
        fits: whether a path leads to one; a word that is no path, such as mine:cats, comes as a path, too.
        files_of: goes through it; may raise a `UserError` at any time.
    """

    what: str
    fits: Callable[[pathlib.Path], bool]
    files_of: Callable[[pathlib.Path], Iterator[File | LeftOut]]


__getattr__ = renamed_names(__name__, Kind="SourceKind")


def ends_in(*endings: str) -> Callable[[pathlib.Path], bool]:
    """Return a test for files whose names end so, in small letters or capitals."""
    return lambda path: path.is_file() and path.name.lower().endswith(endings)


# By the name that prepared sets keep.
KINDS: Registry[SourceKind] = Registry("kind of source")


def add_source(name: str, kind: SourceKind) -> SourceKind:
    """Register a kind of source; labels, splits, reports and the cache follow from the row.

    Args:
        name: letters, digits and _; prepared sets keep it.
        kind: its row. Kinds are asked whether a path `fits`, the newest first: one from
            outside may take some of the folders.

    Raises:
        UserError: the name is taken or malformed.
    """
    return KINDS.add(name, kind)


add_source("folder", SourceKind("a folder", pathlib.Path.is_dir, _files_of_folder))
add_source("zip", SourceKind("a zip file", ends_in(".zip"), files_of_zip))
add_source("npy", SourceKind("a .npy file of a stack", ends_in(".npy"), _files_of_stack))


def accepted() -> str:
    """Return what `DataConfig.source` may be, for sentences."""
    kinds = ", ".join(kind.what for kind in KINDS.values())
    return f"creatures[:N], digits, tfds:NAME, {kinds} or a prepared directory"


def is_no_path(source: str) -> bool:
    """Return True for a word that a kind from outside takes and that is no path, such as mine:cats."""
    with contextlib.suppress(OSError):  # no file of this name can be
        return not os.path.lexists(source) and kind_of(pathlib.Path(source)) is not None
    return False


def files_of(kind: str, path: pathlib.Path, follow_links: bool) -> Iterator[File | LeftOut]:
    """Go through a source.

    Args:
        kind: a key of KINDS.
        path: what the user gave.
        follow_links: of a folder, to places outside of it.

    Raises:
        UserError: at any time, saying what is wrong with it.
    """
    if KINDS[kind].files_of is _files_of_folder:
        return _files_of_folder(path, follow_links)
    return KINDS[kind].files_of(path)


def kind_of(path: pathlib.Path) -> str | None:
    """The name of the kind that a path leads to, None if it is no collection of files.

    Raises:
        OSError: it cannot be looked at.
    """
    return next((name for name, kind in reversed(KINDS.items()) if kind.fits(path)), None)
