"""A run in this process: open or continue it, train, save."""

import contextlib
import dataclasses
import functools
import os
import pathlib

import keras

from ada_tf.channels import in_words
from ada_tf.data import open_dataset
from ada_tf.data.prepared import data_report
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.label_space import label_scales
from ada_tf.models import count_weights
from ada_tf.models.build import check_networks
from ada_tf.models.config import Architecture
from ada_tf.models.precision import computed_in
from ada_tf.ops import choice, folded_convolutions, tf32, without_remapper
from ada_tf.settings import differences
from ada_tf.training import check_settings
from ada_tf.training.callbacks.board import write_settings
from ada_tf.training.callbacks.control import ada_callbacks
from ada_tf.training.callbacks.grids import GridCallback
from ada_tf.training.callbacks.nan_guard import GuardCallback, NotFinite
from ada_tf.training.callbacks.saving import SavingCallback
from ada_tf.training.callbacks.status import EstimateCallback, ProgressCallback, StatusCallback
from ada_tf.training.callbacks.ticks import Stopwatch, TickCallback
from ada_tf.training.cluster import ALONE, machines_agree
from ada_tf.training.config import RunConfig
from ada_tf.training.failures import explained
from ada_tf.training.model import StyleGAN2ADA
from ada_tf.training.preset_table import kimg_of
from ada_tf.training.presets import preset
from ada_tf.training.runs import run_dir as run_dirs
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import NETWORKS, TrainingData, read_data
from ada_tf.training.runs.snapshots import Snapshots
from ada_tf.training.runs.trained import open_run
from ada_tf.training.runs.transfer import check_start, start
from ada_tf.training.signals import StopSignals
from ada_tf.training.time_left import Goals

_OLDEST_KERAS = (3, 10)  # the augmentation alone runs with older ones


def train(
    config: RunConfig,
    outdir,
    restart=False,
    dataset=None,
    cluster=ALONE,
    make_callbacks=None,
    accept_changed_data=False,
    open_networks=open_run,
) -> pathlib.Path:
    """Start a run, or continue the newest one, with the arguments of `ada_tf.train`.

    `open_networks` opens those of `config.resume`: (path, argument) -> `Trained`. The default knows
    runs and checkpoints alone.
    """
    check_keras()
    check_settings.check(config, cluster.replicas)
    # After the check: preparing images takes minutes, a wrong setting is told at once.
    dataset = dataset or open_dataset(config.data)
    check_settings.check_data(config, dataset, cluster.replicas)

    @functools.cache  # a file of hundreds of megabytes is read once
    def source():
        return open_networks(config.resume, "resume")

    # Before a run directory appears: a run that cannot start leaves nothing behind.
    def before_new():
        check_networks(
            Architecture(
                network=config.network,
                shape=dataset.shape,  # of the data, where the configuration leaves it open
                num_classes=config.num_classes,
                num_attributes=len(config.attributes),
                attribute_scales=config.attribute_scales,
            )
        )
        if config.resume is not None:
            check_start(config.architecture, source(), config.resume_partial)

    # Compared with the checkpoint: a run goes on with the images that it began with.
    data = TrainingData(dataset.num_originals, dataset.fingerprint)
    machines_agree(cluster, config, data)
    with (
        tf32(config.tf32),
        folded_convolutions(config.conv == "folded"),
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
        # The chief numbers the run; the others hear its name and write nothing.
        run_dir = pathlib.Path(outdir) / cluster.from_chief(run_dir.name if run_dir else "")
        log = run_dirs.Log(run_dir / "log.txt") if cluster.is_chief else _silent
        config = _as_begun(config, run_dir, log)
        model = build_model(config, dataset, cluster)
        checkpoints = Checkpoints(run_dir, model, config, cluster=cluster, data=data)
        session = Session(model, config, dataset, checkpoints, log, cluster, make_callbacks)
        session.open(source, data, accept_changed_data)
        session.train()
    return run_dir


def _as_begun(config: RunConfig, run_dir, log) -> RunConfig:
    """The configuration with the scales of attributes that the run began with.

    Other data, or an older version of ada_tf, may have other ones; the weights have learnt these.
    """
    if not config.attributes:
        return config
    scales = run_dirs.read_options(run_dir).attribute_scales
    if config.attribute_scales and not scales:
        log("Labels    as they are: this run began before attributes were standardised inside")
    return dataclasses.replace(config, attribute_scales=scales)


def _silent(line: str = "") -> None:
    """Log of all machines but the chief."""


class Session:
    """A run as this process trains it.

    Args:
        model: compiled, as from `build_model`.
        config: of the run.
        dataset: the training images.
        checkpoints: of the run; the parent of their folder is the run directory.
        log: called with lines for the user.
        cluster: the devices and machines that train together.
        make_callbacks: see `ada_tf.train`.
    """

    def __init__(
        self, model, config, dataset, checkpoints, log, cluster=ALONE, make_callbacks=None
    ):
        self.model, self.config, self.dataset = model, config, dataset
        self.checkpoints, self.log, self.cluster = checkpoints, log, cluster
        self.run_dir = checkpoints.folder.parent
        self._make_callbacks = make_callbacks
        self._signals = None
        self._went_back_to = None  # image counter of the last `roll_back`

    @property
    def kimg(self) -> float:
        """Thousands of images that were trained on."""
        return self.model.images_done / 1000

    def open(self, source, data: TrainingData, accept_changed_data=False) -> None:
        """Continue from the newest checkpoint, or start and save the first one.

        Args:
            source: () -> `Trained`, the networks of `config.resume`.
            data: the images of `dataset`, to compare with those of the checkpoint.
            accept_changed_data: continue with other images.

        Raises:
            UserError: the checkpoint or the source cannot be used, or the images have changed.
        """
        found = self.checkpoints.restore_newest(self.log)
        self.log(f"{'Starting' if found is None else 'Continuing'} {self.run_dir}")
        if found is not None:
            _check_images(data, read_data(found), self.dataset.name, accept_changed_data, self.log)
            self.log(f"Continuing after {self.kimg:g} kimg")
        else:
            if self.config.resume is not None:
                _start_from(self.model, self.config, source(), self.log)
            # Also what a kill in the first minutes continues from.
            self.checkpoints.save()  # `roll_back` needs one to go back to
        if self.cluster.is_chief and self.dataset.prepared_in is not None:
            data_report.copy(self.dataset.prepared_in, self.run_dir)
        self.log(summary(self.config, self.dataset, self.model))

    def train(self) -> None:
        """Train to the end of the schedule, or until a signal or a callback stops it.

        Raises:
            UserError: the networks became NaN twice in a row from the same checkpoint.
        """
        if not self._is_unfinished():
            self.log(f"This run is complete at {self.kimg:g} kimg; a larger kimg continues it.")
            return
        # Around the whole loop, so that a signal during a roll-back counts as well.
        with StopSignals(self.log) as self._signals:
            while self._is_unfinished() and self._signals.received is None:
                try:
                    self._fit()
                except NotFinite as problem:
                    self.roll_back(problem)
                else:
                    if self.model.stop_training:
                        break
        done = "Finished" if self._signals.received is None else "Stopped"
        self.log(f"{done} at {self.kimg:g} kimg: {self.run_dir}")

    def _is_unfinished(self) -> bool:
        return self.model.images_done < self.config.images

    def _fit(self) -> None:
        """Call `fit` once, for all images that are left."""
        model, config = self.model, self.config
        with contextlib.ExitStack() as stack:
            callbacks = self.callbacks(stack)
            # A run that patience has ended stays ended, without another batch.
            if any(isinstance(c, TickCallback) and c.is_over(model.images_done) for c in callbacks):
                model.stop_training = True
                return
            model.fit(
                self.dataset.distribute(
                    self.cluster.strategy, config.batch, model.clock.images, model.clock.stream
                ),
                # Rounded up: the last batch may pass the end
                steps_per_epoch=-(-(config.images - model.images_done) // config.batch),
                epochs=1,
                shuffle=False,  # the stream is shuffled, and resumable
                verbose=0,
                callbacks=callbacks,
            )

    def callbacks(self, stack: contextlib.ExitStack) -> list:
        """Make the callbacks of a call of `fit`, in the order in which Keras calls them.

        Args:
            stack: closes the files that they open.
        """
        config, log, tick_images = self.config, self.log, self.config.tick_images
        guard, stopwatch = GuardCallback(log, tick_images), Stopwatch(tick_images)
        reports, before_saving, bar = [], [guard.check], []
        if self.cluster.is_chief:
            status = StatusCallback(self.run_dir, log, tick_images, stopwatch)
            stack.callback(status.writer.close)
            write_settings(status.writer, self.model.images_done, config)
            grids = GridCallback(
                self.run_dir, self.dataset, status.writer, tick_images, config.snap,
                config.batch_gpu,
            )  # fmt: skip
            stack.callback(grids.close)
            more = []
            if self._make_callbacks is not None:
                more = self._make_callbacks(self.run_dir, log, tick_images, status.writer)
            time_left = EstimateCallback(
                _goals_of(config, self.dataset), stopwatch, log, tick_images
            )
            reports = [grids, *more, status, time_left]
            before_saving.append(grids.flush)
            bar = [ProgressCallback(config.images)]
        saving = SavingCallback(
            self.checkpoints,
            Snapshots(self.run_dir, self.model, config, self.cluster.is_chief),
            log, tick_images, config.snap, config.checkpoint_minutes, self._signals, before_saving,
            self.cluster,
        )  # fmt: skip
        return [
            guard,  # before all who read the networks; looking for NaN waits for the device
            *ada_callbacks(self.model, config, self.dataset, log),  # p moves
            stopwatch,  # stops here, so that the time of reports does not count as training
            *reports,
            saving,  # behind the reports of a tick: a run that continues does not repeat them
            *bar,
        ]

    def roll_back(self, problem: NotFinite) -> None:
        """Go back to the newest checkpoint and on with another stream of random numbers.

        Raises:
            UserError: training failed twice from the same checkpoint.
        """
        model, failed = self.model, self.model.clock.stream
        self.checkpoints.restore_newest(self.log)
        images = model.images_done
        if images == self._went_back_to:
            raise UserError(
                f"{problem}, twice in a row from the checkpoint after {images} images, which is"
                f" kept in {self.checkpoints.folder}; lower --lr, raise --gamma or use --fp32."
            )
        self._went_back_to = images
        # Same images, other random numbers and order: the same ones would fail again.
        model.clock.go_to(images, failed + 1)
        model.non_finite.forget()
        self.log(
            f"Warning: {problem}; going back to the checkpoint after {images} images, on with seed"
            f" stream {failed + 1}."
        )


def build_model(config: RunConfig, dataset, cluster=ALONE) -> StyleGAN2ADA:
    """Build and compile the model of a configuration, for `fit`, as ada-train does.

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
        label_scales=label_scales(config.num_classes, config.attribute_scales),
    )
    # One part a replica is no accumulation; None then allows the fused program.
    whole = config.batch_gpu * cluster.replicas == config.batch
    model.compile(
        config.loss,
        config.optimizer,
        config.ema,
        batch_gpu=None if whole else config.batch_gpu,
        jit_compile={"auto": "auto", "on": True, "off": False}[config.xla],
    )
    return model


def _start_from(model, config: RunConfig, trained, log) -> None:
    """Load the networks that a run starts from, and log their settings and changes."""
    networks = {name: getattr(model, name) for name in NETWORKS}
    lines = start(networks, config.architecture, trained, config.resume_partial, config.attributes)
    log(f"Starting from the networks of {printable(trained.name)}")
    # What differs from the preset came with the networks, and deserves a line.
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


def _check_images(ours: TrainingData, theirs: TrainingData, name, accept: bool, log) -> None:
    """Refuse to continue a run with other images than it had.

    Raises:
        UserError: the images differ, and `accept` is False.
    """
    if ours == theirs:
        return
    change = f"{name} has {ours.images} images now, {theirs.images} when this run was saved"
    if ours.images == theirs.images:
        change = f"{name} has {ours.images} other images now than when this run was saved"
    if not accept:
        raise UserError(
            f"{change}; give --accept_changed_data to go on with them, or --restart to open a new"
            " run."
        )
    log(f"Warning: {change}; going on with them.")


def _goals_of(config: RunConfig, dataset) -> Goals:
    """Return the image counters that a run heads for."""
    usual = kimg_of(dataset.shape.side, dataset.num_originals)
    return Goals(config.images, config.snap * config.tick_images, round(usual * 1000))


def description(config: RunConfig, dataset, replicas: int) -> str:
    """Return the name of the run directory, after its number."""
    usual = preset(config.preset, data=config.data, dataset=dataset, replicas=replicas)
    return run_dirs.describe(config, usual, dataset.name)


def summary(config: RunConfig, dataset, model) -> str:
    """Describe data, networks and training, a line each."""
    labels = f", {dataset.label_space.in_words()}" if dataset.label_dim else ""
    products = ", float32 products in TF32" if config.tf32 and choice.on_gpu() else ""
    folded = ", convolutions folded" if config.conv == "folded" else ""
    shape = dataset.shape
    deep = "" if dataset.bits == 8 else f" in {dataset.bits} bits"
    counts = [
        count_weights(network.trainable_variables)
        for network in (model.generator, model.discriminator)
    ]
    return (
        f"Data      {dataset.name}: {dataset.num_images} images, {shape.width}x{shape.height},"
        f" {in_words(shape.channels)}{deep}{labels}\n"
        f"Networks  generator {counts[0]:,} weights, discriminator {counts[1]:,},"
        f" {_precision(config.network)}{products}{folded}\n"
        f"Training  {config.kimg:g} kimg in batches of {config.batch}, augmentation"
        f" {config.augment.mode} ({config.augment.pipe}), XLA {'on' if model.use_xla else 'off'}"
        f"{_memory_of_cards()}"
    )


def _memory_of_cards() -> str:
    """Return a line about the memory that TensorFlow takes at its start, where there is a GPU."""
    if not choice.on_gpu() or os.environ.get("TF_FORCE_GPU_ALLOW_GROWTH") == "true":
        return ""
    return (
        "\nMemory    all of each card, which is fastest; other programs of ada_tf run beside it if it was"
        " started with TF_FORCE_GPU_ALLOW_GROWTH=true"
    )


def _precision(network) -> str:
    """Describe the precision of networks on this machine."""
    network = computed_in(network)
    precision = network.products
    if precision == "float32":
        return "float32"
    low = getattr(network, "num_low_precision", None)  # another family may have another word
    where = f"in the top {low} resolutions" if low else "in part"
    if choice.activations_of(precision) != precision:
        return f"float32, multiplied as {precision} {where}"
    if not choice.on_gpu():
        return f"{precision} {where}, several times slower than float32 on a CPU"
    return f"{precision} {where}"


def check_keras() -> None:
    """Refuse a Keras that is too old for the trainer.

    Raises:
        UserError: naming both versions.
    """
    version = tuple(int(part) for part in keras.__version__.split(".")[:2])
    if version < _OLDEST_KERAS:
        raise UserError(
            f"Keras {keras.__version__} is too old for the trainer, which needs 3.10 or later;"
            " pip install -U keras."
        )
