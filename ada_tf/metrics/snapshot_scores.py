"""Curve of the scores of all snapshots of a run, to pick the best one."""

import csv
import io
import pathlib
from collections.abc import Iterator

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import write_text, writing
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.figures import new_figure, save_figure
from ada_tf.metrics.measures.estimate import Scored, as_good, best_of, in_words
from ada_tf.training.runs import snapshots
from ada_tf.training.runs.checkpoint_folder import (
    FOLDER,
    complete,
    images_of,
    newest_intact,
    restore_networks,
)

_BAR = 40  # characters of the largest value


def states(run_dir) -> list[str]:
    """The snapshots of a run in their order, and its newest checkpoint if that is another state.

    Raises:
        UserError: the folder is no run, or has no state yet.
    """
    run_dir = pathlib.Path(run_dir)
    found = complete(run_dir / snapshots.FOLDER)
    newest = newest_intact(run_dir / FOLDER)
    if newest is not None and images_of(newest) not in map(images_of, found):
        found.append(newest)
    if not found:
        raise UserError(f"network={str(run_dir)!r} must be a run directory with --all.")
    return sorted(found, key=images_of)


def score(states, generator, evaluator, fakes, seed: int) -> Iterator[tuple[str, list[Score]]]:
    """Score one state after the other.

    Args:
        states: of `states`.
        generator: takes the averaged weights of each in turn, so that one program serves all.
        evaluator: an Evaluator.
        fakes: images of that generator.
        seed: integer, the same for all.

    Yields:
        (state, its scores).
    """
    for state in states:
        restore_networks(state, generator_ema=generator)
        yield state, evaluator(fakes, generator, seed)


def write_events(points: list[tuple[str, list[Score]]], folder) -> None:
    """Write all scores as curves of TensorBoard, "Snapshots/<name>" over kimg."""
    writer = tf.summary.create_file_writer(str(folder))
    for state, scores in points:
        with writer.as_default(step=images_of(state) // 1000):
            for one in scores:
                for name, value in one.results.items():
                    tf.summary.scalar(f"Snapshots/{name}", value)
    writer.close()


def describe(points: list[tuple[str, list[Score]]]) -> str:
    """The curve of the first metric in lines of text, and which states are the best by it.

    The best one is that of `estimate.best_of`; states that cannot be told from it are marked as well.
    """
    first = points[0][1][0].metric
    scored = [Scored(images_of(state), scores[0].estimate) for state, scores in points]
    best = best_of(scored, first.kind.higher_is_better)
    alike = as_good(scored, best)
    largest = max(abs(one.estimate.value) for one in scored) or 1.0
    lines = [f"{'kimg':>9}  {first.keys[0]}"]
    for one in scored:
        bar = "#" * round(_BAR * max(one.estimate.value, 0) / largest)
        mark = "  best" if one is best else "  as good" if one in alike else ""
        lines.append(f"{one.images / 1000:>9.1f}  {in_words(one.estimate):<20} {bar}{mark}")
    named = {one.images: state for one, (state, _) in zip(scored, points, strict=True)}
    lines.append(f"Best by {first.keys[0]}: {named[best.images]}")
    if alike:
        kimg = ", ".join(f"{one.images / 1000:g}" for one in alike)
        lines.append(f"Within the errors of it, at kimg {kimg}: more images tell them apart.")
    return "\n".join(lines)


def table(points: list[tuple[str, list[Score]]]) -> tuple[list[str], list[list]]:
    """All scores as a table: the heads of its columns, and a row for each state."""
    names = [name for score in points[0][1] for name in score.results]
    heads = ["kimg", "state", *(column for name in names for column in (name, f"{name}_error"))]
    rows = []
    for state, scores in points:
        row = [images_of(state) / 1000, state]
        for score in scores:
            for name, value in score.results.items():
                row += [value, score.errors.get(name, "")]
        rows.append(row)
    return heads, rows


def write_table(points, path) -> None:
    """Write `table` as a CSV file."""
    heads, rows = table(points)
    text = io.StringIO()
    csv.writer(text).writerows([heads, *rows])
    with writing(path):
        write_text(path, text.getvalue())


def draw(points, path) -> None:
    """Draw every result over kimg, with its errors, one below the other.

    Raises:
        UserError: there is no matplotlib.
    """
    names = [name for score in points[0][1] for name in score.results]
    kimg = [images_of(state) / 1000 for state, _ in points]
    figure = new_figure(7, 2.2 * len(names))
    for name, axes in zip(names, figure.subplots(len(names), squeeze=False)[:, 0], strict=True):
        found = [
            (score.results[name], score.errors.get(name, 0))
            for _, scores in points
            for score in scores
            if name in score.results
        ]
        values, errors = zip(*found, strict=True)
        axes.errorbar(kimg, values, errors, marker="o", markersize=3, capsize=2)
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
    axes.set_xlabel("kimg")
    save_figure(figure, path)
