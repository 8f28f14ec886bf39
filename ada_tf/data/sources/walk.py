"""All files below a folder, without those of runs and of the operating system."""

import os
import pathlib
import stat
from collections.abc import Iterator
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import RUN_OPTIONS, printable

# Kernels show devices and processes as files below these; walking them does not end.
_KERNEL = ("/proc", "/sys", "/dev")

A_RUN = "a run of ada-train"


class Found(NamedTuple):
    """A file with its size and time, or what cannot be used and why; `is_run` marks a run."""

    path: pathlib.Path
    stamp: tuple[int, int] = (0, 0)
    problem: str = ""
    is_run: bool = False


def walk(folder: pathlib.Path) -> Iterator[Found]:
    """All files below a folder, symbolic links followed, each folder entered once."""
    waiting, seen, kernel = [folder], set(), _kernel_devices()
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
            yield Found(here, problem=A_RUN, is_run=True)
            continue
        for path in inside:
            try:
                status = path.stat()
            except OSError as error:
                yield Found(path, problem=error.strerror)
                continue
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)
            elif stat.S_ISREG(status.st_mode):
                yield Found(path, stamp=(status.st_size, status.st_mtime_ns))
            else:
                yield Found(path, problem="neither file nor folder")


def check_folder(folder: pathlib.Path) -> None:
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
            raise UserError(f"data={printable(folder)!r}: {where} {A_RUN}; give it to --resume.")


def _kernel_devices() -> set[int]:
    return {os.stat(path).st_dev for path in _KERNEL if os.path.ismount(path)}
