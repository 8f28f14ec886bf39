"""Methods within the discriminator: their functions, what they change in it, and that they change nothing else."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models import Discriminator, methods, variables_by_name
from ada_tf.models.build import seeded
from ada_tf.models.config import DISCRIMINATOR_METHODS, METHODS_OF_P
from ada_tf.models.methods import (
    BITS,
    _ChangedConv2D,
    _ChangedDense,
    adaptive_dropout,
    checksum_sign,
    inverse_norm,
    progressive_bits,
    rotation_loss,
    rotations,
)
from ada_tf.models.methods import METHODS as CLASSES
from ada_tf.models.names import named_variables
from ada_tf.ops import graph, random
from tests.sentences import refused

METHODS = DISCRIMINATOR_METHODS[1:]
SIZES = dict(shape=(8, 8, 3), channel_base=32, channel_max=4)
IMAGES = tf.constant(np.random.RandomState(0).normal(size=[4, 8, 8, 3]), tf.float32)
LABELS = tf.one_hot([0, 1, 1, 0], 2)
SEED = tf.constant([3, 4])
# Of a network of 8 pixels, in the order in which they are met.
LAYERS = {
    "resnet": "fromrgb skip conv0 conv1 conv fc out",
    "skip": "fromrgb conv0 conv1 fromrgb conv fc out",
    "orig": "fromrgb conv0 conv1 conv fc out",
}


def made(method="none", c_dim=0, **more):
    with seeded(5):
        return CLASSES[method](c_dim, **SIZES, mapping={"num_layers": 1}, **more)


def values(network):
    return {name: v.numpy() for name, v in variables_by_name(network).items()}


@pytest.mark.parametrize("method", METHODS)
def test_all_other_weights_are_those_without(method):
    plain, found = values(made()), values(made(method))
    for name, value in plain.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    more = {
        "spectralnorm": {"blocks.0.conv0.u", "blocks.0.conv1.u", "epilogue.conv.u"},
        "auxrot": {"rotation.kernel", "rotation.bias"},
        "pagan": {"bits.kernel"},
        "adropout": set(),
    }
    assert found.keys() - plain.keys() == more[method]


@pytest.mark.parametrize("method", METHODS)
def test_files_of_networks_have_a_name_for_every_variable(method):
    network = made(method, 2)
    names = [named.name for named in named_variables(network)]
    assert len(set(names)) == len(names) == len(network.variables)


@pytest.mark.parametrize("method", METHODS)
def test_rebuilt_from_its_configuration(method):
    network = made(method)
    again = CLASSES[method].from_config(network.get_config())
    again.set_weights(network.get_weights())
    np.testing.assert_array_equal(again(IMAGES), network(IMAGES))


def test_the_names_of_settings_are_those_of_the_classes():
    """Settings are known before TensorFlow is imported, classes are not."""
    assert tuple(CLASSES) == DISCRIMINATOR_METHODS
    assert tuple(name for name in CLASSES if CLASSES[name].adaptive) == METHODS_OF_P


def test_a_discriminator_of_0_2_is_rebuilt():
    config = {**made().get_config(), "method": "none"}
    assert type(Discriminator.from_config(config)) is Discriminator
    for method, kind in CLASSES.items():
        assert type(Discriminator.from_config({**config, "method": method})) is kind
    with refused("method='x'"):
        Discriminator.from_config({**config, "method": "x"})


@pytest.mark.parametrize("method", ["pagan", "adropout"])
@pytest.mark.parametrize("c_dim", [0, 2])
def test_without_strength_nothing_is_disturbed(method, c_dim):
    labels = LABELS if c_dim else None
    plain, network = made("none", c_dim), made(method, c_dim)
    expected = plain(IMAGES, labels)
    np.testing.assert_array_equal(network(IMAGES, labels), expected)
    disturbed = network(IMAGES, labels, p=tf.constant(0.0), seed=SEED)
    np.testing.assert_allclose(disturbed, expected, rtol=1e-5, atol=1e-6)
    disturbed = network(IMAGES, labels, p=tf.constant(1.0), seed=SEED)
    assert np.abs(disturbed - expected).min() > 1e-3


@pytest.mark.parametrize("architecture", LAYERS)
def test_bits_are_further_inputs_of_the_first_layer(architecture):
    """As a bias would be for images of the same bits; the checksum turns what is said of them."""
    network = made("pagan", architecture=architecture, mbstd_num_channels=0)
    bits = progressive_bits(SEED, 4, 1.0)
    signs = checksum_sign(bits)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    found = network(IMAGES, p=tf.constant(1.0), seed=SEED)
    shifts = tf.matmul(bits, network.bits.kernel.value) / 4  # of 16 inputs: 1 / sqrt(16)
    plain = made("none", architecture=architecture, mbstd_num_channels=0)
    for i in range(4):
        plain.blocks[0].fromrgb.bias.assign(shifts[i])
        np.testing.assert_allclose(found[i], signs[i] * plain(IMAGES[i : i + 1])[0], rtol=1e-4)


@pytest.mark.parametrize("architecture", LAYERS)
def test_dropout_meets_every_layer_with_other_draws(architecture, monkeypatch):
    met, seeds = [], []

    def drop(x, p, seed):
        met.append(x.shape[-1])
        seeds.append(tuple(np.asarray(seed)))
        return x

    monkeypatch.setattr(methods, "adaptive_dropout", drop)
    network = made("adropout", architecture=architecture)
    network(IMAGES, p=tf.constant(1.0), seed=SEED)
    assert len(met) == len(LAYERS[architecture].split())
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("gain", [1.0, 0.5])
@pytest.mark.parametrize("activation", ["lrelu", "swish"])
def test_a_change_comes_before_bias_and_gains(gain, activation):
    """Doubled, it is what a kernel twice as large gives."""
    layer = _ChangedConv2D(3, 2, 3, activation=activation, clamp=3.0)
    layer.bias.assign([0.3, -0.2])
    with methods._changed_by(lambda layer, x: 2 * x):
        found = layer(IMAGES, gain=gain)
    layer.kernel.assign(2 * layer.kernel)
    np.testing.assert_allclose(found, layer(IMAGES, gain=gain), rtol=1e-5, atol=1e-6)
    dense = _ChangedDense(3, 2, activation=activation, bias_init=0.3)
    with methods._changed_by(lambda layer, x: 2 * x):
        found = dense(IMAGES[:, 0, 0])
    dense.kernel.assign(2 * dense.kernel)
    np.testing.assert_allclose(found, dense(IMAGES[:, 0, 0]), rtol=1e-5)


@pytest.mark.parametrize("part", ["conv0", "conv1", "conv"])
def test_kernels_are_divided_by_their_largest_singular_value(part):
    """As they are without any gain, where the power iteration has ended; so only directions matter."""
    plain, network = made(), made("spectralnorm")
    layer, other = (
        getattr(n.epilogue if part == "conv" else n.blocks[0], part) for n in (network, plain)
    )
    kernel = layer.kernel.numpy() * layer.weight_gain
    _, singular, rows = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]))
    layer.u.assign(rows[:1])
    x = tf.constant(np.random.RandomState(1).normal(size=[2, 4, 4, kernel.shape[2]]), tf.float32)
    other.kernel.assign(layer.kernel / singular[0])
    np.testing.assert_allclose(layer(x), other(x), rtol=1e-4, atol=1e-5)
    layer.kernel.assign(7 * layer.kernel)
    np.testing.assert_allclose(layer(x), other(x), rtol=1e-4, atol=1e-5)


def test_calls_move_nothing():
    """So that what is computed of a batch does not depend on how many parts it has."""
    network = made("spectralnorm")
    before = values(network)
    network(IMAGES)
    tf.nest.map_structure(np.testing.assert_array_equal, values(network), before)
    network.advance()
    moved = {name for name, value in values(network).items() if (value != before[name]).any()}
    assert moved == {"blocks.0.conv0.u", "blocks.0.conv1.u", "epilogue.conv.u"}


def test_orientations_are_told_from_what_the_logits_are_told_from():
    network = made("auxrot", mbstd_num_channels=0)
    np.testing.assert_array_equal(network(IMAGES), made(mbstd_num_channels=0)(IMAGES))
    network.rotation.kernel.assign(tf.repeat(network.epilogue.out.kernel.value, 4, axis=1))
    found = network.rotation_logits(rotations(IMAGES))
    assert found.shape == [16, 4]
    np.testing.assert_allclose(found[::4], tf.repeat(network(IMAGES), 4, axis=1), rtol=1e-4)
    assert np.abs(found[1::4] - found[::4]).min() > 1e-4


# Adaptive dropout: one factor for each feature map of each image, as strong as p.


def test_golden_number_by_hand():
    x = tf.ones([2, 2, 3, 5]) * tf.reshape(tf.range(1.0, 7.0), [1, 2, 3, 1])
    noise = random.normal(SEED, [2, 1, 1, 5])
    np.testing.assert_allclose(
        adaptive_dropout(x, 0.5, SEED), x.numpy() * np.exp(0.5 * noise.numpy()), rtol=1e-6
    )
    np.testing.assert_array_equal(adaptive_dropout(x, 0.0, SEED), x)


def test_the_logarithms_have_the_deviation_p():
    found = np.log(adaptive_dropout(tf.ones([200, 100]), 0.3, SEED))
    assert found.std() == pytest.approx(0.3, rel=0.02)
    assert abs(found.mean()) < 0.01
    assert np.abs(np.log(adaptive_dropout(tf.ones([200, 100]), 0.3, SEED + 1)) - found).min() > 0


def test_types_stay_and_any_number_of_images_is_compiled():
    assert adaptive_dropout(tf.ones([2, 3], tf.float16), 1.0, SEED).dtype == tf.float16
    program = graph(lambda x: adaptive_dropout(x, 0.5, SEED))
    found = program.get_concrete_function(tf.TensorSpec([None, 2, 2, 3], tf.float32))
    x = tf.ones([4, 2, 2, 3])
    np.testing.assert_array_equal(found(x), adaptive_dropout(x, 0.5, SEED))


# Auxiliary rotations: the four orientations, and the loss of who tells them apart.


def test_quarter_turns_by_hand():
    """Counterclockwise, all of an image before those of the next."""
    images = tf.constant([[[1.0, 2], [3, 4]], [[5, 6], [7, 8]]])[..., tf.newaxis]
    expected = [
        [[1, 2], [3, 4]], [[2, 4], [1, 3]], [[4, 3], [2, 1]], [[3, 1], [4, 2]],
        [[5, 6], [7, 8]], [[6, 8], [5, 7]], [[8, 7], [6, 5]], [[7, 5], [8, 6]],
    ]  # fmt: skip
    np.testing.assert_array_equal(rotations(images)[..., 0], expected)


def test_rotation_loss_by_hand():
    """Of one image that is told and one that is not: log(1 + 3 / e^2) and log 4."""
    logits = tf.concat([2 * tf.eye(4), tf.zeros([4, 4])], axis=0)
    told, unknown = np.log(1 + 3 / np.exp(2)), np.log(4)
    np.testing.assert_allclose(rotation_loss(logits), [[told] * 4, [unknown] * 4], rtol=1e-6)
    wrong = tf.roll(2 * tf.eye(4), 1, axis=0)
    np.testing.assert_allclose(rotation_loss(wrong), [[2 + told] * 4], rtol=1e-6)


def test_the_slope_is_that_of_a_classifier():
    """Softmax minus what is right."""
    logits = tf.constant(np.random.RandomState(0).normal(size=[4, 4]), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        total = tf.reduce_sum(rotation_loss(logits))
    np.testing.assert_allclose(
        tape.gradient(total, logits), tf.nn.softmax(logits) - np.eye(4), atol=1e-6
    )


def test_huge_logits_stay_finite():
    assert float(tf.reduce_mean(rotation_loss(1e4 * tf.eye(4)))) == pytest.approx(0)


# Bits of progressive augmentation: which are in use, and what their checksum is.

MANY = 20000


@pytest.mark.parametrize(
    ("p", "in_use"),
    [
        (0.0, [0] * 16),
        (0.5 / 16, [0] * 16),  # a bit comes into use in the second half of its step
        (0.75 / 16, [0.5] + [0] * 15),
        (1.0 / 16, [1] + [0] * 15),
        (7.9 / 16, [1] * 7 + [0.8] + [0] * 8),
        (1.0, [1] * 16),
        (1.5, [1] * 16),
    ],
)
def test_bits_come_into_use_one_after_the_other(p, in_use):
    bits = progressive_bits(SEED, MANY, p).numpy()
    assert set(np.unique(bits)) <= {0.0, 1.0}
    expected = np.array(in_use) / 2
    np.testing.assert_allclose(bits.mean(axis=0), expected, atol=4 * 0.5 / np.sqrt(MANY))
    np.testing.assert_array_equal(bits[:, expected == 0], 0)


def test_bits_of_an_image_are_drawn_on_their_own():
    bits = progressive_bits(SEED, MANY, 1.0).numpy()
    found = np.corrcoef(bits.T) - np.eye(BITS)
    assert np.abs(found).max() < 5 / np.sqrt(MANY)
    other = progressive_bits(tf.constant([3, 5]), MANY, 1.0).numpy()
    assert 0.4 < (other != bits).mean() < 0.6


def test_the_checksum_by_hand():
    bits = tf.constant([[0.0, 0, 0], [1, 0, 0], [1, 0, 1], [1, 1, 1]])
    np.testing.assert_array_equal(checksum_sign(bits), [[1], [-1], [1], [-1]])


# Spectral normalisation: one step of the power iteration by hand, where it ends, its gradient.

KERNEL = tf.constant([[[[3.0, 0.0], [0.0, 1.0]]]])  # 1x1, with singular values 3 and 1
U = tf.constant([[1.0, 1.0]])


def converged(kernel, steps=60):
    u = tf.ones([1, kernel.shape[-1]])
    for _ in range(steps):
        inverse, u = inverse_norm(kernel, u)
    return inverse, u


def test_inverse_norm_by_hand():
    """V is (3, 1) / sqrt(10), and v W is (9, 1) / sqrt(10)."""
    inverse, u = inverse_norm(KERNEL, U)
    assert float(inverse) == pytest.approx(np.sqrt(10 / 82))
    np.testing.assert_allclose(u, np.array([[9, 1]]) / np.sqrt(82), rtol=1e-6)
    again, _ = inverse_norm(KERNEL, u)
    assert float(again) == pytest.approx(np.sqrt((27**2 + 1) / (81**2 + 1)))


def test_it_ends_at_the_largest_singular_value():
    kernel = np.random.RandomState(0).normal(size=[3, 3, 4, 5]).astype(np.float32)
    inverse, _ = converged(tf.constant(kernel))
    largest = np.linalg.svd(kernel.reshape(36, 5), compute_uv=False)[0]
    assert float(inverse) == pytest.approx(1 / largest, rel=1e-4)


def test_gradients_flow_through_the_norm():
    """Of 1 / sigma: minus the outer product of both singular vectors, over sigma squared."""
    _, u = converged(KERNEL)
    with tf.GradientTape() as tape:
        tape.watch(KERNEL)
        inverse, _ = inverse_norm(KERNEL, u)
    np.testing.assert_allclose(
        tape.gradient(inverse, KERNEL)[0, 0], [[-1 / 9, 0], [0, 0]], atol=1e-6
    )


def test_a_kernel_of_zeros_stays_finite():
    inverse, u = inverse_norm(0 * KERNEL, U)
    assert np.isfinite(float(inverse))
    np.testing.assert_array_equal(u, [[0, 0]])
