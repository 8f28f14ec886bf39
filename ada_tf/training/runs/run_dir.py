"""Run directories: `runs/00000-digits-tiny/`, found again by the configuration inside."""

import contextlib
import dataclasses
import json
import pathlib
import re
from collections.abc import Iterator

import tqdm

from ada_tf import extensions, formats
from ada_tf.data.config import DataConfig
from ada_tf.errors import UserError
from ada_tf.files import (
    RUN_OPTIONS,
    check_own,
    check_tensorflow_path,
    open_own,
    read_json,
    write_text,
    writing,
)
from ada_tf.locks import Held, Lock, alone_in
from ada_tf.settings import (
    Difference,
    differences,
    from_dict,
    get,
    get_or_none,
    leaves,
    tell,
    to_dict,
)
from ada_tf.training.config import RunConfig

LOCK = ".lock"  # file of a run, locked by the process that trains it
# Settings of length, logging and speed, with which a run stays the same run. Class names are covered
# by the fingerprint of the data; runs did not always keep them.
_FREE = ("kimg", "snap", "kimg_per_tick", "checkpoint_minutes", "snapshot_kimg", "snapshots", "xla",
        "conv", "tf32", "batch_gpu", "data.cache_dir", "data.follow_links", "class_names", "attribute_ranges",
        "attribute_scales", "class_shares", "use")  # fmt: skip
_FEW = 3  # differing settings up to which a user probably meant to continue that run
# Characters of the data and of the source networks in the name of a run; file systems allow 255.
_NAME_LENGTH, _SOURCE_LENGTH = 64, 32


def describe(config: RunConfig, preset: RunConfig, name: str) -> str:
    """Name a run by its data, its preset, and the settings that differ from the preset.

    Args:
        config: of the run.
        preset: the unchanged one, for the same data and devices.
        name: of the data.
    """
    usual = dataclasses.replace(preset, data=DataConfig())
    data, others = [], []
    for setting in leaves(config):
        value = get(config, setting.path)
        word = setting.word(value)
        if word and value != get_or_none(usual, setting.path):
            (data if setting.path.startswith("data.") else others).append(word)
    # Of a path the last part: whole paths do not fit into a name.
    if config.resume is not None:
        others.append(f"from_{pathlib.PurePath(config.resume).name[:_SOURCE_LENGTH]}")
    parts = [name[:_NAME_LENGTH], *data, config.preset, *others]
    # Nothing that a shell or a file system could read in another way.
    return "-".join(re.sub(r"[^A-Za-z0-9_.]+", "_", part) for part in parts)


def new_run_dir(outdir, description: str) -> pathlib.Path:
    """Create `<outdir>/<next number>-<description>/`.

    Raises:
        UserError: the folder cannot be written.
    """
    outdir = pathlib.Path(outdir)
    with writing(f"outdir={str(outdir)!r}"):
        outdir.mkdir(parents=True, exist_ok=True)
        numbers = [_number_of(p) for p in outdir.iterdir() if p.is_dir()]
        # Beyond the largest, not the first free one: numbers tell the order of runs.
        run_dir = outdir / f"{max(numbers, default=-1) + 1:05d}-{description}"
        run_dir.mkdir()
    return run_dir


def _number_of(run_dir: pathlib.Path) -> int:
    """Return the number that the name of a run begins with; -1 without one."""
    match = re.match(r"[0-9]+", run_dir.name)
    return int(match[0]) if match else -1


def _newest_first(outdir) -> list[pathlib.Path]:
    """List the content of a folder of runs by number."""
    outdir = pathlib.Path(outdir)
    found = outdir.iterdir() if outdir.is_dir() else ()
    # By the number in the name: times of folders change when they are copied.
    return sorted(found, key=lambda p: (_number_of(p), p.name), reverse=True)


def runs(outdir) -> Iterator[tuple[pathlib.Path, RunConfig]]:
    """Yield the runs of a folder and their configurations, newest first; others are skipped."""
    for run_dir in _newest_first(outdir):
        try:
            config = read_options(run_dir)
        except (OSError, ValueError, TypeError, RecursionError):
            continue  # not a run of ours, or of another version
        yield run_dir, config


def _of_another_version(outdir) -> str | None:
    """Describe the newest run if another version of ada_tf has written it; else None."""
    for run_dir in _newest_first(outdir):
        try:
            read_options(run_dir)
        except formats.OtherFormat as error:
            return f"{error} A new run is opened."
        except (OSError, ValueError, TypeError, RecursionError):
            continue  # not a run of ours
    return None


def settings_that_differ(ours: RunConfig, theirs: RunConfig) -> list[Difference]:
    """Return the differences that make two configurations two runs."""
    return [d for d in differences(ours, theirs) if d.path not in _FREE]


def find_run_dir(outdir, config: RunConfig) -> pathlib.Path | None:
    """Return the newest run of the same configuration, `_FREE` settings aside; else None."""
    for run_dir, theirs in runs(outdir):
        if not settings_that_differ(config, theirs):
            return run_dir
    return None


def _almost_the_same(outdir, config: RunConfig) -> str | None:
    """Describe the run of the same data with at most `_FEW` differing settings, the fewest first.

    It is a hint for users who meant to continue that run and gave another command.
    """
    found = []
    for run_dir, theirs in runs(outdir):
        settings = settings_that_differ(config, theirs)
        if theirs.data.source == config.data.source and 0 < len(settings) <= _FEW:
            found.append((len(settings), f"Not {run_dir}, for it differs: {tell(settings)}"))
    return min(found)[1] if found else None


@contextlib.contextmanager
def owned(
    outdir, config: RunConfig, description: str, restart=False, log=print, before_new=None
) -> Iterator[pathlib.Path]:
    """Find the run of a configuration, or open a new one, and own it inside of the context.

    Finding, opening and locking are one step: if two programs start at one instant, the second
    finds the run of the first.

    Args:
        outdir: folder of the run directories, created if missing.
        config: of the run.
        description: name of a new run directory, after its number.
        restart: True opens a new run in any case.
        log: called with lines for the user.
        before_new: called before a new run is opened; raises to prevent it.

    Yields:
        The run directory.

    Raises:
        UserError: the folder cannot be written, another process owns the run, or something in the run
            is neither a file nor a folder.
    """
    check_tensorflow_path("outdir", outdir)
    outdir = pathlib.Path(outdir)
    # Outside of the lock: it may read networks for minutes. A race costs no more than the check.
    if before_new and (restart or find_run_dir(outdir, config) is None):
        before_new()
    with contextlib.ExitStack() as stack:
        with writing(f"outdir={str(outdir)!r}"):
            outdir.mkdir(parents=True, exist_ok=True)
            # A lock of the folder: two programs that start at once must not open two runs.
            with alone_in(outdir, lambda: log(f"Waiting for another process in {outdir} ...")):
                found = None if restart else find_run_dir(outdir, config)
                if found:
                    extensions.require(read_options(found).use, found)
                hints = []
                if not found and not restart:
                    hints = [_of_another_version(outdir), _almost_the_same(outdir, config)]
                run_dir = found or new_run_dir(outdir, description)
                lock = stack.enter_context(_lock_of(run_dir))
                if found:  # nobody else changes it any more
                    check_own(found)
                    # What the weights have learnt, whatever the data or this version would have.
                    scales = read_options(found).attribute_scales
                    config = dataclasses.replace(config, attribute_scales=scales)
                # Also of a run that goes on: settings of `_FREE` may have changed.
                write_options(run_dir, config)
        if not lock.works:
            log(f"Warning: {outdir} has no locks; nothing else may train {run_dir.name} meanwhile.")
        for hint in filter(None, hints):
            log(hint)
        yield run_dir


@contextlib.contextmanager
def _lock_of(run_dir) -> Iterator[Lock]:
    with contextlib.ExitStack() as stack:
        try:
            with writing(run_dir / LOCK):
                lock = stack.enter_context(Lock(run_dir / LOCK))
        except Held as holder:
            raise UserError(
                f"{run_dir} is being trained by {holder}; wait for its end, or open another run"
                " with --restart."
            ) from holder
        yield lock


def read_options(run_dir) -> RunConfig:
    """Read the configuration beside a run.

    Raises:
        OtherFormat: another version of ada_tf has written it.
        OSError, ValueError, TypeError, RecursionError: it is missing, or not of ada_tf.
    """
    path = pathlib.Path(run_dir) / RUN_OPTIONS
    values = formats.current(formats.RUN_OPTIONS, read_json(path), run_dir)
    try:
        return from_dict(RunConfig, values)
    except UserError:
        extensions.require(values.get("use", ()), run_dir)  # its rows may be all that is missing
        raise


def write_options(run_dir, config: RunConfig) -> None:
    """Write the configuration beside a run, atomically."""
    path = pathlib.Path(run_dir) / RUN_OPTIONS
    with writing(path):
        record = formats.stamped(formats.RUN_OPTIONS, to_dict(config))
        write_text(path, json.dumps(record, indent=2) + "\n")


class Log:
    """Prints lines and appends them to the log file of a run."""

    def __init__(self, path=None):
        self.path = path

    def __call__(self, line: str = "") -> None:
        # A terminal that is gone (OSError) is no reason to end a run. A progress bar makes room.
        with contextlib.suppress(OSError), tqdm.tqdm.external_write_mode():
            print(line, flush=True)
        if self.path is not None:
            with writing(self.path), open(self.path, "a", opener=open_own) as f:
                f.write(line + "\n")
