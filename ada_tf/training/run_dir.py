"""Run directories: `runs/00000-digits-tiny/`, found again by the configuration inside."""

import json
import os
import pathlib
import re

from ada_tf.errors import UserError
from ada_tf.training.config import RunConfig, differences, from_dict, to_dict

OPTIONS = "training_options.json"
# Settings that change how a run is watched, how long it lasts or how it is computed, not what.
FREE = ("kimg", "snap", "kimg_per_tick", "checkpoint_minutes", "xla", "tf32", "batch_gpu")


def describe(config: RunConfig, preset: RunConfig, name: str) -> str:
    """The name of a run: its data, its preset and whatever differs from the preset."""
    parts = [name]
    if config.data.cond:
        parts.append("cond")
    if config.data.subset:
        parts.append(f"subset{config.data.subset}")
    if config.data.mirror:
        parts.append("mirror")
    parts.append(config.preset)
    augment, usual = config.augment, preset.augment
    overrides = [
        ("gamma", config.loss.r1_gamma, preset.loss.r1_gamma),
        ("kimg", config.kimg, preset.kimg),
        ("batch", config.batch, preset.batch),
        ("", augment.mode, usual.mode),
        ("p", augment.p, usual.p),
        ("target", augment.target, usual.target),
        ("", augment.pipe, usual.pipe),
    ]
    parts += [
        f"{key}{v:g}" if key else v
        for key, v, default in overrides
        if v != default and v is not None
    ]
    return "-".join(re.sub(r"[^A-Za-z0-9_.]+", "_", part) for part in parts)


def new_run_dir(outdir, description: str) -> pathlib.Path:
    """Create `<outdir>/<next number>-<description>/`.

    Raises:
        UserError: the folder cannot be written.
    """
    outdir = pathlib.Path(outdir)
    try:
        outdir.mkdir(parents=True, exist_ok=True)
        numbers = [
            int(m[0]) for p in outdir.iterdir() if p.is_dir() and (m := re.match(r"\d+", p.name))
        ]
        run_dir = outdir / f"{max(numbers, default=-1) + 1:05d}-{description}"
        run_dir.mkdir()
    except OSError as error:
        raise UserError(f"outdir={str(outdir)!r} cannot be written: {error.strerror}.") from error
    return run_dir


def find_run_dir(outdir, config: RunConfig) -> pathlib.Path | None:
    """The newest run of the same configuration, `FREE` settings aside."""
    outdir = pathlib.Path(outdir)
    if not outdir.is_dir():
        return None
    for run_dir in sorted(outdir.glob("[0-9]*-*"), reverse=True):
        try:
            theirs = from_dict(RunConfig, json.loads((run_dir / OPTIONS).read_text()))
        except (OSError, ValueError, TypeError):
            continue  # not a run of ours, or of another version
        if all(d.split(":")[0] in FREE for d in differences(config, theirs)):
            return run_dir
    return None


def write_options(run_dir, config: RunConfig) -> None:
    """Write the configuration beside the run, in one piece."""
    path = pathlib.Path(run_dir) / OPTIONS
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(to_dict(config), indent=2) + "\n")
    os.replace(temporary, path)


class Log:
    """Prints lines and appends them to a file, so that a run keeps what it said."""

    def __init__(self, path=None):
        self.path = path

    def __call__(self, line: str = "") -> None:
        print(line, flush=True)
        if self.path is not None:
            with open(self.path, "a") as f:
                f.write(line + "\n")
