"""Every op and layer once: how to build it and what to feed it. The checks are in test_conformance.py."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ada_tf import augment
from ada_tf.augment.methods import distances, moved, squared_difference
from ada_tf.models import Discriminator, MappingNetwork, SynthesisNetwork
from ada_tf.models.discriminator import minibatch_std
from ada_tf.models.layers import Conv2D, Dense, StyledConv, ToRGB
from ada_tf.models.methods import (
    METHODS,
    adaptive_dropout,
    checksum_sign,
    inverse_norm,
    rotation_loss,
    rotations,
)
from ada_tf.models.r3gan import ResidualBlock
from ada_tf.ops import (
    ACTIVATIONS,
    bias_act,
    conv2d_resample,
    fir,
    grouped_conv2d,
    make_filter,
    modulated_conv2d,
)
from ada_tf.ops.warp import warp, warp_bilinear
from ada_tf.training.iteration import losses

# A smooth activation: second derivatives of rectifiers are 0 or infinite.
SMALL = dict(shape=(8, 8, 3), channel_base=32, channel_max=4, activation="swish")
FIR = make_filter([1, 3, 3, 1])
UNEVEN = make_filter([1, 4, 2, 1])
SEED = (7, 11)


class Case(NamedTuple):
    """One entry.

    Attributes:
        build: makes the callable; a Keras object if it has weights.
        shape: of its input.
        call: applied to (the callable, input) instead of calling it directly.
        dtypes: low precision types that it computes in.
        second: whether it has second derivatives that are not zero everywhere.
    """

    build: object
    shape: tuple
    call: object = lambda f, x: f(x)
    dtypes: tuple = (tf.float16, tf.bfloat16)
    second: bool = True


def numbers(*shape, scale=1.0):
    """Fixed N(0, 1) numbers."""
    return np.random.RandomState(sum(shape)).randn(*shape).astype(np.float32) * scale


def op(function, *shape, **options):
    return Case(lambda: function, shape, **options)


def kernel(x, *shape):
    return tf.cast(numbers(*shape), x.dtype)


def modulated(**options):
    def function(x):
        styles = tf.cast(
            1 + 0.3 * numbers(2, 3), tf.float64 if x.dtype == tf.float64 else tf.float32
        )
        w = tf.cast(numbers(3, 3, 3, 2), styles.dtype)
        return modulated_conv2d(x, w, styles, UNEVEN, **options)

    return function


def started(layer):
    """A layer none of whose weights is 0, as those of R3GAN's blocks are at first."""
    for variable in layer.variables:
        variable.assign_add(numbers(*variable.shape, scale=0.3))
    return layer


def rotation():
    turn = np.array([[0.8, -0.6, 1.5], [0.6, 0.8, -0.5]], np.float32)
    return tf.tile(turn[np.newaxis], [2, 1, 1])


def pipeline(policy):
    def function(x):
        params = augment.sample_params(tf.constant(SEED), 2, 1.0, policy, debug_percentile=0.7)
        return augment.apply(x, params)

    return function


CASES = {
    **{
        name: op(lambda x, f=f: f(x, UNEVEN), 2, 6, 4, 3, second=False)
        for name, f in (("filter2d", fir.filter2d), ("upsample2d", fir.upsample2d), ("downsample2d", fir.downsample2d))
    },
    **{
        f"bias_act-{a}": op(
            lambda x, a=a: bias_act(x, kernel(x, 4), act=a, clamp=2.0),
            3,
            4,
            second=a not in ("linear", "relu", "lrelu"),
        )
        for a in ACTIVATIONS
    },
    **{
        f"conv-{k}x{k}-{direction}": op(
            lambda x, k=k, d=direction: conv2d_resample(x, kernel(x, k, k, 3, 2), FIR, **{d: 2}),
            2, 4, 6, 3, second=False,
        )
        for k in (1, 3) for direction in ("up", "down")
    },
    "conv-3x3": op(lambda x: conv2d_resample(x, kernel(x, 3, 3, 3, 2)), 2, 4, 6, 3, second=False),
    "grouped": op(lambda x: grouped_conv2d(x, kernel(x, 3, 3, 2, 6)), 2, 4, 6, 4, second=False),
    "modulated-up": op(modulated(up=2), 2, 4, 4, 3, second=False),
    "modulated-plain": op(modulated(), 2, 4, 4, 3, second=False),
    "minibatch_std": op(lambda x: minibatch_std(x, 2), 4, 3, 3, 2),
    "warp": op(lambda x: warp(x, rotation()), 2, 8, 8, 2, second=False),
    "warp-bilinear": op(lambda x: warp_bilinear(x, rotation()), 2, 8, 8, 2, second=False),
    "augment-bgc": op(pipeline("bgc"), 2, 8, 8, 3, second=False),
    "augment-filter": op(pipeline("filter"), 2, 24, 24, 1, second=False),
    "augment-cutout": op(pipeline("cutout"), 2, 8, 8, 3, second=False),
    "augment-diffaugment": op(pipeline("diffaugment"), 2, 8, 8, 3, second=False),
    "augment-diffusion": op(pipeline("diffusion"), 2, 8, 8, 3, second=False),
    "moved": op(lambda x: moved(x, tf.constant(SEED)), 2, 8, 8, 3, second=False),
    "pseudo_reals": op(
        lambda x: augment.pseudo_reals(x, 0 * x, 0.5, tf.constant(SEED)), 8, 4, 4, 3, second=False
    ),
    # Anchors that do not move with the outputs, which no gradient does.
    "lecam": op(lambda x: distances(x, x, 9.0, -9.0, 1.0)[0] * distances(x, x, 9.0, -9.0, 1.0)[1], 3, 1),
    "squared_difference": op(lambda x: squared_difference(x[:, :1], x[:, 1:]), 3, 2),
    "inverse_norm": op(lambda x: inverse_norm(x, tf.ones([1, 3], x.dtype))[0], 3, 3, 2, 3),
    "adaptive_dropout": op(lambda x: adaptive_dropout(x, 0.5, tf.constant(SEED)), 2, 3, 3, 4, second=False),
    "checksum_sign": op(checksum_sign, 3, 4),
    "rotations": op(rotations, 2, 4, 4, 3, second=False),
    "rotation_loss": op(rotation_loss, 8, 4),
    "squared_norm": op(losses.squared_norm, 3, 2, 2, 3),
    "gradient_penalty": op(losses.gradient_penalty, 3, 2, 2, 3),
    **{
        f"{name}-{side}": op(
            lambda x, row=row: row[0](*(x[:, :1], x[:, 1:])[: len(row[1])]), 3, 2,
            second=name in ("logistic", "relativistic"),
        )
        for name, game in losses.ADVERSARIAL.items()
        for side, row in (("generator", game.generator), ("discriminator", game.discriminator))
    },
    "Dense": Case(lambda: Dense(4, 3, activation="swish"), (3, 4), dtypes=()),
    "Conv2D": Case(lambda: Conv2D(3, 2, 3, activation="swish", down=2), (2, 4, 4, 3)),
    "StyledConv": Case(
        lambda: StyledConv(3, 2, 4, (8, 8), up=2), (2, 4, 4, 3), lambda f, x: f(x, tf.constant(numbers(2, 3))), second=False
    ),
    "ToRGB": Case(
        lambda: ToRGB(3, 3, 4), (2, 4, 4, 3), lambda f, x: f(x, tf.constant(numbers(2, 3))), dtypes=(), second=False
    ),
    "MappingNetwork": Case(lambda: MappingNetwork(4, 0, 4, 2), (3, 4), dtypes=()),
    "SynthesisNetwork": Case(
        lambda: SynthesisNetwork(4, **SMALL), (2, 4, 4), lambda f, x: f(x, noise_mode="const"), dtypes=()
    ),
    **{
        f"Discriminator-{a}": Case(
            lambda a=a: Discriminator(architecture=a, mbstd_group_size=2, **SMALL), (2, 8, 8, 3), dtypes=()
        )
        for a in ("resnet", "skip", "orig")
    },
    "Discriminator-spectralnorm": Case(
        lambda: METHODS["spectralnorm"](mbstd_group_size=2, **SMALL), (2, 8, 8, 3), dtypes=()
    ),
    "Discriminator-auxrot": Case(
        lambda: METHODS["auxrot"](mbstd_group_size=2, **SMALL), (8, 8, 8, 3),
        lambda f, x: f.rotation_logits(x), dtypes=(),
    ),
    **{
        f"Discriminator-{method}": Case(
            lambda method=method: METHODS[method](mbstd_group_size=2, **SMALL), (2, 8, 8, 3),
            lambda f, x: f(x, p=tf.constant(0.5), seed=tf.constant(SEED)), dtypes=(),
        )
        for method in ("pagan", "adropout")
    },
    "ResidualBlock": Case(
        lambda: started(ResidualBlock(4, 8, 2, 1, activation="swish")), (2, 4, 4, 4)
    ),
    "AdaptiveAugmentation": Case(
        lambda: augment.AdaptiveAugmentation("blit", p=1.0),
        (2, 8, 8, 3),
        lambda f, x: f(x, seed=tf.constant(SEED)),
        second=False,
    ),
}  # fmt: skip

STATEFUL = [name for name, case in CASES.items() if hasattr(case.build(), "weights")]
