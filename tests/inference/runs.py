"""Run directories with a checkpoint of tiny networks, as if trained."""

import keras

from ada_tf.data import DataConfig
from ada_tf.models.config import NetworkConfig
from ada_tf.shape import Shape
from ada_tf.training.config import AugmentConfig, RunConfig
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig
from ada_tf.training.model import StyleGAN2ADA
from ada_tf.training.runs.checkpoint import Checkpoints

NETWORK = NetworkConfig(
    z_dim=8, w_dim=8, mapping_layers=2, channel_base=64, channel_max=8, mbstd_group=4,
    num_low_precision=0, conv_clamp=None,
)  # fmt: skip


def save_run(path, resolution=16, channels=3, classes=0, network=NETWORK, names=(), ranges=None):
    """Write a checkpoint; return the model, whose average and noise differ from the start's."""
    keras.utils.set_random_seed(1)
    config = run_config(resolution, channels, classes, network, names, ranges)
    label_dim = config.label_space.label_dim
    labels = [1 / label_dim] * label_dim if label_dim else None
    augment = AugmentConfig(mode="noaug")
    model = StyleGAN2ADA(Shape.parse(resolution, channels), network, augment, labels)
    model.compile()
    for i, variable in enumerate(model.generator_ema.variables):
        # Biases, noise strengths and the mean of w start at 0, where they would show no mistake.
        shift = keras.random.normal(variable.shape, stddev=0.3, seed=i)
        variable.assign_add(shift)
    Checkpoints(path, model, config).save()
    return model


def run_config(
    resolution=16, channels=3, classes=0, network=NETWORK, names=(), ranges=None
) -> RunConfig:
    """The configuration of such a run; `ranges` are attributes and their ranges."""
    ranges = ranges or {}
    return RunConfig(
        "tiny",
        DataConfig("digits", resolution=resolution, channels=channels),
        network, LossConfig(r1_gamma=10.0), OptimizerConfig(0.0025), EmaConfig(10.0, None),
        AugmentConfig(mode="noaug"),
        batch=4, batch_gpu=4, kimg=1.0, num_classes=classes, class_names=names, attributes=tuple(ranges), attribute_ranges=tuple(ranges.values()),
    )  # fmt: skip
