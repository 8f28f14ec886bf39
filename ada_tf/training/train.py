"""A whole run: open the data, build or continue, train, save."""

import contextlib
import functools
import pathlib

import keras

from ada_tf.channels import in_words
from ada_tf.data import open_dataset
from ada_tf.data.prepared import data_report
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.models import count_weights
from ada_tf.models.build import check_networks
from ada_tf.models.precision import computed_in
from ada_tf.ops import choice, tf32, without_remapper
from ada_tf.settings import differences
from ada_tf.training import consistency
from ada_tf.training.callbacks.board import write_settings
from ada_tf.training.callbacks.control import ada_callbacks
from ada_tf.training.callbacks.grids import GridCallback
from ada_tf.training.callbacks.nan_guard import GuardCallback, NotFinite, Rollback
from ada_tf.training.callbacks.saving import SavingCallback
from ada_tf.training.callbacks.status import EstimateCallback, ProgressCallback, StatusCallback
from ada_tf.training.callbacks.ticks import Stopwatch, TickCallback
from ada_tf.training.cluster import ALONE
from ada_tf.training.config import RunConfig
from ada_tf.training.failures import explained
from ada_tf.training.forecast import Plan
from ada_tf.training.model import StyleGAN2ADA
from ada_tf.training.preset_table import kimg_of
from ada_tf.training.presets import preset
from ada_tf.training.runs import run_dir as run_dirs
from ada_tf.training.runs.agreement import check_images, machines_agree
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import NETWORKS, TrainingData, read_data
from ada_tf.training.runs.snapshots import Snapshots
from ada_tf.training.runs.trained import open_trained
from ada_tf.training.runs.transfer import check_start, start
from ada_tf.training.signals import StopSignals

OLDEST_KERAS = (3, 10)


def train(
    config: RunConfig,
    outdir,
    restart=False,
    dataset=None,
    cluster=ALONE,
    make_callbacks=None,
    accept_changed_data=False,
) -> pathlib.Path:
    """Start a run, or continue the newest one of the same configuration.

    Args:
        config: complete, as from `preset`.
        outdir: folder of the run directories.
        restart: open a new run in any case.
        dataset: of `config.data`, if it is open already.
        cluster: the devices and machines that train together.
        make_callbacks: (run_dir, log, tick_images, TensorBoard writer) -> more callbacks, such as
            metrics; called on the machine that writes, again after each return to a checkpoint.
        accept_changed_data: continue a run with other images than it had.

    Returns:
        The run directory.

    Raises:
        UserError: the configuration, the data or the folder cannot be used, another process trains
            the run, or it had to end.
    """
    check_keras()
    consistency.check(config, cluster.replicas)
    dataset = dataset or open_dataset(config.data)
    consistency.check_data(config, dataset, cluster.replicas)

    @functools.cache  # a source of hundreds of megabytes is read once
    def source():
        return open_trained(config.resume, "resume")

    def before_new():
        check_networks(config.architecture)
        if config.resume is not None:
            check_start(config.architecture, source(), config.resume_partial)

    data = TrainingData(dataset.num_originals, dataset.fingerprint)
    machines_agree(cluster, config, data)
    with (
        tf32(config.tf32),
        without_remapper(),
        explained(config, cluster, outdir),
        contextlib.ExitStack() as stack,
    ):
        run_dir = None
        if cluster.is_chief:
            name = description(config, dataset, cluster.replicas)
            run_dir = stack.enter_context(
                run_dirs.owned(outdir, config, name, restart, print, before_new)
            )
        run_dir = pathlib.Path(outdir) / cluster.from_chief(run_dir.name if run_dir else "")
        _train(config, source, run_dir, dataset, data, accept_changed_data, cluster, make_callbacks)
    return run_dir


def _train(config, source, run_dir, dataset, data, accept_changed_data, cluster, make_callbacks):
    log = run_dirs.Log(run_dir / "log.txt") if cluster.is_chief else silent
    model = build_model(config, dataset, cluster)
    checkpoints = Checkpoints(run_dir, model, config, cluster=cluster, data=data)
    found = checkpoints.restore_newest(log)
    log(f"{'Starting' if found is None else 'Continuing'} {run_dir}")
    if found is not None:
        check_images(data, read_data(found), dataset.name, accept_changed_data, log)
        log(f"Continuing after {model.images_done / 1000:g} kimg")
    else:
        if config.resume is not None:
            start_from(model, config, source(), log)
        checkpoints.save()  # so that there always is one to go back to
    if cluster.is_chief and dataset.prepared_in is not None:
        data_report.copy(dataset.prepared_in, run_dir)
    log(summary(config, dataset, model))
    fit(model, config, dataset, run_dir, checkpoints, log, cluster, make_callbacks)


def start_from(model, config: RunConfig, trained, log) -> None:
    """Load the networks that a run is to start from."""
    networks = {name: getattr(model, name) for name in NETWORKS}
    lines = start(networks, config.architecture, trained, config.resume_partial)
    log(f"Starting from the networks of {printable(trained.name)}")
    usual = preset(config.preset, data=config.data)
    others = [
        d
        for d in differences(config.network, usual.network)
        if d.path not in config.network.without_weights
    ]
    if others:
        told = ", ".join(f"{d.path} {d.ours} instead of {d.theirs}" for d in others)
        log(f"As there  {told}")
    for line in lines:
        log(line)


def silent(line: str = "") -> None:
    """The log of all machines but the chief."""


def build_model(config: RunConfig, dataset, cluster=ALONE) -> StyleGAN2ADA:
    """The compiled model of a configuration, for `fit`: what ada-train trains.

    Args:
        config: complete, as from `preset`.
        dataset: the training images.
        cluster: the devices and machines that train together.
    """
    model = StyleGAN2ADA(
        dataset.shape,
        config.network,
        config.augment,
        label_source=dataset.label_source,
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
    guard = GuardCallback(log, config.tick_images)
    roll_back = Rollback(model, checkpoints, log)
    with StopSignals(log) as signals:
        while model.images_done < config.images and signals.received is None:
            try:
                _fit(
                    model, config, dataset, run_dir, checkpoints, log, cluster, guard, signals,
                    make_callbacks,
                )  # fmt: skip
                if model.stop_training:
                    break
            except NotFinite as problem:
                roll_back(problem)
    done = "Finished" if signals.received is None else "Stopped"
    log(f"{done} at {model.images_done / 1000:g} kimg: {run_dir}")


def _fit(
    model, config, dataset, run_dir, checkpoints, log, cluster, guard, signals, make_callbacks
) -> None:
    """Train to the end, or until one of the callbacks ends it."""
    tick_images, snap = config.tick_images, config.snap
    snapshots = Snapshots(run_dir, model, config, cluster.is_chief)
    before_saving, watching, more, progress = [guard.check], [], [], []
    stopwatch = Stopwatch(tick_images)
    with contextlib.ExitStack() as stack:
        if cluster.is_chief:
            status = StatusCallback(run_dir, log, tick_images, stopwatch)
            stack.callback(status.writer.close)
            write_settings(status.writer, model.images_done, config)
            grids = GridCallback(
                run_dir, dataset, status.writer, tick_images, snap, config.batch_gpu
            )
            stack.callback(grids.close)
            if make_callbacks is not None:
                more = make_callbacks(run_dir, log, tick_images, status.writer)
            before_saving.append(grids.flush)
            left = EstimateCallback(plan_of(config, dataset), stopwatch, log, tick_images)
            watching, progress = [grids, *more, status, left], [ProgressCallback(config.images)]
        saving = SavingCallback(
            checkpoints, snapshots, log, tick_images, snap, config.checkpoint_minutes, signals,
            before_saving, cluster,
        )  # fmt: skip
        if any(isinstance(c, TickCallback) and c.is_over(model.images_done) for c in more):
            model.stop_training = True
            return
        model.fit(
            dataset.distribute(
                cluster.strategy, config.batch, model.clock.images, model.clock.stream
            ),
            steps_per_epoch=-(-(config.images - model.images_done) // config.batch),
            epochs=1,
            shuffle=False,  # the stream is shuffled, and resumable
            verbose=0,
            # The order matters: p moves first; the guard has waited for the device when the watch
            # is stopped; a checkpoint is written after all that a tick leaves, for what came before
            # it is not done again.
            callbacks=[
                guard, *ada_callbacks(model, config, dataset, log), stopwatch, *watching, saving,
                *progress,
            ],
        )  # fmt: skip


def plan_of(config: RunConfig, dataset) -> Plan:
    """Where a run goes."""
    usual = kimg_of(dataset.shape.side, dataset.num_originals)
    return Plan(config.images, config.snap * config.tick_images, round(usual * 1000))


def description(config: RunConfig, dataset, replicas: int) -> str:
    """What the run directory is called, after its number."""
    usual = preset(config.preset, data=config.data, dataset=dataset, replicas=replicas)
    return run_dirs.describe(config, usual, dataset.name)


def summary(config: RunConfig, dataset, model) -> str:
    """What is about to be trained, in a few lines."""
    labels = f", {dataset.label_space.in_words()}" if dataset.label_dim else ""
    products = ", float32 products in TF32" if config.tf32 and choice.on_gpu() else ""
    shape = dataset.shape
    deep = "" if dataset.bits == 8 else f" in {dataset.bits} bits"
    return (
        f"Data      {dataset.name}: {dataset.num_images} images, {shape.width}x{shape.height},"
        f" {in_words(shape.channels)}{deep}{labels}\n"
        f"Networks  generator {count_weights(model.generator.trainable_variables):,} weights, discriminator {count_weights(model.discriminator.trainable_variables):,},"
        f" {numbers(config.network)}{products}\n"
        f"Training  {config.kimg:g} kimg in batches of {config.batch}, augmentation {config.augment.mode}"
        f" ({config.augment.pipe}), XLA {'on' if model.use_xla else 'off'}"
    )


def numbers(network) -> str:
    """What networks are computed in, in words."""
    network = computed_in(network)
    precision, low = network.precision, network.num_low_precision
    if not low or precision == "float32":
        return "float32"
    where = f"in the top {low} resolutions"
    if choice.activations_of(precision) != precision:
        return f"float32, multiplied as {precision} {where}"
    if not choice.on_gpu():
        return f"{precision} {where}, several times slower than float32 on a CPU"
    return f"{precision} {where}"


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
