"""A whole run: open the data, build or continue, train, save."""

import contextlib
import dataclasses
import pathlib

import keras
import tensorflow as tf

from ada_tf.augment import AdaCallback
from ada_tf.data import open_dataset
from ada_tf.errors import UserError
from ada_tf.models import count_weights
from ada_tf.ops import choice, tf32
from ada_tf.training import config as configs
from ada_tf.training import run_dir as run_dirs
from ada_tf.training.checkpoint import (
    NETWORKS,
    Checkpoints,
    check_architecture,
    newest,
    restore_networks,
)
from ada_tf.training.cluster import ALONE
from ada_tf.training.config import RunConfig
from ada_tf.training.failures import explained
from ada_tf.training.guard import GuardCallback, NotFinite, Rollback
from ada_tf.training.model import StyleGAN2ADA
from ada_tf.training.pictures import PictureCallback
from ada_tf.training.presets import from_preset
from ada_tf.training.saving import SavingCallback
from ada_tf.training.ticks import ProgressCallback, StatusCallback
from ada_tf.training.validation import ValidationCallback

OLDEST_KERAS = (3, 10)


def train(
    config: RunConfig,
    outdir,
    restart=False,
    transfer=None,
    dataset=None,
    cluster=ALONE,
    make_callbacks=None,
) -> pathlib.Path:
    """Start a run, or continue the newest one of the same configuration.

    Args:
        config: complete, as from `resolve`.
        outdir: folder of the run directories.
        restart: open a new run in any case.
        transfer: run directory or checkpoint whose networks a new run starts from.
        dataset: of `config.data`, if it is open already.
        cluster: the devices and machines that train together.
        make_callbacks: (run_dir, log, tick_images, TensorBoard writer) -> more callbacks, such as
            metrics; called on the machine that writes, again after each return to a checkpoint.

    Returns:
        The run directory.

    Raises:
        UserError: the configuration, the data or the folder cannot be used, or the run had to end.
    """
    check_keras()
    configs.check(config, cluster.replicas)
    dataset = dataset or open_dataset(config.data)
    configs.check_data(config, dataset, cluster.replicas)
    start = None if transfer is None else newest(transfer)
    if start is not None:
        check_architecture(config, start)
    with tf32(config.tf32), explained(config, cluster, outdir):
        return _train(config, outdir, restart, start, dataset, cluster, make_callbacks)


def _train(config, outdir, restart, start, dataset, cluster, make_callbacks):
    run_dir, found = open_run(config, outdir, restart, dataset.name, cluster)
    log = run_dirs.Log(run_dir / "log.txt") if cluster.is_chief else silent
    log(f"{'Continuing' if found else 'Starting'} {run_dir}")
    if cluster.is_chief:
        run_dirs.write_options(run_dir, config)

    # The remapper fuses nothing in graphs with second derivatives, and logs an error for each.
    tf.config.optimizer.set_experimental_options({"remapping": False})
    keras.utils.set_random_seed(config.seed % 2**32)  # initial weights
    model = build_model(config, dataset, cluster)
    checkpoints = Checkpoints(run_dir, model, config, cluster=cluster)
    if checkpoints.restore_newest(log) is None:
        if start is not None:
            restore_networks(start, **{name: getattr(model, name) for name in NETWORKS})
            log(f"Starting from the networks of {start}")
        checkpoints.save()  # so that there always is one to go back to
    if model.images_done:
        log(f"Continuing after {model.images_done / 1000:g} kimg")
    log(summary(config, dataset, model))
    fit(model, config, dataset, run_dir, checkpoints, log, cluster, make_callbacks)
    return run_dir


def open_run(config: RunConfig, outdir, restart, name, cluster) -> tuple[pathlib.Path, bool]:
    """(run directory, whether it was there already); the chief chooses, the others follow.

    Raises:
        UserError: `outdir` cannot be written.
    """
    number = found = 0
    if cluster.is_chief:
        found = None if restart else run_dirs.find_run_dir(outdir, config)
        run_dir = found or run_dirs.new_run_dir(outdir, description(config, name))
        number = int(run_dir.name.split("-")[0])
    number, found = cluster.add([number, bool(found)])
    return next(pathlib.Path(outdir).glob(f"{number:05d}-*")), bool(found)


def silent(line: str = "") -> None:
    """The log of all machines but the chief."""


def resolve(preset: str, data, *, dataset, replicas=1, **overrides) -> RunConfig:
    """The configuration of a preset with some settings replaced.

    Args:
        preset: a name of `presets.NAMES`.
        data: DataConfig as the user gave it.
        dataset: opened from it; fills in what the user left open.
        replicas: GPUs that train together.
        **overrides: section name -> {setting: value}, and settings of RunConfig itself.

    Returns:
        A complete configuration.
    """
    data = dataclasses.replace(data, resolution=dataset.resolution, channels=dataset.channels)
    config = from_preset(preset, data, dataset.resolution, replicas, **overrides)
    return dataclasses.replace(config, num_classes=dataset.num_classes)


def build_model(config: RunConfig, dataset, cluster=ALONE) -> StyleGAN2ADA:
    """The compiled model of a configuration."""
    model = StyleGAN2ADA(
        dataset.resolution,
        dataset.channels,
        config.network,
        config.augment,
        label_frequencies=dataset.class_frequencies if dataset.num_classes else None,
        seed=config.seed,
        strategy=cluster.strategy,
    )
    xla = {"auto": "auto", "on": True, "off": False}[config.xla]
    whole = config.batch_gpu * cluster.replicas == config.batch
    model.compile(
        config.loss,
        config.optimizer,
        config.ema,
        batch_gpu=None if whole else config.batch_gpu,
        jit_compile=xla,
    )
    return model


def fit(
    model, config: RunConfig, dataset, run_dir, checkpoints, log, cluster=ALONE, make_callbacks=None
) -> None:
    """Train to the end of the schedule, or until a signal.

    Raises:
        UserError: the networks became NaN, twice in a row from the same checkpoint.
    """
    if model.images_done >= config.images:
        log(
            f"This run is complete at {model.images_done / 1000:g} kimg;"
            " a larger kimg continues it."
        )
        return
    tick_images = config.tick_images
    guard = GuardCallback(log, tick_images)
    saving = SavingCallback(
        checkpoints, log, tick_images, config.snap, config.checkpoint_minutes, guard.check, cluster
    )
    roll_back = Rollback(model, checkpoints, log)
    with saving.signals():
        while model.images_done < config.images and not saving.stopped_by:
            try:
                _fit(model, config, dataset, run_dir, log, cluster, guard, saving, make_callbacks)
                if model.stop_training:
                    break
            except NotFinite as problem:
                roll_back(problem)
    done = "Stopped" if saving.stopped_by else "Finished"
    log(f"{done} at {model.images_done / 1000:g} kimg: {run_dir}")


def _fit(model, config, dataset, run_dir, log, cluster, guard, saving, make_callbacks=None) -> None:
    """Train to the end, or until one of the callbacks ends it."""
    tick_images = config.tick_images
    # The order matters: p moves before a checkpoint is written, pictures before TensorBoard closes.
    callbacks = [guard, *control(model, config, dataset, log), saving]
    with contextlib.ExitStack() as stack:
        if cluster.is_chief:
            status = StatusCallback(run_dir, log, tick_images)
            stack.callback(status.writer.close)
            pictures = PictureCallback(
                run_dir, dataset, status.writer, tick_images, config.snap, config.batch_gpu
            )
            stack.callback(pictures.close)
            more = []
            if make_callbacks is not None:
                more = make_callbacks(run_dir, log, tick_images, status.writer)
            callbacks[-1:] = [pictures, *more, saving, status, ProgressCallback(config.images)]
        model.fit(
            dataset.distribute(
                cluster.strategy, config.batch, model.images_done, model.seed_stream
            ),
            steps_per_epoch=-(-(config.images - model.images_done) // config.batch),
            epochs=1,
            shuffle=False,  # the stream is shuffled, and resumable
            verbose=0,
            callbacks=callbacks,
        )


def control(model, config: RunConfig, dataset, log) -> list:
    """The callbacks that move p."""
    augment = config.augment
    if augment.mode not in ("ada", "adarv"):
        return []
    mover = AdaCallback(
        model.augment,
        target=augment.target,
        kimg=augment.kimg,
        interval_images=augment.interval * config.batch,
        statistic="rv" if augment.mode == "adarv" else "rt",
        cap=augment.cap,
        log=log,
    )
    if augment.mode == "ada":
        return [mover]
    return [ValidationCallback(dataset.validation, config.batch), mover]


def description(config: RunConfig, name: str) -> str:
    """What the run directory is called, after its number."""
    usual = from_preset(config.preset, config.data, config.data.resolution)
    return run_dirs.describe(config, usual, name)


def summary(config: RunConfig, dataset, model) -> str:
    """What is about to be trained, in a few lines."""
    classes = f", {dataset.num_classes} classes" if dataset.num_classes else ""
    products = ", float32 products in TF32" if config.tf32 and choice.on_gpu() else ""
    low = f"{config.network.precision} in the top {config.network.num_low_precision} resolutions"
    return (
        f"Data      {dataset.name}: {dataset.num_images} images, {dataset.resolution}x{dataset.resolution},"
        f" {'grey' if dataset.channels == 1 else 'colour'}{classes}\n"
        f"Networks  generator {count_weights(model.generator.trainable_variables):,} weights, discriminator {count_weights(model.discriminator.trainable_variables):,},"
        f" {low if config.network.num_low_precision else 'float32'}{products}\n"
        f"Training  {config.kimg:g} kimg in batches of {config.batch}, augmentation {config.augment.mode}"
        f" ({config.augment.pipe}), XLA {'on' if model.use_xla else 'off'}"
    )


def check_keras() -> None:
    """The trainer needs a newer Keras than the augmentation alone.

    Raises:
        UserError: the installed Keras is too old.
    """
    version = tuple(int(part) for part in keras.__version__.split(".")[:2])
    if version < OLDEST_KERAS:
        raise UserError(
            f"Keras {keras.__version__} is too old for the trainer, which needs 3.10 or later;"
            " pip install -U keras."
        )
