"""The trainable model: both networks, the averaged generator and the augmentation, under `fit`."""

import keras
import numpy as np
import tensorflow as tf

from ada_tf.augment import AdaptiveAugmentation
from ada_tf.errors import UserError
from ada_tf.models.build import make_discriminator, make_generator
from ada_tf.ops import choice
from ada_tf.training.config import AugmentConfig, NetworkConfig
from ada_tf.training.iteration import phases
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig
from ada_tf.training.iteration.non_finite import Health
from ada_tf.training.iteration.stats import Stats
from ada_tf.training.iteration.step import Step

# Seed streams are this far apart, on the image counter.
STREAM = 2**48


class StyleGAN2ADA(keras.Model):
    """StyleGAN2 with adaptive discriminator augmentation, trained by `compile` and `fit`.

    Args:
        resolution: of the images, a power of two from 8.
        channels: of the images, 1 or 3.
        network: sizes of both networks.
        augment: the augmentation; mode "noaug" leaves it out.
        label_frequencies: [c_dim] share of each class in the data; None is unconditional.
        seed: of everything random in training.
        strategy: of tf.distribute; None is the one whose scope this is. The way to train on several
            machines: given here, Keras has nothing to do with it, whose `fit` does not know them.
    """

    def __init__(
        self,
        resolution,
        channels,
        network=None,
        augment=None,
        label_frequencies=None,
        seed=0,
        strategy=None,
        name="stylegan2_ada",
    ):
        super().__init__(name=name, dtype="float32")
        self.strategy = strategy or tf.distribute.get_strategy()
        self.resolution, self.channels, self.seed = resolution, channels, seed
        self.network_config = network or NetworkConfig()
        self.augment_config = augment or AugmentConfig()
        self.label_frequencies = (
            None if label_frequencies is None else np.asarray(label_frequencies, np.float32)
        )
        self.c_dim = 0 if label_frequencies is None else len(label_frequencies)
        with self.strategy.scope():
            self._make_variables()
        # images_seen and saved_stream, without asking the device
        self.images_done = self.seed_stream = 0
        self.stats, self.health = Stats(), Health()
        self.step = None  # the phases of an iteration, once there is a train function
        self.built = True

    def _make_variables(self):
        sizes = (self.resolution, self.channels, self.c_dim)
        self.generator = make_generator(self.network_config, *sizes, name="generator")
        self.generator_ema = make_generator(self.network_config, *sizes, name="generator_ema")
        self.discriminator = make_discriminator(self.network_config, *sizes)
        for average, weight in zip(
            self.generator_ema.variables, self.generator.variables, strict=True
        ):
            average.assign(weight)
        self.augment = None
        if self.augment_config.mode != "noaug":
            self.augment = AdaptiveAugmentation(
                self.augment_config.pipe,
                p=self.augment_config.p,
                seed=self.seed,
                check_range=False,  # the generator's output is not bounded
            )
        self.path_length_mean = self.add_weight(
            name="path_length_mean", initializer="zeros", trainable=False
        )
        self.images_seen = self.add_weight(
            name="images_seen", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        # Another stream of random numbers, after a failure; of the order of the data too.
        self.saved_stream = self.add_weight(
            name="seed_stream", shape=(), dtype="int64", initializer="zeros", trainable=False
        )

    def compile(self, loss=None, optimizer=None, ema=None, batch_gpu=None, jit_compile="auto"):
        """Set how to train.

        Args:
            loss: LossConfig.
            optimizer: OptimizerConfig of both networks.
            ema: EmaConfig.
            batch_gpu: images of one replica at a time, gradients are accumulated; None is all.
            jit_compile: whether phases go through XLA; "auto" is on with a GPU, off without: XLA on
                a CPU is slower than TensorFlow's own kernels.

        Raises:
            UserError: `jit_compile` is none of True, False, "auto".
        """
        if jit_compile not in (True, False, "auto"):
            raise UserError(f"jit_compile={jit_compile!r} must be True, False or 'auto'.")
        super().compile(optimizer=None, jit_compile=False)
        self.loss_config, self.ema_config = loss or LossConfig(), ema or EmaConfig()
        self.batch_gpu = batch_gpu
        self.use_xla = choice.on_gpu() if jit_compile == "auto" else jit_compile
        settings = optimizer or OptimizerConfig()
        with self.strategy.scope():
            self.g_optimizer = lazy_adam(settings, self.loss_config.pl_interval)
            self.d_optimizer = lazy_adam(settings, self.loss_config.r1_interval)
            self.g_optimizer.build(self.generator.trainable_variables)
            self.d_optimizer.build(self.discriminator.trainable_variables)

    def make_train_function(self, force=False):
        """`fit` calls the function made here once a batch; it is Python and picks the phases."""
        if self.train_function is not None and not force:
            return self.train_function
        with self.strategy.scope():
            self.step = Step(self, self.use_xla)
        self.health.watch({phase.name: phase.tensors for phase in self.step.phases})

        def train_function(iterator):
            images, labels = unpack(next(iterator))
            batch = self._global_batch(images)
            with self.strategy.scope():
                moments, bad = self.step(images, labels, batch)
            self.health.report(self.images_done, bad)
            self.images_done += batch
            self.images_seen.assign(self.images_done)
            self.stats.report(moments)
            return self._logs(moments)

        self.train_function = train_function
        return train_function

    @property
    def moment(self) -> int:
        """What all random numbers of an iteration derive from, with `seed`."""
        return self.images_done + self.seed_stream * STREAM

    def set_progress(self, images_done: int, seed_stream: int) -> None:
        """Go to another place of the run, as after a checkpoint was read."""
        self.images_done, self.seed_stream = images_done, seed_stream
        self.images_seen.assign(images_done)
        self.saved_stream.assign(seed_stream)

    def _global_batch(self, images) -> int:
        local = self.strategy.experimental_local_results(images)
        return local[0].shape[0] * self.strategy.num_replicas_in_sync

    def _logs(self, moments):
        logs = {
            "g_loss": moments["Gmain/Loss/G/loss"][1] / moments["Gmain/Loss/G/loss"][0],
            "d_loss": moments["Dmain/Loss/D/loss"][1] / moments["Dmain/Loss/D/loss"][0],
        }
        if self.augment is not None:
            logs["ada_p"] = tf.convert_to_tensor(self.augment.p)
        return logs

    def networks(self) -> phases.Networks:
        """What the phases compute with."""
        identity = lambda images, seed: images  # noqa: E731
        augment = (
            identity
            if self.augment is None
            else lambda images, seed: self.augment(images, seed=seed)
        )
        frequencies = (
            None if self.label_frequencies is None else tf.constant(self.label_frequencies)
        )
        return phases.Networks(
            self.generator,
            self.discriminator,
            augment,
            self.loss_config,
            frequencies,
            self.path_length_mean,
        )

    def prepare(self, images, labels):
        """uint8 images to [-1, 1], class numbers to one-hot labels (None when unconditional)."""
        return to_signed(images), tf.one_hot(labels, self.c_dim) if self.c_dim else None

    def call(self, z, labels=None, truncation_psi=1.0):
        """Images of the averaged generator."""
        return self.generator_ema(z, labels, truncation_psi=truncation_psi)


def lazy_adam(settings: OptimizerConfig, interval: int) -> keras.optimizers.Adam:
    """Adam for one main step every iteration and one regularisation step every `interval`.

    Learning rate and decays are changed so that interval + 1 steps do what `interval` steps of the
    original would (arXiv 1912.04958, appendix B, lazy regularisation).
    """
    ratio = interval / (interval + 1)
    return keras.optimizers.Adam(
        settings.learning_rate * ratio,
        beta_1=settings.beta_1**ratio,
        beta_2=settings.beta_2**ratio,
        epsilon=settings.epsilon,
    )


def to_signed(images):
    """uint8 images to float32 in [-1, 1]; floats are there already."""
    return tf.cast(images, tf.float32) / 127.5 - 1 if images.dtype == tf.uint8 else images


def unpack(batch):
    """A batch is {"images", "labels"}, (images, labels), or images alone (class 0)."""
    if isinstance(batch, dict):
        return batch["images"], batch["labels"]
    if isinstance(batch, (tuple, list)):
        return batch
    return batch, tf.zeros([batch.shape[0]], tf.int32)
