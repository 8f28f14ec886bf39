"""Channels and low precision by resolution."""

import keras
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models import Discriminator, Generator
from ada_tf.models.sizes import block_dtype, channels_at, check_network
from ada_tf.models.synthesis import SynthesisNetwork

RESOLUTIONS = (4, 8, 16, 32, 64)


@pytest.mark.parametrize(
    ("count", "low"),
    [(0, []), (1, [64]), (2, [32, 64]), (4, [8, 16, 32, 64]), (5, [8, 16, 32, 64]), (9, [8, 16, 32, 64])],
)  # fmt: skip
def test_the_highest_resolutions_are_low_precision(count, low):
    """As many as were asked for, but never 4x4."""
    found = [r for r in RESOLUTIONS if block_dtype(r, 64, count, "bfloat16") == tf.bfloat16]
    assert found == low
    others = {block_dtype(r, 64, count, "bfloat16") for r in RESOLUTIONS if r not in low}
    assert others == {tf.float32}


def test_networks_ask_for_the_precision_of_their_blocks():
    network = SynthesisNetwork(
        4, resolution=32, channel_base=64, channel_max=4, num_low_precision=2, precision="float16"
    )
    dtypes = [block.compute for block in network.blocks]
    assert dtypes == [tf.float32, tf.float32, tf.float16, tf.float16]


@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_float32_unless_asked_otherwise(network):
    """Whatever policy Keras has for other layers, and with the default arguments."""
    sizes = {"resolution": 8, "channel_base": 32, "channel_max": 4}
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("bfloat16")
    try:
        if network is Generator:
            made = Generator(4, 0, 4, mapping={"num_layers": 1}, synthesis=sizes)
            output, blocks = made(tf.zeros([1, 4])), made.synthesis.blocks
        else:
            made = Discriminator(**sizes)
            output, blocks = made(tf.zeros([1, 8, 8, 3])), made.blocks
    finally:
        keras.config.set_dtype_policy(before)
    assert output.dtype == tf.float32
    assert {block.compute for block in blocks} == {tf.float32}
    assert {v.dtype for v in made.variables} == {"float32"}


def test_channels_halve_above_the_maximum():
    assert [channels_at(r, 2048, 128) for r in (4, 8, 16, 32, 64, 128)] == [
        128,
        128,
        128,
        64,
        32,
        16,
    ]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((4, "skip", "float32"), "resolution=4"),
        ((12, "skip", "float32"), "resolution=12"),
        ((16, "unet", "float32"), "architecture='unet'"),
        ((16, "skip", "half"), "precision='half'"),
    ],
)
def test_what_cannot_be_built_is_refused(arguments, named):
    with pytest.raises(UserError, match=named):
        check_network(*arguments)
    check_network(8, "orig", "bfloat16")
