"""Metrics during training: lines beside the run, the best checkpoint, an early stop."""

import pathlib
import time

import tensorflow as tf

from ada_tf.data import open_dataset
from ada_tf.errors import UserError
from ada_tf.metrics import report
from ada_tf.metrics.copies import copy_search
from ada_tf.metrics.copies.copy_search import CopyWatch
from ada_tf.metrics.evaluator import Evaluator
from ada_tf.metrics.features import feature_network
from ada_tf.metrics.images.generated import GeneratorImages
from ada_tf.metrics.images.reals import reference, reference_sets, size_in_words
from ada_tf.metrics.images.remembered import Remembered
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.metric_names import parse_metrics
from ada_tf.metrics.report import describe_gap, describe_score, gaps
from ada_tf.metrics.schedule import EveryTicks
from ada_tf.training.callbacks.ticks import TickCallback
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import FOLDER

BEST = "best"  # folder of the run, a run directory of one checkpoint


class MetricsCallback(TickCallback):
    """Scores the averaged generator at ticks and at the end of training.

    The first metric decides which checkpoint is kept in `<run>/best`, which can be given wherever a
    run directory can, and when to stop; a score is a better one only beyond the errors of both, see
    `best.best_of`. Lines of earlier sessions of the run count.

    Args:
        evaluator: an Evaluator.
        run_dir: where metric-<name>.jsonl and the best checkpoint go.
        config: of the run.
        dataset: training images, for labels.
        tick_images: images between ticks.
        schedule: of `schedule`: which ticks are scored.
        log: called with a line for each metric.
        patience: stop after this many evaluations without a new best; None never stops.
        writer: of TensorBoard events, or None.

    Raises:
        UserError: the first metric has no single number, or a number is below 1.
    """

    def __init__(
        self, evaluator, run_dir, config, dataset, tick_images, schedule, log=print, patience=None,
        writer=None,
    ):  # fmt: skip
        super().__init__(tick_images)
        check_choice(evaluator.metrics, schedule.ticks, patience)
        self.evaluator, self.run_dir = evaluator, pathlib.Path(run_dir)
        self.config, self.dataset, self.schedule, self.log = config, dataset, schedule, log
        self.patience, self.writer, self._first = patience, writer, evaluator.metrics[0]

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._evaluated = None
        self._fakes = GeneratorImages(self.model.generator_ema, self.dataset, self.model.seed)
        self._copies = CopyWatch(self.dataset, self.log)
        self._best = Checkpoints(self.run_dir / BEST, self.model, self.config, keep=1)
        # What a killed run scored after the checkpoint that it goes on from comes again.
        for name in (*(metric.name for metric in self.evaluator.metrics), copy_search.METRIC):
            report.forget_after(self.run_dir, name, self.model.images_done)

    def on_tick(self, tick, images):
        if self.schedule.due(tick):
            self._evaluate()

    def on_train_end(self, logs=None):
        if self.model.stop_training:  # by a signal, which wants a quick end, or by patience
            return
        if self._evaluated != self.model.images_done and self.schedule.due_at_end:
            self._evaluate()

    def is_over(self, images):
        return self._out_of_patience(images, self._best_until(images))

    def _evaluate(self):
        self._evaluated = images = self.model.images_done
        start = time.monotonic()
        fakes = Remembered(self._fakes)
        scores = self.evaluator(fakes, self.model.generator_ema, self.model.seed)
        copies = self._copies(fakes)
        self.schedule.took(time.monotonic() - start)
        self._write(scores, images)
        if copies is not None:
            self._write_copies(copies, images)
        best = self._best_until(images)
        if best == images:
            if not self._best.holds(images):
                self._best.save()
        elif self._out_of_patience(images, best):
            self.log(
                f"Stopping: {self._first.name} has not improved in {self.patience} evaluations; the"
                f" best checkpoint is in {self.run_dir / BEST}."
            )
            self.model.stop_training = True

    def _write(self, scores, images: int) -> None:
        """Scores to their files, the log and TensorBoard."""
        for score in scores:
            line = report.record(score, f"{FOLDER}/images-{images}")
            report.append(self.run_dir, line | {"kimg": images / 1000})
            self.log(f"kimg {images / 1000:<8.1f} {describe_score(score)}")
        found = gaps(scores)
        for name, gap in found.items():
            self.log(f"kimg {images / 1000:<8.1f} {describe_gap(name, gap)}")
        if self.writer is not None:
            with self.writer.as_default(step=images // 1000):
                for score in scores:
                    for name, value in score.results.items():
                        tf.summary.scalar(f"Metrics/{name}", value)
                for name, gap in found.items():
                    tf.summary.scalar(f"Metrics/{name}_minus_training", gap.value)

    def _write_copies(self, found, images: int) -> None:
        report.append(self.run_dir, copy_search.line_of(found) | {"kimg": images / 1000})
        self.log(f"kimg {images / 1000:<8.1f} {copy_search.in_one_line(found)}")
        if self.writer is not None:
            with self.writer.as_default(step=images // 1000):
                tf.summary.scalar("Metrics/copies", found.count)

    def _best_until(self, images: int) -> int | None:
        """After how many images training, not ada-evaluate, scored best."""
        return report.best_of_training(self.run_dir, self._first, images)

    def _out_of_patience(self, images: int, best: int | None) -> bool:
        """Whether `patience` evaluations have come since the best, by the ticks in between."""
        if self.patience is None or best is None:
            return False
        ticks = images // self.tick_images - best // self.tick_images
        return ticks >= self.patience * self.schedule.ticks


def check_choice(metrics, every: int, patience: int | None) -> None:
    """Refuse metrics that cannot choose the best checkpoint, and an interval or a patience of none.

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
    """What makes the metrics callback of a run, for `make_callbacks` of `training.train.train`.

    Networks are loaded now, so that missing weights stop the run before it starts, and the metrics
    are checked.

    Args:
        names: of metrics, with commas.
        config: of the run.
        dataset: training images.
        every: ticks between evaluations.
        patience: see MetricsCallback.
        download: fetch weights that are not here.

    Raises:
        UserError: see `check_choice`; a name is none of a metric; weights are missing.
    """
    metrics = parse_metrics(names)
    check_choice(metrics, every, patience)
    evaluator = evaluator_of(metrics, config, dataset, download)

    def make(run_dir, log, tick_images, writer):
        return [
            MetricsCallback(
                evaluator, run_dir, config, dataset, tick_images, EveryTicks(every), log, patience,
                writer,
            )
        ]  # fmt: skip

    return make


def evaluator_of(metrics, config, dataset, download=False) -> Evaluator:
    """The evaluator of a run: its networks are loaded, and its real images opened.

    Args:
        metrics: of `names.parse_metrics`.
        config: of the run.
        dataset: training images, with the held-out ones.
        download: fetch weights that are not here.

    Raises:
        UserError: weights are missing, or held-out images.
    """
    whole = reference(config.data)
    every_image = dataset if whole == config.data else open_dataset(whole, advise=False)
    return Evaluator(
        metrics,
        lambda name: feature_network.load_network(name, download=download),
        lambda: feature_network.load_perceptual(download=download),
        reference_sets(every_image, dataset, words=size_in_words(whole)),
    )
