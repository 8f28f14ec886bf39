"""Networks of pictures that are no squares: the same blocks, from another base."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models import Discriminator, Generator
from ada_tf.models.layers import StyledConv
from ada_tf.models.names import assign_weights, named_variables
from ada_tf.shape import Shape

ODD = [(8, 16), (24, 16), (20, 12), (48, 64), (12, 40)]
SMALL = dict(channel_base=64, channel_max=6)


def generator(shape, **options):
    return Generator(
        4, 0, 6, mapping={"num_layers": 1}, synthesis=dict(shape=shape, **SMALL, **options)
    )


def sizes_of(network):
    """(height, width) of what each block of a synthesis makes."""
    return [block.conv1.size for block in network.synthesis.blocks]


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
@pytest.mark.parametrize("sides", ODD)
def test_forwards_and_backwards(sides, architecture):
    """Pictures of the shape; every weight of G moves logits, every weight of D, too."""
    keras.utils.set_random_seed(0)
    shape = Shape(*sides, 2)
    g = generator(shape, architecture=architecture)
    d = Discriminator(shape=shape, architecture=architecture, **SMALL)
    for block in g.synthesis.blocks:  # 0 at the start, where noise would move nothing
        for layer in block.convs:
            layer.noise_strength.assign(0.5)
    z = tf.random.stateless_normal([4, 4], [0, 1])
    with tf.GradientTape() as tape:
        images = g(z)
        logits = d(images)
    assert images.shape == (4, *sides, 2)
    assert logits.shape == (4, 1)
    weights = [*g.trainable_variables, *d.trainable_variables]
    for weight, gradient in zip(weights, tape.gradient(logits, weights), strict=True):
        assert gradient is not None, weight.path
        assert np.isfinite(gradient).all(), weight.path
        assert np.any(gradient != 0), weight.path
    assert g.num_ws == 2 * len(shape.blocks)
    assert sizes_of(g) == [shape.at(block) for block in shape.blocks]
    assert [len(n.blocks) for n in (g.synthesis, d)] == [shape.levels + 1, shape.levels]


@pytest.mark.parametrize("sides", ODD)
def test_every_pixel_is_made_and_seen(sides):
    shape = Shape(*sides, 1)
    g, d = generator(shape), Discriminator(shape=shape, **SMALL)
    images = tf.Variable(g(tf.random.stateless_normal([2, 4], [0, 1])))
    with tf.GradientTape() as tape:
        logits = d(images)
    assert np.all(np.abs(tape.gradient(logits, images)) > 0)
    assert np.std(images, axis=(1, 2)).min() > 0


@pytest.mark.parametrize("sides", ODD)
def test_blocks_are_called_as_those_of_squares(sides):
    """So that weights that do not depend on the size fit a square of as many blocks."""
    shape = Shape(*sides, 3)
    square = Shape(shape.top, shape.top, 3)
    for make in (generator, lambda shape: Discriminator(shape=shape, **SMALL)):
        ours, theirs = (
            {n.name: n.shape for n in named_variables(make(s))} for s in (shape, square)
        )
        assert list(ours) == list(theirs)
        differ = {name for name in ours if ours[name] != theirs[name]}
        assert all(
            name.endswith("noise_const") or name in ("synthesis.b4.const", "b4.fc.weight")
            for name in differ
        )


@pytest.mark.parametrize("sides", ODD)
def test_published_layouts_are_read_as_they_were_written(sides):
    """The last features of D are flattened channels first there; sides must not be mixed up."""
    shape = Shape(*sides, 1)
    first, second = (Discriminator(shape=shape, **SMALL) for _ in range(2))
    arrays = {n.name: n.from_ours(n.variable) for n in named_variables(first)}
    flat = first.epilogue.fc.kernel.numpy().reshape(*shape.base, 6, 6)  # [h, w, C, out]
    np.testing.assert_array_equal(
        arrays["b4.fc.weight"].reshape(6, 6, *shape.base), flat.transpose(3, 2, 0, 1)
    )
    assign_weights(second, arrays)
    x = tf.random.stateless_normal([4, *shape.hwc], [0, 1])
    np.testing.assert_array_equal(second(x), first(x))


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras' own
def test_networks_of_odd_shapes_come_back_from_their_configuration(tmp_path):
    shape = Shape(20, 12, 3)
    made = generator(shape, num_low_precision=1, precision="float32")
    assert Generator.from_config(made.get_config()).synthesis.shape == shape
    made.save(tmp_path / "g.keras")
    again = keras.saving.load_model(tmp_path / "g.keras")
    z = tf.random.stateless_normal([2, 4], [0, 1])
    np.testing.assert_array_equal(again(z), made(z))


def test_noise_has_the_shape_of_the_block():
    layer = StyledConv(2, 2, 3, (6, 10))
    assert layer.noise_const.shape == (6, 10)
    g = generator(Shape(24, 16, 3))
    noises = g.synthesis._noises(2, "random", tf.constant([0, 1]))
    assert [noise.shape for noise in noises] == [
        (2, 6, 4, 1), (2, 12, 8, 1), (2, 12, 8, 1), (2, 24, 16, 1), (2, 24, 16, 1),
    ]  # fmt: skip
