"""`usefulness`: does a network learn a task better with generated pictures?

usefulness("runs/00000-photos-tiny-cond", task="classify").verdict
"""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from ada_tf import durations
from ada_tf.data import DataConfig, ImageDataset
from ada_tf.errors import UserError
from ada_tf.files import listed, printable
from ada_tf.inference.generate import generate
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop.find_network import holds_network
from ada_tf.label_space import LabelSpace
from ada_tf.metrics import evaluate
from ada_tf.metrics.images.generated import check_labels, random_labels
from ada_tf.metrics.images.reals import indices_of
from ada_tf.metrics.usefulness import GENERATED, REPEATS, TASKS, trial
from ada_tf.metrics.usefulness.findings import Usefulness
from ada_tf.metrics.usefulness.task_network import BATCH, LOOKS, MOST, STEPS, TaskNetwork
from ada_tf.metrics.usefulness.tasks import Task, task_of
from ada_tf.metrics.usefulness.trial import Pictures, Trial
from ada_tf.ops import random
from ada_tf.ops.pixels import box_mean, to_signed
from ada_tf.progress import progress

_FEWEST = 10  # pictures of each kind
_AT_A_TIME = 256  # pictures read or made together


def usefulness(
    network=None,
    data=None,
    *,
    task: str,
    generated=None,
    held_out=None,
    count: int = GENERATED,
    repeats: int = REPEATS,
    truncation_psi: float = 1.0,
    seed: int = 0,
    log: Callable = print,
) -> Usefulness:
    """Train a small network for a task with and without generated pictures, and test it on real ones.

    Args:
        network: a run directory, a checkpoint or a network folder, of a generator with labels.
        data: training pictures, a source as for ada-train; None are those of the run.
        task: "classify": classes, or attributes of two values; "regress": attributes of more.
        generated: a folder or zip file of finished pictures with labels, instead of `network`.
        held_out: real pictures with labels for the test, a source as `data`; None are those that the run
            held out.
        count: generated pictures that a generator makes, each with the label of a random training picture.
        repeats: trainings of each arm, at least 2.
        truncation_psi: of a generator; 1 is without truncation.
        seed: of the generated pictures and of the first training.
        log: called with lines: what is prepared, and how long it takes at most.

    Raises:
        UserError: pictures have no labels that fit, or are fewer than ten.
    """
    if task not in TASKS:
        raise UserError(f"task={task!r} must be one of {', '.join(TASKS)}.")
    if repeats < 2:
        raise UserError(f"repeats={repeats} must be at least 2: one training has no error.")
    if (network is None) == (generated is None):
        raise UserError("network and generated: give exactly one.")
    if generated is not None:
        training, made = _of_folders(data, held_out, generated, log)
        _check_enough("generated", made)
        run_dir = None
        fakes = _pixels(made), _labels(made, training.label_space, "generated")
    else:
        generator, training, run_dir = _of_network(network, data, held_out, log)
        fakes = _generated(generator, training, count, truncation_psi, seed)
    tested = training.validation
    _check_enough("data", training)
    _check_enough("held_out", tested)
    labels = _labels(training, training.label_space, "data")
    of_test = _labels(tested, training.label_space, "held_out")
    asked = task_of(task, training.label_space, labels, of_test)
    real = Pictures(_pixels(training), asked.targets(labels))
    test = Pictures(_pixels(tested), asked.targets(of_test))
    fakes = Pictures(fakes[0], asked.targets(fakes[1]))
    _, height, width, _ = real.pixels.shape
    return Usefulness(
        task,
        asked.measure,
        asked.learned,
        asked.chance,
        {"training": len(real), "generated": len(fakes), "held_out": len(test)},
        (width, height),
        repeats,
        seed,
        _tried(asked, real, fakes, test, repeats, seed, log),
        run_dir,
    )


def _tried(task: Task, real, fakes, test, repeats: int, seed: int, log: Callable) -> Trial:
    """Run the trial, with its time said before and its progress."""
    network, trainings = TaskNetwork(task, real.pixels.shape[1:]), trial.trainings(repeats)
    log(
        f"At most {durations.in_words(trainings * _longest(network, real))}: {trainings} trainings of up to"
        f" {STEPS * LOOKS:,} steps."
    )
    with progress(trainings, "training", "networks") as bar:
        return trial.run(
            network, task.worth, real, fakes, test, repeats, seed, done=lambda: bar.update(1)
        )


def _longest(network: TaskNetwork, real: Pictures) -> float:
    """Seconds of the longest training, by that of one look."""
    batch = real.part(np.arange(BATCH) % len(real))
    given = batch.pixels, batch.targets
    network.fit(_again(given), given, seed=0, looks=1)  # traces
    start = time.monotonic()
    network.fit(_again(given), given, seed=0, looks=1)
    return (time.monotonic() - start) * LOOKS


def _again(given) -> Iterator:
    while True:
        yield given


# Pictures with labels: real ones, those of a generator, those of a folder.


def _of_network(network, data, held_out, log: Callable):
    """Open (generator, training pictures, with the held-out ones as their `validation`, run directory or None)."""
    if evaluate.is_saved_model(network):
        raise UserError(
            f"network={printable(network)!r} is a SavedModel, whose labels have no names; give its run, or"
            " its pictures in folders of classes by generated."
        )
    if holds_network(network):
        generator, architecture = load_generator(network)
        shape, checkpoint, run_dir = architecture.shape, None, None
        config = _config(data, resolution=shape.resolution, channels=shape.channels)
    else:
        checkpoint, generator, trained_on, run_dir = evaluate.open_run(network)
        source = trained_on.source if data is None else str(data)
        config = dataclasses.replace(trained_on, source=source, cond=True)
    if not generator.c_dim:
        raise UserError(
            f"network={printable(network)!r} generates pictures without labels, which teach no task; train with"
            " --cond."
        )
    training = evaluate.open_reals(config, held_out, log, checkpoint, cond=True).training
    check_labels(generator, training)
    if training.validation is None:
        raise UserError(
            "held_out: no pictures were held out of training, and a test on training pictures says nothing;"
            " give others, or train with --validation=N."
        )
    return generator, training, run_dir


def _of_folders(data, held_out, generated, log: Callable):
    """Open (training pictures, with the held-out ones as their `validation`, generated ones)."""
    config = _config(data)
    if held_out is None:
        raise UserError("held_out is missing: real pictures with labels for the test.")
    training = evaluate.open_reals(config, held_out, log, cond=True).training
    return training, evaluate.open_like(training, generated, {}, log, cond=True)


def _config(source, **shape) -> DataConfig:
    if source is None:
        raise UserError("data is missing: real pictures with labels.")
    return DataConfig(str(source), cond=True, **shape)


def _check_enough(argument: str, dataset: ImageDataset) -> None:
    if dataset.num_originals < _FEWEST:
        raise UserError(
            f"{argument}: {dataset.name} has {dataset.num_originals} pictures; must have at least {_FEWEST}."
        )


def _labels(dataset: ImageDataset, space: LabelSpace, argument: str) -> np.ndarray:
    """Labels of a data set, without its mirrored copies, as another set means them.

    Classes are known by their names, wherever they have any: another folder may have more or fewer.
    """
    labels, own = dataset.labels[indices_of(dataset)], dataset.label_space
    if own.attributes != space.attributes or bool(own.num_classes) != bool(space.num_classes):
        raise UserError(
            f"{argument}: {dataset.name} has {own.in_words()}; must have the labels of the training pictures,"
            f" {space.in_words()}."
        )
    if own.class_names == space.class_names and own.num_classes == space.num_classes:
        return labels
    strangers = [name for name in own.class_names if name not in space.class_names]
    if strangers or not own.class_names:
        raise UserError(
            f"{argument}: {dataset.name} has {listed(strangers) or own.in_words()}; must have classes of the"
            f" training pictures, {listed(space.class_names) or space.in_words()}."
        )
    numbers = np.array([space.class_names.index(name) for name in own.class_names])
    if labels.ndim == 1:
        return numbers[labels]
    moved = np.zeros([len(labels), space.label_dim], np.float32)
    moved[:, numbers] = labels[:, : own.num_classes]
    moved[:, space.num_classes :] = labels[:, own.num_classes :]
    return moved


def _pixels(dataset: ImageDataset) -> np.ndarray:
    """All pictures of a data set without mirrored copies, as `_seen` has them."""
    indices = indices_of(dataset)
    parts = np.array_split(indices, math.ceil(len(indices) / _AT_A_TIME))
    return np.concatenate([_seen(to_signed(tf.constant(dataset.images(part)))) for part in parts])


def _generated(generator, training: ImageDataset, count: int, psi: float, seed: int):
    """Pictures of a generator as `_seen` has them, and their labels: those of random training pictures."""
    labels = random_labels(training, random.make_seed(seed), count).numpy()
    pictures = []
    for start in range(0, count, _AT_A_TIME):
        some = slice(start, min(start + _AT_A_TIME, count))
        seeds = [(seed + number) % 2**32 for number in range(count)[some]]
        made = generate(
            generator, seeds=seeds, labels=labels[some], truncation_psi=psi, noise_mode="random",
            noise_seed=seed + start, batch=32,
        )  # fmt: skip
        pictures.append(_seen(made.clip(-1, 1)))
    return np.concatenate(pictures), labels


def _seen(pictures) -> np.ndarray:
    """Average pictures to at most `MOST` pixels of the shorter side, float32 [n, H, W, C]."""
    _, height, width, _ = pictures.shape
    by = math.ceil(min(height, width) / MOST)
    return box_mean(pictures[:, : height // by * by, : width // by * by], by).numpy()
