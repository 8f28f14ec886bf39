"""What a run directory says, as evidence; nothing in it is changed."""

import dataclasses
import pathlib

import numpy as np

from ada_tf.augment.named_policies import POLICIES
from ada_tf.diagnosis.evidence import CopiesSeen, Curve, Evidence, Look, Marks, Reals
from ada_tf.diagnosis.leak_marks import NEIGHBOURS, marks
from ada_tf.diagnosis.looks import MOST, look, sample
from ada_tf.diagnosis.real_pictures import look_at_reals
from ada_tf.diagnosis.run_pictures import (
    FEWEST,
    Grid,
    Known,
    grids_of,
    made_now,
    reals_shown,
    training_pictures,
)
from ada_tf.diagnosis.score_gap import gap_of
from ada_tf.diagnosis.stats_curves import curves_of
from ada_tf.errors import UserError
from ada_tf.files import RUN_OPTIONS, printable, reading
from ada_tf.images import as_shown, to_uint8
from ada_tf.metrics.copies.copy_watch import CopyWatch
from ada_tf.metrics.images.arrays import ArrayImages
from ada_tf.ops import random
from ada_tf.training.callbacks.grids import augmented
from ada_tf.training.callbacks.status import STATS
from ada_tf.training.config import RunConfig
from ada_tf.training.runs import lines
from ada_tf.training.runs.checkpoint_folder import newest, read_clock, read_data
from ada_tf.training.runs.run_dir import read_options

FEW_REALS = 12  # training pictures without which nothing can be compared
# p below which no transform has been seen often enough to be learnt, and numbers of the pictures
# that are augmented to compare with: half a minute of a core.
NO_P, AUGMENTED = 0.05, 2**24
SHOWN = (8, 2)  # columns and rows of each grid that people are shown


@dataclasses.dataclass(frozen=True)
class Exhibits:
    """What a run looks like, for people.

    Attributes:
        reals: uint8 [N, H, W, 1 or 3]; None without any.
        grids: the first generated pictures of each grid, oldest first.
        log: lines about what could not be looked at.
    """

    reals: np.ndarray | None
    grids: tuple[Grid, ...]
    log: tuple[str, ...]


def read_run(run, pictures: bool = True, log=print) -> tuple[Evidence, Exhibits]:
    """Gather what is known of a run.

    Args:
        run: its directory.
        pictures: look at pictures, too, and make some with the newest network; without, only what
            training has written in numbers is read, which takes no time.
        log: called with a line about what cannot be looked at.

    Raises:
        UserError: it is no run of this version of ada_tf, or a file of it is damaged.
    """
    run = pathlib.Path(run)
    if not (run / RUN_OPTIONS).is_file():
        raise UserError(
            f"RUN={printable(run)!r} is no run directory: it holds no {RUN_OPTIONS}; give one such as"
            " runs/00000-photos-auto."
        )
    with reading(run / RUN_OPTIONS, "the settings of a run", also=(RecursionError,)):
        config = read_options(run)
    said = []

    def say(line):
        said.append(line)
        log(line)

    checkpoint = _checkpoint(run, say)
    evidence = by_numbers(run, config, checkpoint and _count(checkpoint, config))
    if checkpoint is not None:
        clock = read_clock(checkpoint)
        kimg = clock.images / 1000
        evidence = dataclasses.replace(
            evidence, kimg=kimg, returns=clock.stream, finished=kimg >= config.kimg
        )
    if not pictures:
        return evidence, Exhibits(None, (), tuple(said))
    known = training_pictures(config, reals_shown(run, config), say)
    enough = known is not None and len(known.images) >= FEW_REALS
    looks, newest, grids = _look_at_grids(run, config, known if enough else None)
    if enough:
        evidence = _with_pictures(evidence, run, looks, newest, known, say)
    elif known is not None and known.count is not None:
        evidence = dataclasses.replace(evidence, reals=Reals(known.count))
    return evidence, Exhibits(known and known.images, grids, tuple(said))


def by_numbers(run, config: RunConfig, pictures: int | None = None) -> Evidence:
    """What training has written in numbers: curves and scores.

    Args:
        run: its directory.
        config: of the run.
        pictures: how many it trains on, if that is known.
    """
    curves = curves_of(lines.read(pathlib.Path(run) / STATS))
    kimg = max((float(curve.kimg[-1]) for curve in curves.values()), default=0.0)
    return Evidence(config, kimg, curves, pictures, gap_of(run), finished=kimg >= config.kimg)


def _checkpoint(run, log) -> str | None:
    try:
        return newest(run, "RUN")
    except UserError as problem:
        log(f"Without a checkpoint: {problem}")
        return None


def _count(checkpoint: str, config: RunConfig) -> int:
    """Training pictures, of which an epoch has two with a mirror."""
    return read_data(checkpoint).images // (2 if config.data.mirror else 1)


def _look_at_grids(run, config: RunConfig, known: Known | None):
    """(looks, some pictures of the newest grid, what is shown of all grids), a grid at a time."""
    looks, shown, newest = [], [], None
    for grid in grids_of(run, config):
        newest = sample(grid.images)
        if known is not None and len(grid.images) >= FEWEST:
            looks.append(look(known.images, newest, grid.kimg))
        shown.append(grid.cut(*SHOWN))
    return tuple(looks), newest, tuple(shown)


def _with_pictures(evidence: Evidence, run, looks, newest, known: Known, log) -> Evidence:
    """The evidence, and what pictures say."""
    made = made_now(run, known, log)
    if made is None:
        made = newest
    if not looks and made is not None:
        looks = (look(known.images, made, evidence.kimg),)
    count = len(known.images) if known.count is None else known.count
    return dataclasses.replace(
        evidence,
        looks=looks,
        pictures=evidence.pictures or count,
        curves={**evidence.curves, **curves_of_looks(looks)},
        copies=None if made is None else _copies(known, made, log),
        marks=None if made is None else _marks(evidence, known, made),
        reals=look_at_reals(known.images, count),
    )


def curves_of_looks(looks: tuple[Look, ...]) -> dict[str, Curve]:
    """What pictures look like over the run, by name."""
    if not looks:
        return {}
    kimg = np.array([seen.kimg for seen in looks])
    return {
        "Pictures/distance": Curve(kimg, np.array([seen.distance.value for seen in looks])),
        "Pictures/coverage": Curve(kimg, np.array([seen.coverage for seen in looks])),
        "Pictures/spread": Curve(kimg, np.array([seen.spread for seen in looks])),
    }


def _copies(known: Known, made, log) -> CopiesSeen | None:
    watch = CopyWatch(known.dataset, log)
    found = watch(ArrayImages(made))
    if found is None:
        return None
    return CopiesSeen(found.count, found.tested, found.expected, found.copying)


def _marks(evidence: Evidence, known: Known, made) -> Marks | None:
    """Of a run that has augmented at all."""
    augment, p = evidence.config.augment, evidence.curves.get("Progress/augment")
    if augment.pipe not in POLICIES or p is None or p.values.max() < NO_P:
        return None
    reals = sample(known.images, max(AUGMENTED // known.images[0].size, 4 * NEIGHBOURS))[:MOST]
    moved = augmented(reals, 1.0, augment.pipe, random.make_seed(0), augment.resample)
    return marks(reals, as_shown(to_uint8(moved)), made)
