"""Channels and low precision by resolution."""

import dataclasses

import keras
import pytest
import tensorflow as tf

from ada_tf.models import Discriminator, Generator
from ada_tf.models.build import make_discriminator
from ada_tf.models.layers import check_network
from ada_tf.models.precision import block_precision, computed_in
from ada_tf.models.sizes import channels_at
from ada_tf.models.synthesis import SynthesisNetwork
from ada_tf.ops import choice
from ada_tf.shape import Shape
from ada_tf.training.presets import preset
from tests.sentences import refused

RESOLUTIONS = (4, 8, 16, 32, 64)


@pytest.mark.parametrize(
    ("count", "low"),
    [(0, []), (1, [64]), (2, [32, 64]), (4, [8, 16, 32, 64]), (5, [8, 16, 32, 64]), (9, [8, 16, 32, 64])],
)  # fmt: skip
def test_the_highest_resolutions_are_low_precision(count, low):
    """As many as were asked for, but never 4x4."""
    for r in RESOLUTIONS:
        half = tf.float16 if r in low else tf.float32
        assert block_precision(r, 64, count, "float16") == (half, half)


@pytest.mark.parametrize(("gpu", "activations"), [(True, tf.bfloat16), (False, tf.float32)])
def test_a_cpu_multiplies_bfloat16_and_stores_float32(monkeypatch, gpu, activations):
    monkeypatch.setattr(choice, "on_gpu", lambda: gpu)
    assert block_precision(64, 64, 1, "bfloat16") == (activations, tf.bfloat16)
    # What is stored at 4x4 is float32 in any case.
    products = tf.float32 if gpu else tf.bfloat16
    assert block_precision(4, 16, 3, "bfloat16") == (tf.float32, products)
    assert block_precision(4, 16, 2, "bfloat16") == (tf.float32, tf.float32)


@pytest.mark.parametrize(("low", "dtype"), [(2, tf.float32), (3, tf.bfloat16)])
def test_the_end_of_the_discriminator_goes_with_its_resolution(low, dtype):
    sizes = {"shape": (16, 16, 3), "channel_base": 64, "channel_max": 4}
    made = Discriminator(**sizes, num_low_precision=low, precision="bfloat16")
    assert made.epilogue.conv.products == dtype


@pytest.mark.parametrize("network", [SynthesisNetwork, Discriminator])
def test_convolutions_multiply_in_the_precision_of_their_blocks(network, monkeypatch):
    """All of 3x3 in the blocks that were asked for, and nothing else."""
    sizes = {"shape": (16, 16, 3), "channel_base": 64, "channel_max": 4}
    made = network(**sizes, num_low_precision=1, precision="bfloat16")
    dtypes, convolve = [], tf.nn.conv2d
    transposed = tf.nn.conv2d_transpose

    def watched(function):
        def call(x, w, *arguments, **named):
            dtypes.append((w.shape[0], x.dtype, w.dtype))
            return function(x, w, *arguments, **named)

        return call

    monkeypatch.setattr(tf.nn, "conv2d", watched(convolve))
    monkeypatch.setattr(tf.nn, "conv2d_transpose", watched(transposed))
    if network is SynthesisNetwork:
        output = made(tf.zeros([2, made.num_ws, 512]), noise_mode="none")
    else:
        output = made(tf.zeros([4, 16, 16, 3]))
    assert output.dtype == tf.float32
    low, full = (3, tf.bfloat16, tf.bfloat16), (3, tf.float32, tf.float32)
    assert [d for d in dtypes if d[0] == 3].count(low) == 2  # both of 16x16
    assert {d for d in dtypes if d[0] == 3} == {low, full}
    assert {d[1] for d in dtypes if d[0] == 1} <= {tf.float32}


@pytest.mark.parametrize(
    ("gpu", "cpu", "expected"),
    [
        (True, True, ("float16", 4, 256.0)),
        (False, True, ("bfloat16", 4, None)),
        (False, False, ("float32", 0, None)),
    ],
)
def test_auto_is_what_the_machine_is_good_at(monkeypatch, gpu, cpu, expected):
    monkeypatch.setattr(choice, "on_gpu", lambda: gpu)
    monkeypatch.setattr(choice, "multiplies_float16", lambda: gpu)
    monkeypatch.setattr(choice, "multiplies_bfloat16", lambda: cpu)
    config = preset("auto", resolution=64).network
    assert (config.precision, config.conv_clamp) == ("auto", 256.0)
    found = computed_in(config)
    assert (found.precision, found.num_low_precision, found.conv_clamp) == expected
    made = make_discriminator(dataclasses.replace(config, channel_base=64), Shape(16, 16, 3), 0)
    names = "precision", "num_low_precision", "conv_clamp"
    assert tuple(made.config[name] for name in names) == expected


@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
def test_what_was_asked_for_is_kept(precision):
    config = preset("auto", resolution=64, precision=precision).network
    assert computed_in(config) is config


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model name\t: some\nflags\t\t: fpu avx512f avx512_bf16 sse\n", True),
        ("flags : amx_bf16\n", True),
        ("flags : avx512f avx512_bf16x\n", False),
        ("Features : bf16\n", False),
        ("", False),
        (None, False),
    ],
)
def test_linux_says_what_the_cpu_multiplies(tmp_path, monkeypatch, text, expected):
    path = tmp_path / "cpuinfo"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(choice, "CPUINFO", path)
    assert choice.multiplies_bfloat16() == expected


def test_networks_ask_for_the_precision_of_their_blocks():
    network = SynthesisNetwork(
        4,
        shape=(32, 32, 3),
        channel_base=64,
        channel_max=4,
        num_low_precision=2,
        precision="float16",
    )
    dtypes = [block.compute for block in network.blocks]
    assert dtypes == [tf.float32, tf.float32, tf.float16, tf.float16]


@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_float32_unless_asked_otherwise(network):
    """Whatever policy Keras has for other layers, and with the default arguments."""
    sizes = {"shape": (8, 8, 3), "channel_base": 32, "channel_max": 4}
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
    "arguments",
    [
        ("unet", "float32"),
        ("skip", "half"),
    ],
)
def test_what_cannot_be_built_is_refused(arguments):
    with refused():
        check_network(*arguments)
    check_network("orig", "bfloat16")
