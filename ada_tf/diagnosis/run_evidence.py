"""Evidence from the files of a run directory; nothing in it is changed."""

import dataclasses
import pathlib
from collections.abc import Iterable, Iterator

import numpy as np

from ada_tf.augment.named_policies import POLICIES
from ada_tf.diagnosis.evidence import (
    MARKED,
    CopiesSeen,
    Curve,
    Evidence,
    Look,
    Marks,
    Reals,
    Variety,
)
from ada_tf.diagnosis.image_statistics import (
    BALL_NEIGHBOURS,
    MOST,
    look,
    look_at_reals,
    marks,
    sample,
    variety,
)
from ada_tf.diagnosis.run_pictures import (
    FEWEST,
    Grid,
    Known,
    grids_of,
    judged_now,
    made_now,
    reals_shown,
    training_pictures,
)
from ada_tf.errors import UserError
from ada_tf.files import RUN_OPTIONS, printable, reading
from ada_tf.images import as_shown, to_uint8
from ada_tf.metrics import report
from ada_tf.metrics.copies.copies import copies_verdict
from ada_tf.metrics.copies.copy_search import COPIES, CopyWatch, read_copies_line
from ada_tf.metrics.images.images import images_of_array
from ada_tf.metrics.measures.estimate import Estimate, Scored, best_of, difference
from ada_tf.metrics.metric_names import parse_metric
from ada_tf.ops import random
from ada_tf.training.callbacks.grids import augmented
from ada_tf.training.callbacks.status import STATS
from ada_tf.training.callbacks.ticks import images_of
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.runs import json_lines
from ada_tf.training.runs.checkpoint_folder import newest, read_clock, read_data
from ada_tf.training.runs.run_dir import read_options

MOST_CURVES = 256  # names, of which a run of ours has some 30
MOST_LINES = 20_000  # of stats.jsonl; the longest run of a paper has 6,250


def curves_of(records: Iterable[dict]) -> dict[str, Curve]:
    """Read curves of means over the images seen; values that are no finite number are left out.

    Tick 0 is left out: its single batch belongs to untrained networks.

    Args:
        records: name -> {"num", "mean", "std"}, a record a tick, in their order.
    """
    found: dict[str, dict[float, float]] = {}
    for record in records:
        images = images_of(record)
        if images is None or _number(record.get("Progress/tick")) == 0:
            continue
        for name, value in record.items():
            mean = _number(value)
            if mean is not None and (name in found or len(found) < MOST_CURVES):
                found.setdefault(str(name), {})[images / 1000] = mean
    return {
        name: Curve(np.array(sorted(at)), np.array([at[k] for k in sorted(at)]))
        for name, at in found.items()
    }


def _number(value) -> float | None:
    return json_lines.number(value.get("mean")) if isinstance(value, dict) else None


_HELD, _TRAIN = "_held", "_train"
_MOST_FILES = 64  # metric files that are read


def _held_out_metrics(run) -> Iterator[str]:
    """Names of metrics against held-out pictures that choose checkpoints by one number, better if lower."""
    for path in sorted(pathlib.Path(run).glob(f"metric-*{_HELD}*.jsonl"))[:_MOST_FILES]:
        name = path.stem.removeprefix("metric-")
        try:
            kind = parse_metric(name).kind
        except UserError:  # of a network that is not known here
            continue
        if kind.decides and not kind.higher_is_better:
            yield name


def gap_of(run) -> tuple[str, Estimate] | None:
    """(name, held-out minus training score) of the newest evaluation that has both; None without."""
    found = [pair for name in _held_out_metrics(run) for pair in _pairs(run, name)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def behind_of(run) -> tuple[str, Estimate] | None:
    """(name, newest minus best held-out score of training) of the newest evaluation; None without."""
    found = []
    for name in _held_out_metrics(run):
        scores = [Scored(images, estimate) for images, estimate in _scores(run, name).items()]
        if scores:
            newest = max(scores, key=lambda score: score.images)
            found.append(
                (newest.images, (name, difference(newest.estimate, best_of(scores).estimate)))
            )
    return max(found, key=lambda one: one[0])[1] if found else None


def copies_of(run) -> CopiesSeen | None:
    """The newest search for copies of training; None without."""
    at = {report.images_of(line): read_copies_line(line) for line in report.read(run, COPIES)}
    known = [images for images, found in at.items() if None not in (images, found)]
    if not known:
        return None
    images, found = max(known), at[max(known)]
    return CopiesSeen(
        found.count, found.tested, found.expected, found.copying, found.verdict, found.words,
        images / 1000,
    )  # fmt: skip


def _pairs(run, name: str) -> list[tuple[int, tuple[str, Estimate]]]:
    """(images, (name, gap)) of evaluations after which both scores are known."""
    held, train = (_scores(run, n) for n in (name, name.replace(_HELD, _TRAIN)))
    return [(at, (name, difference(held[at], train[at]))) for at in held.keys() & train.keys()]


def _scores(run, name: str) -> dict[int, Estimate]:
    """Read the scores of training: images -> score; other lines are left out."""
    found = {}
    for line in report.read(run, name):
        images, estimate = report.images_of(line), report.estimate_of(line, name)
        if None not in (images, estimate):
            found[images] = estimate
    return found


_FEW_REALS = 12  # fewest training pictures for a comparison
# p below which nothing leaks: experiments/leak saw the first at 0.3. And numbers of the pictures that are
# augmented to compare with: half a minute of a core.
_NO_P, _AUGMENTED = 0.2, 2**24
SHOWN = (8, 2)  # columns and rows of each grid that people are shown


@dataclasses.dataclass(frozen=True)
class Exhibits:
    """Pictures and log lines of a run, for people.

    Attributes:
        reals: uint8 [N, H, W, 1 or 3]; None without any.
        grids: the first generated pictures of each grid, oldest first.
        log: lines about pictures and files that could not be read.
    """

    reals: np.ndarray | None
    grids: tuple[Grid, ...]
    log: tuple[str, ...]


def read_run(run, pictures: bool = True, log=print) -> tuple[Evidence, Exhibits]:
    """Gather evidence about a run, and pictures to show.

    Args:
        run: its directory.
        pictures: look at pictures, too, and make some with the newest network; otherwise only the
            numbers of training are read, which takes no time.
        log: called with a line about each thing that cannot be read.

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
    known = training_pictures(config, reals_shown(run, config, say), say)
    enough = known is not None and len(known.images) >= _FEW_REALS
    looks, newest, grids = _look_at_grids(run, config, known if enough else None, say)
    if enough:
        evidence = _with_pictures(evidence, run, looks, newest, known, say)
    elif known is not None and known.count is not None:
        evidence = dataclasses.replace(evidence, reals=Reals(known.count))
    return evidence, Exhibits(known and known.images, grids, tuple(said))


def by_numbers(run, config: RunConfig, pictures: int | None = None) -> Evidence:
    """Read curves and scores that training has written.

    Args:
        run: its directory.
        config: of the run.
        pictures: how many it trains on, if that is known.
    """
    curves = curves_of(json_lines.read(pathlib.Path(run) / STATS, MOST_LINES))
    if STATISTIC not in curves and _SIGNS in curves and _followed_signs(config):
        curves[STATISTIC] = curves[_SIGNS]
    kimg = max((float(curve.kimg[-1]) for curve in curves.values()), default=0.0)
    return Evidence(
        config, kimg, curves, pictures, gap_of(run), behind_of(run), copies=copies_of(run),
        finished=kimg >= config.kimg,
    )  # fmt: skip


# Runs without the statistic that moves p: with these games and rules it was the mean of these signs.
_SIGNS, _OF_LEVELS = "Loss/signs/real", ("logistic", "hinge")


def _followed_signs(config: RunConfig) -> bool:
    return config.augment.mode != "adarv" and config.loss.adversarial in _OF_LEVELS


def _checkpoint(run, log) -> str | None:
    try:
        return newest(run, "RUN")
    except UserError as problem:
        log(f"Without a checkpoint: {problem}")
        return None


def _count(checkpoint: str, config: RunConfig) -> int:
    """Number of training pictures; with a mirror an epoch shows each twice."""
    return read_data(checkpoint).images // (2 if config.data.mirror else 1)


def _look_at_grids(run, config: RunConfig, known: Known | None, log):
    """Return (looks, some pictures of the newest grid, upper left corner of each grid)."""
    looks, shown, newest = [], [], None
    for grid in grids_of(run, config, log):
        newest = sample(grid.images)
        if known is not None and len(grid.images) >= FEWEST:
            looks.append(look(known.images, newest, grid.kimg))
        shown.append(grid.cut(*SHOWN))
    return tuple(looks), newest, tuple(shown)


def _with_pictures(evidence: Evidence, run, looks, newest, known: Known, log) -> Evidence:
    """Add to the evidence what the pictures show."""
    now = made_now(run, known, log)
    made = newest if now is None else now.images
    if not looks and made is not None:
        looks = (look(known.images, made, evidence.kimg),)
    copies, left = (None, None) if made is None else _copies(known, made, log)
    # What training has found in more pictures of this very network is not asked again.
    if evidence.copies is not None and evidence.copies.kimg == evidence.kimg:
        copies = None
    count = len(known.images) if known.count is None else known.count
    return dataclasses.replace(
        evidence,
        looks=looks,
        variety=_variety(known, made, now and now.classes),
        r_v=None if now is None else judged_now(run, known, now, log),
        pictures=evidence.pictures or count,
        curves={**evidence.curves, **curves_of_looks(looks)},
        copies=copies or evidence.copies,
        left=left,
        marks=None if made is None else _marks(evidence, known, made),
        reals=look_at_reals(known.images, count),
    )


def _variety(known: Known, made, classes) -> Variety | None:
    if made is None or len(made) < FEWEST:
        return None
    return variety(known.images, made, known.classes, classes)


def curves_of_looks(looks: tuple[Look, ...]) -> dict[str, Curve]:
    """Curves of the picture statistics over the run, by name."""
    if not looks:
        return {}
    kimg = np.array([seen.kimg for seen in looks])
    return {
        "Pictures/distance": Curve(kimg, np.array([seen.distance.value for seen in looks])),
        "Pictures/coverage": Curve(kimg, np.array([seen.coverage for seen in looks])),
        "Pictures/spread": Curve(kimg, np.array([seen.spread for seen in looks])),
    }


def _copies(known: Known, made, log):
    """Search the pictures: (copies, how many are left and were there), both None if that cannot be done."""
    watch = CopyWatch(known.dataset, log)
    found = watch(images_of_array(made))
    if found is None:
        return None, None
    copies = CopiesSeen(
        found.count,
        found.tested,
        found.expected,
        found.copying,
        found.verdict,
        copies_verdict(found),
    )
    return copies, (found.distinct, found.tested)


def _marks(evidence: Evidence, known: Known, made) -> Marks | None:
    """Search for traces of the augmentation, in a run that has augmented."""
    augment, p = evidence.config.augment, evidence.curves.get("Progress/augment")
    if augment.pipe not in POLICIES or p is None or p.values.max() < _NO_P:
        return None
    reals = sample(known.images, max(_AUGMENTED // known.images[0].size, 4 * BALL_NEIGHBOURS))[
        :MOST
    ]

    def of(pipe):
        moved = augmented(reals, 1.0, pipe, random.make_seed(0), augment.resample)
        return marks(reals, as_shown(to_uint8(moved)), made)

    found = of(augment.pipe)
    if found.share < MARKED:
        return found
    # Which of its causes: only of pictures that show any, for each takes as long again.
    shares = {name: of(name).share for name in _CAUSES if _holds(augment.pipe, name)}
    return dataclasses.replace(found, **{_CAUSES[name]: share for name, share in shares.items()})


# Policy -> the share that it alone would leave.
_CAUSES = {"bg": "turned", "color": "recoloured"}


def _holds(pipe: str, part: str) -> bool:
    """Return True if a policy has a transform of another one."""
    return bool(POLICIES[pipe].keys() & POLICIES[part].keys())
