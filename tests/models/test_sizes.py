"""What networks are said to cost is what their graphs ask for."""

import dataclasses

import pytest
import tensorflow as tf

from ada_tf.models import families
from ada_tf.models.build import make_discriminator, make_generator, work_of
from ada_tf.models.config import Architecture, NetworkConfig
from ada_tf.shape import Shape

NETWORK = NetworkConfig(
    z_dim=24, w_dim=32, mapping_layers=2, channel_base=1024, channel_max=64, mbstd_group=1,
    precision="float32",
)  # fmt: skip
BATCH = 2


def counted(function, *shapes) -> float:
    """Operations of a picture that a traced function asks for."""
    specs = [tf.TensorSpec([BATCH, *shape]) for shape in shapes]
    flops = 0
    for op in tf.function(function).get_concrete_function(*specs).graph.get_operations():
        if op.type in ("Conv2D", "Conv2DBackpropInput"):
            written = op.outputs[0] if op.type == "Conv2D" else op.inputs[2]  # the transposed one
            kernel = op.inputs[1].shape[:3].num_elements()
            flops += 2 * kernel * written.shape.num_elements()
        elif op.type in ("MatMul", "BatchMatMulV2"):
            flops += 2 * op.inputs[0].shape[-1] * op.outputs[0].shape.num_elements()
    return flops / BATCH


@pytest.mark.parametrize("shape", [Shape(32, 32, 3), Shape(16, 24, 1)], ids=str)
@pytest.mark.parametrize("label_dim", [0, 3])
@pytest.mark.parametrize(
    ("generator", "discriminator"), [("skip", "resnet"), ("resnet", "skip"), ("orig", "orig")]
)
def test_operations_are_those_of_the_graphs(generator, discriminator, label_dim, shape):
    network = dataclasses.replace(
        NETWORK,
        generator_architecture=generator,
        discriminator_architecture=discriminator,
        generator_channel_base=NETWORK.channel_base // 2,
        discriminator_channel_max=NETWORK.channel_max // 2,
    )
    of = Architecture(network=network, shape=shape, num_classes=label_dim)
    work = work_of(of)
    g = make_generator(network, shape, label_dim)
    d = make_discriminator(network, shape, label_dim)
    labels = [(label_dim,)] if label_dim else []
    in_g = counted(lambda z, c=None: g(z, c, noise_mode="none"), (network.z_dim,), *labels)
    in_d = counted(lambda x, c=None: d(x, c), shape.hwc, *labels)
    # Demodulation and the batch's standard deviation are small, and not counted.
    assert [w.flops for w in work] == pytest.approx([in_g, in_d], rel=0.02)


def test_numbers_that_layers_write():
    """Of a generator of 8x8 by hand: 4x4 and 8x8 feature maps, their pictures, and vectors."""
    of = Architecture(network=NETWORK, shape=Shape(8, 8, 3))
    work, _ = work_of(of)
    vectors = 2 * 32 + 5 * 64  # mapping; styles of three convolutions and two pictures
    assert work.values == 64 * 16 + 2 * 64 * 64 + 3 * (16 + 64) + vectors
    assert work.layers == 2 + 5 + 5


def test_work_of_a_family_that_nobody_counted(monkeypatch):
    monkeypatch.setitem(families.GENERATORS, "other", families.Family(None))
    network = dataclasses.replace(NETWORK, generator="other")
    assert work_of(Architecture(network=network, shape=Shape(8, 8, 3))) is None
