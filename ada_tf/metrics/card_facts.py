"""Facts for a model card: what the files of a run say about a generator."""

import functools
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.inference.open_networks import kimg_of
from ada_tf.interop.export.card import Facts
from ada_tf.metrics.copies import copy_search
from ada_tf.metrics.measures.estimate import Estimate, in_words
from ada_tf.training.runs import json_lines
from ada_tf.training.runs.checkpoint_folder import complete, read_data
from ada_tf.training.runs.trained import Trained

_STATS = "stats.jsonl"
# Metrics that are read, and numbers that are believed, of a run that may be a stranger's.
_MOST = 100
# A number of a card has few digits.
_number = functools.partial(json_lines.number, least=-1e12, most=1e12)


def facts_of(trained: Trained, name: str, licence: str | None, data_licence: str | None) -> Facts:
    """Collect the facts about trained networks.

    Args:
        trained: the networks; for a checkpoint the files of its run are read, too.
        name: title of the card.
        licence: of the networks; None takes the one that they name.
        data_licence: of the training pictures, likewise.
    """
    about = trained.about
    told = {"architecture": trained.architecture, "space": trained.label_space, "name": name}
    if about is not None:  # a network folder, which knows no run
        fields = ("origin", "sha256", "licence", "data_licence", "images", "kimg")
        told |= {field: getattr(about, field) for field in fields}
    else:
        told |= {"origin": "ada-train", **_of_run(trained)}
    given = {"licence": licence, "data_licence": data_licence}
    return Facts(**told | {field: value for field, value in given.items() if value is not None})


def _of_run(trained: Trained) -> dict:
    """Facts of a checkpoint, and of the lines in its run that are about this checkpoint."""
    checkpoint = pathlib.Path(trained.name)
    resume, run = trained.config.resume, _Run(checkpoint, kimg_of(trained))
    return {
        "kimg": run.kimg,
        "images": _images(checkpoint),
        "started_from": "" if resume is None else pathlib.PurePath(resume).name,
        "p": _p(run),
        "scores": tuple(_scores(run)),
        "copies": _copies(run),
    }


class _Run(NamedTuple):
    """A checkpoint and its kimg."""

    checkpoint: pathlib.Path
    kimg: float | None

    @property
    def folder(self) -> pathlib.Path:
        """Run directory, if the checkpoint lies in one."""
        return self.checkpoint.parent.parent

    def lines(self, name: str) -> list[dict]:
        """Lines of a file of the run; none if it cannot be read."""
        try:
            return json_lines.read(self.folder / name)
        except OSError:
            return []

    def is_of(self, line: dict) -> bool:
        """Return True if a line of a metric is about this checkpoint.

        A line of training names its kimg. A line of ada-evaluate names a checkpoint, or the run, which
        then meant its newest checkpoint.
        """
        snapshot = line.get("snapshot_pkl")
        if "kimg" in line or self.kimg is None:
            return self.kimg is not None and line.get("kimg") == self.kimg
        if snapshot == ".":
            index = self.checkpoint.with_name(f"{self.checkpoint.name}.index")
            found = complete(self.checkpoint.parent)
            newest = found and pathlib.Path(found[-1]) == self.checkpoint
            at = _number(line.get("timestamp"))
            return bool(newest) and at is not None and index.stat().st_mtime <= at
        return pathlib.PurePath(str(snapshot)).name == self.checkpoint.name


def _images(checkpoint: pathlib.Path) -> int | None:
    try:
        return read_data(str(checkpoint)).images
    except UserError:  # it holds a generator alone
        return None


def _p(run: _Run) -> float | None:
    """Augmentation probability at the last tick before the checkpoint."""
    found = None
    for line in run.lines(_STATS):
        at, p = (_mean(line, f"Progress/{name}") for name in ("kimg", "augment"))
        if None not in (at, p, run.kimg) and at <= run.kimg + 1e-6:
            found = p
    return found


def _mean(line: dict, name: str) -> float | None:
    value = line.get(name)
    return _number(value.get("mean")) if isinstance(value, dict) else None


def _scores(run: _Run) -> Iterator[tuple[str, str, str]]:
    """(name, value in words, protocol) from the last line of each metric about this checkpoint."""
    for path in sorted(run.folder.glob("metric-*.jsonl"))[:_MOST]:
        of_state = [line for line in run.lines(path.name) if run.is_of(line)]
        if not of_state or of_state[-1].get("metric") == copy_search.COPIES:
            continue
        results, errors = (of_state[-1].get(name) for name in ("results", "errors"))
        for key, value in results.items() if isinstance(results, dict) else ():
            error = _number(errors.get(key)) if isinstance(errors, dict) else None
            if _number(value) is not None:
                words = in_words(Estimate(value, error if error and error > 0 else None))
                yield key, words, str(of_state[-1].get("protocol", ""))


def _copies(run: _Run) -> str:
    """The last line about copies, in words."""
    of_state = [line for line in run.lines(f"metric-{copy_search.COPIES}.jsonl") if run.is_of(line)]
    found = copy_search.read_copies_line(of_state[-1]) if of_state else None
    if found is None:
        return ""
    return (
        f"Of {found.tested:,} generated images {found.count:,} look like copies of training images, where"
        f" {found.expected:.2g} are expected by chance: {found.words}."
    )
