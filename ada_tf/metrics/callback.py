"""Metrics during training: scores at ticks, the best checkpoint, an early stop; `score_callback` for epochs."""

import pathlib
import time

import tensorflow as tf

from ada_tf.data import open_dataset
from ada_tf.errors import UserError
from ada_tf.metrics import report
from ada_tf.metrics.copies.copies import Copies
from ada_tf.metrics.copies.copy_search import COPIES, CopyWatch, copies_in_one_line, copies_line
from ada_tf.metrics.default_metrics import choose_for
from ada_tf.metrics.evaluator import Evaluator, Score
from ada_tf.metrics.features import feature_network
from ada_tf.metrics.images.generated import images_of_generator
from ada_tf.metrics.images.images import remembered
from ada_tf.metrics.images.reals import how_resized, reference_config, reference_sets
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.metric_names import parse_metrics
from ada_tf.metrics.report import describe_gap, describe_score, gaps
from ada_tf.metrics.schedule import SHARE, EveryTicks, WithinShare
from ada_tf.training.callbacks.status import seconds_until
from ada_tf.training.callbacks.ticks import TickCallback
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import FOLDER

_BEST = "best"  # folder of the run, a run directory of one checkpoint


class MetricsCallback(TickCallback):
    """Score the averaged generator at ticks and at the end of training.

    The first metric decides which checkpoint is kept in `<run>/best`, and when to stop. That folder can
    be given wherever a run directory can. A score counts as better only beyond the errors of both, see
    `estimate.best_of`. Lines of earlier sessions of the run count.

    `ScoreCallback` is the same at epochs of Keras' `fit`.

    Args:
        evaluator: an Evaluator.
        run_dir: where metric-<name>.jsonl and the best checkpoint go.
        config: of the run.
        dataset: training images, for labels.
        tick_images: images between ticks.
        schedule: ticks that are scored, of `schedule`.
        log: called with a line for each metric.
        patience: stop after this many evaluations without a new best; None never stops.
        writer: of TensorBoard events, or None.
        careful: a score that fails ends the scores, and not the training.

    Raises:
        UserError: the first metric has no single number, or a number is below 1.
    """

    def __init__(
        self, evaluator, run_dir, config, dataset, tick_images, schedule, log=print, patience=None,
        writer=None, careful=False,
    ):  # fmt: skip
        super().__init__(tick_images)
        _check_choice(evaluator.metrics, schedule.ticks, patience)
        self.evaluator, self.run_dir = evaluator, pathlib.Path(run_dir)
        self.config, self.dataset, self.schedule, self.log = config, dataset, schedule, log
        self.patience, self.writer, self.careful = patience, writer, careful
        self._first = evaluator.metrics[0]

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._scored_at, self.generator = None, self.model.generator_ema
        self._fakes = images_of_generator(self.generator, self.dataset, self.model.seed)
        self._copies = CopyWatch(self.dataset, self.log)
        self._checkpoints = Checkpoints(self.run_dir / _BEST, self.model, self.config, keep=1)
        # Scores made after the checkpoint from which a killed run goes on are made again.
        for name in (*(metric.name for metric in self.evaluator.metrics), COPIES):
            report.forget_after(self.run_dir, name, self.model.images_done)
        names = [metric.name for metric in self.evaluator.metrics]
        self.schedule.go_on(
            seconds_until(self.run_dir, self.model.images_done), report.seconds(self.run_dir, names)
        )

    def on_tick(self, tick, images):
        if self.schedule.due(tick):
            self._evaluate(images)

    def on_train_end(self, logs=None):
        if self.model.stop_training:  # by a signal, which wants a quick end, or by patience
            return
        # The end is often a tick that was scored just now.
        if self._scored_at != self.model.images_done and self.schedule.due_at_end:
            self._evaluate(self.model.images_done)

    def is_over(self, images):
        return self._out_of_patience(images, self._best_until(images))

    def _evaluate(self, at: int) -> None:
        """Score, look for copies, and keep the generator if it is the best.

        Args:
            at: images done; epochs done in `ScoreCallback`.
        """
        self._scored_at, start = at, time.monotonic()
        try:
            fakes = remembered(self._fakes)
            scores, copies = self._score(fakes), self._copies(fakes)
            self.schedule.took(time.monotonic() - start)
            self._record(scores, copies, at)
            best = self._best_until(at)
            if best == at:  # the score of now is the best
                self._keep(at)
            elif self._out_of_patience(at, best):
                self._stop()
        except (UserError, tf.errors.ResourceExhaustedError) as problem:
            if not self.careful:
                raise
            reason = str(problem).partition("\n")[0][:200]
            self.log(f"The run goes on without scores: {reason}")
            self.schedule = EveryTicks(0)

    def _score(self, fakes) -> list[Score]:
        return self.evaluator(fakes, self.generator, self.model.seed)

    def _keep(self, images: int) -> None:
        if not self._checkpoints.holds(images):
            self._checkpoints.save()

    def _stop(self) -> None:
        self.log(
            f"Stopping: {self._first.name} has not improved in {self.patience} evaluations; the"
            f" best checkpoint is in {self.run_dir / _BEST}."
        )
        self.model.stop_training = True

    def _record(self, scores: list[Score], copies: Copies | None, images: int) -> None:
        """Write scores and copies to their files, the log and TensorBoard."""
        kimg, found = images / 1000, gaps(scores)
        say = lambda line: self.log(f"kimg {kimg:<8.1f} {line}")  # noqa: E731
        for score in scores:
            line = report.record(score, f"{FOLDER}/images-{images}")
            report.append(self.run_dir, line | {"kimg": kimg})
            say(describe_score(score))
        for name, gap in found.items():
            say(describe_gap(name, gap))
        if copies is not None:
            report.append(self.run_dir, copies_line(copies) | {"kimg": kimg})
            say(copies_in_one_line(copies))
        if self.writer is not None:
            with self.writer.as_default(step=images // 1000):
                for score in scores:
                    for name, value in score.results.items():
                        tf.summary.scalar(f"Metrics/{name}", value)
                for name, gap in found.items():
                    tf.summary.scalar(f"Metrics/{name}_minus_training", gap.value)
                if copies is not None:
                    tf.summary.scalar("Metrics/copies", copies.count)

    def _best_until(self, images: int) -> int | None:
        """Image counter of the best score of training, ada-evaluate's scores left out."""
        return report.best_of_training(self.run_dir, self._first, images)

    def _out_of_patience(self, images: int, best: int | None) -> bool:
        """Return True if `patience` evaluations have come since the best, by the ticks in between."""
        if self.patience is None or best is None:
            return False
        ticks = images // self.tick_images - best // self.tick_images
        return ticks >= self.patience * self.schedule.ticks


def _check_choice(metrics, every: int, patience: int | None) -> None:
    """Refuse metrics that cannot choose the best checkpoint, and an interval or a patience of 0.

    Raises:
        UserError: the first metric has no single number, or a number is below 1.
    """
    first = metrics[0]
    if not first.kind.decides:
        able = [name for name, kind in KINDS.items() if kind.decides]
        raise UserError(
            f"metrics={first.name!r} first: the first metric chooses the best checkpoint by one"
            f" number; put {', '.join(able[:-1])} or {able[-1]} before it."
        )
    for name, value in (("metrics_patience", patience), ("metrics_every", every)):
        if value is not None and value < 1:
            raise UserError(f"{name}={value} must be at least 1.")


def metrics_callbacks(names, config, dataset, every, patience=None, download=False):
    """Make the metrics callback of a run, for `make_callbacks` of `ada_tf.train`.

    Networks are loaded now, so that missing weights stop the run before it starts, and the metrics
    are checked.

    Args:
        names: of metrics, with commas.
        config: of the run.
        dataset: training images.
        every: ticks between evaluations.
        patience: see MetricsCallback.
        download: fetch weights that are not here.

    Returns:
        A function (run_dir, log, tick_images, writer) -> list of one MetricsCallback.

    Raises:
        UserError: see `_check_choice`; a name is no metric; weights are missing.
    """
    metrics = parse_metrics(names)
    _check_choice(metrics, every, patience)
    evaluator = _evaluator_of(metrics, config, dataset, download)

    def make(run_dir, log, tick_images, writer):
        schedule = EveryTicks(every)
        return [
            MetricsCallback(
                evaluator, run_dir, config, dataset, tick_images, schedule, log, patience, writer
            )
        ]

    return make


def auto_callbacks(config, dataset, every: int):
    """Make the callback of a run whose metrics nobody has chosen; None if no network is here.

    Its scores stop while they would take more than SHARE of the time, and never end a run.

    Args:
        config: of the run.
        dataset: training images, with the held-out ones.
        every: ticks between scores at least.
    """
    choice = choose_for(dataset, feature_network.is_here)
    if choice is None:
        return None
    metrics = parse_metrics(choice.deciding)
    evaluator = _Lazy(metrics, lambda: _evaluator_of(metrics, config, dataset))

    def make(run_dir, log, tick_images, writer):
        log(f"Scores    {choice.why}; while they take less than {SHARE:.0%} of the time")
        return [
            MetricsCallback(
                evaluator, run_dir, config, dataset, tick_images, WithinShare(every), log,
                writer=writer, careful=True,
            )
        ]  # fmt: skip

    return make


class _Lazy:
    """Evaluator that loads its networks when it is first used.

    Args:
        metrics: its metrics.
        make: () -> Evaluator.
    """

    def __init__(self, metrics, make):
        self.metrics, self._make, self._evaluator = metrics, make, None

    def __call__(self, fakes, generator=None, seed=0):
        """See `Evaluator`."""
        if self._evaluator is None:
            self._evaluator = self._make()
        return self._evaluator(fakes, generator, seed)


def _evaluator_of(metrics, config, dataset, download=False) -> Evaluator:
    """Make the evaluator of a run: load its networks, and open its real images.

    Args:
        metrics: of `metric_names.parse_metrics`.
        config: of the run.
        dataset: training images, with the held-out ones.
        download: fetch weights that are not here.

    Raises:
        UserError: weights are missing, or held-out images.
    """
    whole = reference_config(config.data)
    every_image = dataset if whole == config.data else open_dataset(whole, advise=False)
    return Evaluator(
        metrics,
        lambda name: feature_network.load_network(name, download=download),
        lambda: feature_network.load_perceptual(download=download),
        reference_sets(every_image, dataset, resized=how_resized(whole)),
    )
