"""Scores of all snapshots of a run: the curve from which somebody picks the best one."""

import pathlib
from collections.abc import Iterator

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.metrics.evaluator import Score
from ada_tf.training.runs import snapshots
from ada_tf.training.runs.checkpoint_folder import FOLDER, complete, images_of, newest_intact
from ada_tf.training.runs.checkpoint_reader import restore_networks

BAR = 40  # characters of the largest value


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
    """The curve of the first metric in lines of text, and which state is the best by it."""
    first = points[0][1][0].metric
    values = [scores[0].results[first.keys[0]] for _, scores in points]
    best = (max if first.kind.higher_is_better else min)(range(len(points)), key=values.__getitem__)
    largest = max(abs(value) for value in values) or 1.0
    lines = [f"{'kimg':>9}  {first.keys[0]}"]
    for number, ((state, _), value) in enumerate(zip(points, values, strict=True)):
        bar = "#" * round(BAR * max(value, 0) / largest)
        mark = "  best" if number == best else ""
        lines.append(f"{images_of(state) / 1000:>9.1f}  {value:<11.6g} {bar}{mark}")
    return "\n".join([*lines, f"Best by {first.keys[0]}: {points[best][0]}"])
