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
    """A file, or what cannot be used and why; `is_run` marks the folder of a run."""

    path: pathlib.Path
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
                yield Found(here, "of the operating system")
                continue
            if (status.st_dev, status.st_ino) in seen:
                yield Found(here, "a link to a folder that is here already")
                continue
            seen.add((status.st_dev, status.st_ino))
            inside = sorted(here.iterdir())
        except OSError as error:
            yield Found(here, error.strerror)
            continue
        if any(path.name == RUN_OPTIONS for path in inside):
            yield Found(here, A_RUN, is_run=True)
            continue
        for path in inside:
            try:
                kind = path.stat().st_mode
            except OSError as error:
                yield Found(path, error.strerror)
                continue
            if stat.S_ISDIR(kind):
                waiting.append(path)
            else:
                yield Found(path, "" if stat.S_ISREG(kind) else "neither file nor folder")


def check_folder(folder: pathlib.Path) -> None:
    """Refuse a folder that cannot hold pictures to train on.

    Raises:
        UserError: it is a run of ada-train, lies in one, or belongs to the operating system.
    """
    if folder.stat().st_dev in _kernel_devices():
        raise UserError(
            f"data={printable(folder)!r}: belongs to the operating system; must be a folder of"
            " pictures."
        )
    whole = folder.resolve()
    for path in (whole, *whole.parents):
        if os.path.lexists(path / RUN_OPTIONS):
            where = "is" if path == whole else f"lies in {printable(path)},"
            raise UserError(f"data={printable(folder)!r}: {where} {A_RUN}; give it to --resume.")


def _kernel_devices() -> set[int]:
    return {os.stat(path).st_dev for path in _KERNEL if os.path.ismount(path)}
