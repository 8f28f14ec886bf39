"""The trainable model: both networks, the averaged generator and the augmentation, under `fit`."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from ada_tf.augment import AdaptiveAugmentation, pseudo_reals
from ada_tf.errors import UserError, given_or
from ada_tf.models.build import make_discriminator, make_generator, seeded
from ada_tf.models.families import NetworkSettings
from ada_tf.ops import choice
from ada_tf.settings import scheduled, value_at
from ada_tf.shape import Shape
from ada_tf.training.freeze import freeze
from ada_tf.training.iteration.clock import Clock
from ada_tf.training.iteration.config import OptimizerConfig
from ada_tf.training.iteration.inputs import Networks
from ada_tf.training.iteration.non_finite import NonFinite
from ada_tf.training.iteration.optimizer import LazyAdam
from ada_tf.training.iteration.stats import Stats
from ada_tf.training.iteration.step import Plan, Step
from ada_tf.training.iteration.table import lazy_ratio, running_means
from ada_tf.training.presets import preset

# Iterations from one reading of the logs of `fit` to the next. `fit` makes numbers of the logs after
# every batch; of tensors that would wait each time until a GPU has done all of its work.
LOGGED_EVERY = 50


class StyleGAN2ADA(keras.Model):
    """StyleGAN2 with adaptive discriminator augmentation, trained by `compile` and `fit`.

    Arguments that are not given, here and in `compile`, come from the preset `auto` at this
    resolution. The logs of `fit` are "g_loss", "d_loss" and "ada_p" of every 50th iteration; `stats`
    has all of them.

    Args:
        shape: of the images, `Shape` or (height, width, channels).
        network: NetworkConfig, or the settings of another family of networks.
        augment: AugmentConfig; mode "noaug" leaves the augmentation out.
        label_source: distribution of the fakes' labels: [c_dim] share of each class in the data, or
            [n, c_dim] label vectors of all images; None is unconditional.
        seed: of everything random: initial weights and training.
        strategy: of tf.distribute; None is the one whose scope this is. For several machines it must
            be given here: Keras' `fit` does not know them, and is then not told of the strategy.
        label_scales: (mean, deviation) of each number of a label, by which the networks standardise
            labels; None takes them as they are.

    Attributes:
        generator, generator_ema, discriminator: the networks.
        augment: the `AdaptiveAugmentation`, or None.
        clock: images seen so far, and the stream of random numbers.
        stats: statistics since the last reading.
        non_finite: NaN and infinity since the last reading.
        means: name -> variable, running means of the losses, once compiled.

    Raises:
        UserError: an argument is of another kind.
    """

    def __init__(
        self,
        shape,
        network=None,
        augment=None,
        label_source=None,
        seed=0,
        strategy=None,
        name="stylegan2_ada",
        label_scales=None,
    ):
        super().__init__(name=name, dtype="float32")
        self.strategy = strategy or tf.distribute.get_strategy()
        self.shape, self.seed = Shape.of(shape), seed
        # Defaults of all that is not given, here and in `compile`.
        self._usual = preset("auto", resolution=self.shape.resolution, channels=self.shape.channels)
        self.network_config = given_or("network", network, self._usual.network, NetworkSettings)
        self.augment_config = given_or("augment", augment, self._usual.augment)
        self.label_source = None if label_source is None else np.asarray(label_source, np.float32)
        self.c_dim = 0 if label_source is None else self.label_source.shape[-1]
        self._label_scales = label_scales
        # Variables belong to the scope that made them: replicas hold copies only of these.
        with self.strategy.scope(), seeded(seed):
            self._make_variables()
        self.clock, self.stats, self.non_finite = Clock(), Stats(), NonFinite()
        self.step = None  # of training; made by `make_train_function`
        self.built = True

    def _make_variables(self):
        made = (self.network_config, self.shape, self.c_dim)
        scales = self._label_scales
        self.generator = make_generator(*made, "generator", scales)
        self.generator_ema = make_generator(*made, "generator_ema", scales)
        self.discriminator = make_discriminator(*made, label_scales=scales)
        for average, weight in zip(
            self.generator_ema.variables, self.generator.variables, strict=True
        ):
            # The average starts at the network itself, not at other random weights.
            average.assign(weight)
        self.augment = None
        if self.augment_config.mode != "noaug":
            self.augment = AdaptiveAugmentation(
                self.augment_config.pipe,
                p=value_at(self.augment_config.p, 0),
                seed=self.seed,
                resample=self.augment_config.resample,
            )

    def compile(self, loss=None, optimizer=None, ema=None, batch_gpu=None, jit_compile="auto"):
        """Set losses, optimizers and the average.

        Args:
            loss: LossConfig.
            optimizer: OptimizerConfig of both networks.
            ema: EmaConfig.
            batch_gpu: images of one replica at a time, gradients are accumulated; None is all.
            jit_compile: compile phases with XLA; "auto" does on a GPU. On a CPU, XLA is slower than
                TensorFlow's own kernels.

        Raises:
            UserError: an argument is of another kind; `jit_compile` is none of True, False, "auto".
        """
        if jit_compile not in (True, False, "auto"):
            raise UserError(f"jit_compile={jit_compile!r} must be True, False or 'auto'.")
        # Keras compiles nothing here: phases are compiled one by one by `Step`.
        super().compile(optimizer=None, jit_compile=False)
        self.loss_config = given_or("loss", loss, self._usual.loss)
        self.ema_config = given_or("ema", ema, self._usual.ema)
        settings = given_or("optimizer", optimizer, self._usual.optimizer)
        self.optimizer_config = settings
        self.batch_gpu = batch_gpu
        self.use_xla = choice.compiles() if jit_compile == "auto" else jit_compile
        freeze(self.generator, self.discriminator, settings)
        with self.strategy.scope():
            self.g_optimizer = self._optimizer("generator", settings)
            self.d_optimizer = self._optimizer("discriminator", settings)
            self.means = {
                name: tf.Variable(0.0, trainable=False, name=name)
                for name in running_means(self.loss_config)
            }

    def _optimizer(self, network: str, settings: OptimizerConfig):
        optimizer = LazyAdam(settings, lazy_ratio(network, self.loss_config))
        # Built now: a checkpoint restores moments into variables that exist.
        optimizer.build(getattr(self, network).trainable_variables)
        return optimizer

    def make_train_function(self, force=False):
        """Make the function that `fit` calls once a batch. It is Python, and picks the phases."""
        if self.train_function is not None and not force:
            return self.train_function
        with self.strategy.scope():
            self.step = self._make_step()
        self.non_finite.watch(self.step.watched_tensors())

        def train_function(iterator):
            images, labels = unpack(next(iterator))
            batch = self._global_batch(images)
            # Entered by each iteration: Keras' `fit` may not know of the strategy.
            with self.strategy.scope():
                self._set_fixed_p()
                moments, bad = self.step(images, labels, batch)
            # Before the clock moves: reports say after how many images an iteration began.
            self.non_finite.report(self.clock.images, bad)
            # A Python number: the graph never counts, so that both cannot disagree.
            self.clock.images += batch
            self.stats.report(moments)
            # Reading waits for the device; in between the last numbers stand.
            if next(calls) % LOGGED_EVERY == 0:
                logs.update(self._read_logs(moments))
            return dict(logs)

        calls, logs = itertools.count(), {}
        self.train_function = train_function
        return train_function

    def _make_step(self) -> Step:
        optimizers = {"generator": self.g_optimizer, "discriminator": self.d_optimizer}
        plan = Plan(
            self.loss_config, self.ema_config, self.seed, self.batch_gpu, self.use_xla,
            by_signs=self.augment_config.mode != "adarv",
        )  # fmt: skip
        return Step(
            self._networks(), self.generator_ema, optimizers, self.augment, self.clock, plan,
            self.strategy,
        )  # fmt: skip

    def _networks(self) -> Networks:
        adaptive = getattr(self.discriminator, "adaptive", False)
        if adaptive and self.augment is None:
            raise UserError(
                f"{type(self.discriminator).__name__} follows p, which there is not with mode='noaug'."
            )
        return Networks(
            generator=self.generator,
            discriminator=self.discriminator,
            augment=self._augmented,
            label_source=None if self.label_source is None else tf.constant(self.label_source),
            means=self.means,
            pseudo_reals=self._pseudo_reals if self.augment_config.pseudo_reals else None,
            p=self.augment.p if adaptive else None,
        )

    def _set_fixed_p(self):
        """Let a p that nothing else moves follow its schedule."""
        settings = self.augment_config
        if settings.mode == "fixed" and "p" in scheduled(settings):
            self.augment.p.assign(settings.p(self.clock.images))

    def settings_now(self) -> dict[str, float]:
        """Present numbers of all scheduled settings by path, such as "optimizer.learning_rate"."""
        sections = {
            "loss": self.loss_config,
            "optimizer": self.optimizer_config,
            "ema": self.ema_config,
            "augment": self.augment_config,
        }
        return {
            f"{section}.{name}": schedule(self.clock.images)
            for section, config in sections.items()
            for name, schedule in scheduled(config).items()
        }

    def _augmented(self, images, seed):
        return images if self.augment is None else self.augment(images, seed=seed)

    def _pseudo_reals(self, reals, fakes, seed):
        return pseudo_reals(reals, fakes, self.augment.p, seed)

    @property
    def images_done(self) -> int:
        """Images trained on so far, by all replicas together."""
        return self.clock.images

    def _global_batch(self, images) -> int:
        local = self.strategy.experimental_local_results(images)
        return local[0].shape[0] * self.strategy.num_replicas_in_sync

    def _read_logs(self, moments) -> dict[str, float]:
        """Losses of an iteration and p; waits for the device."""
        logs = {}
        for phase in self.step.phases:
            if phase.log is not None and phase.name in moments:
                count, total, _ = moments[phase.name][f"Loss/{phase.total}"].numpy()
                logs[phase.log] = float(total / count)
        if self.augment is not None:
            logs["ada_p"] = float(tf.convert_to_tensor(self.augment.p))
        return logs

    def call(self, z, labels=None, truncation_psi=1.0):
        """Images of the averaged generator."""
        return self.generator_ema(z, labels, truncation_psi=truncation_psi)

    def evaluate(self, *args, **kwargs):
        """Refuse: no loss says how good a GAN is."""
        raise UserError("a GAN has no loss to evaluate; score its images with ada_tf.evaluate.")

    def save(self, *args, **kwargs):
        """Refuse: checkpoints save a model in training, and its generator_ema saves itself."""
        raise UserError(
            "a model in training has no file of its own; save its generator_ema, or train with"
            " ada_tf.train, which writes checkpoints."
        )

    def get_config(self):
        """Refuse: labels belong to the data, so a configuration could not build the model again."""
        raise UserError(
            "a model in training has no configuration of its own; its generator_ema has, and so"
            " have the configurations that it was made of."
        )


def unpack(batch):
    """Return (images, labels) of a batch: {"images", "labels"}, a pair, or images alone (class 0)."""
    if isinstance(batch, dict):
        return batch["images"], batch["labels"]
    if isinstance(batch, (tuple, list)):
        return batch
    return batch, tf.zeros([batch.shape[0]], tf.int32)
