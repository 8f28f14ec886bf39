import dataclasses

import keras
import numpy as np
import pytest

from ada_tf.inference.blend import GROUP, STRANGERS, blend, blended, kinship, read, shares
from ada_tf.inference.generate import generate
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop import network_folder
from ada_tf.models.build import make_generator
from ada_tf.models.config import Architecture
from ada_tf.models.names import named_variables
from ada_tf.shape import Shape
from tests.inference.runs import NETWORK, save_run
from tests.sentences import refused


@pytest.fixture(scope="module")
def low(plain):
    return read(plain[0])


def changed(network, change, name="other", **about):
    """The same network with weights of `change(name, array)`."""
    weights = {n: change(n, a).astype(np.float32) for n, a in network.weights[GROUP].items()}
    about = dataclasses.replace(network.about, name=name, **about)
    return dataclasses.replace(network, weights={GROUP: weights}, about=about)


@pytest.fixture(scope="module")
def child(low):
    """As if trained on from it, for long: every weight moved by 0.7 of what weights are."""
    random = np.random.RandomState(0)
    return changed(low, lambda _, a: a + 0.7 * a.std() * random.randn(*a.shape))


@pytest.fixture(scope="module")
def stranger(low):
    """Of another seed."""
    keras.utils.set_random_seed(7)
    generator = make_generator(NETWORK, low.architecture.shape, 0)
    of_seed = named(generator)
    return changed(low, lambda name, _: of_seed[name], name="stranger")


def named(generator):
    return {n.name: n.from_ours(n.variable) for n in named_variables(generator)}


def block_of(name):
    return int(name.split(".")[1][1:]) if name.startswith("synthesis.b") else None


@pytest.mark.parametrize("mapping", ["low", "high"])
def test_sharp(low, child, mapping):
    weights = blended(low, child, 16, mapping=mapping).weights[GROUP]
    assert weights.keys() == low.weights[GROUP].keys()
    blocks = {name: block_of(name) for name in weights}
    assert {*blocks.values()} == {None, 4, 8, 16}
    for name, array in weights.items():
        high = mapping == "high" if blocks[name] is None else blocks[name] >= 16
        np.testing.assert_array_equal(array, (child if high else low).weights[GROUP][name])


def test_gradual(low, child):
    weights = blended(low, child, 8, width=1).weights[GROUP]
    for name, share in (("b4.conv1", 0.25), ("b8.conv0", 0.75), ("b16.torgb", 1.0)):
        ours, theirs, found = (
            w[f"synthesis.{name}.weight"]
            for w in (low.weights[GROUP], child.weights[GROUP], weights)
        )
        np.testing.assert_allclose(found, ours + share * (theirs - ours), atol=1e-6)


def test_shares():
    blocks = (4, 8, 16, 32, 64)
    assert shares(blocks, 16) == {4: 0, 8: 0, 16: 1, 32: 1, 64: 1}
    assert list(shares(blocks, 16, 1).values()) == [0, 0.25, 0.75, 1, 1]
    wide = list(shares(blocks, 32, 9).values())
    np.testing.assert_allclose(np.diff(wide), 0.1)
    assert wide[2] + wide[3] == 1  # the jump is in the middle


@pytest.mark.parametrize("at", [4, 12, 128, 0])
def test_resolutions_that_are_none(at):
    with refused(f"at={at}"):
        shares((4, 8, 16, 32, 64), at)


@pytest.mark.parametrize("width", [-1.0, np.nan, np.inf])
def test_widths_that_are_none(low, child, width):
    with refused("width="):
        blended(low, child, 8, width)


def test_a_blend_is_read_by_every_program(plain, child, tmp_path):
    other = network_folder.write(child, tmp_path / "other")
    path = blend(plain[0], other, tmp_path / "new" / "mixed", at=16)
    assert path == tmp_path / "new" / "mixed"
    generator, _ = load_generator(path)
    found = generate(generator, seeds=[3], noise_mode="none")
    sides = [
        generate(load_generator(p)[0], seeds=[3], noise_mode="none") for p in (plain[0], other)
    ]
    assert all(np.abs(found - side).max() > 0.01 for side in sides)
    again = blend(plain[0], other, tmp_path / "again", at=16)
    assert (path / "weights.npz").read_bytes() == (again / "weights.npz").read_bytes()
    with refused():
        blend(plain[0], other, path, at=16)


def test_where_it_comes_from(low, child):
    about = dataclasses.replace(child.about, licence="CC0", kimg=3.0)
    found = blended(low, dataclasses.replace(child, about=about), 8, 2).about
    name = low.about.name
    assert "/" not in name  # whoever gets the network need not know where it was made
    assert found.origin == (
        f"ada-blend: {name} below 8 pixels, other from there on, gradual over 2"
    )
    assert found.licence == "unknown and CC0"
    assert found.kimg is None


def test_labels_are_those_of_the_mapping(conditional, tmp_path):
    conditional_low = read(conditional[0])
    save_run(tmp_path / "run", resolution=8, channels=1)
    without = read(tmp_path / "run")
    assert blended(conditional_low, without, 8).architecture.num_classes == 3
    assert blended(conditional_low, without, 8, mapping="high").architecture.num_classes == 0
    network_folder.write(blended(without, conditional_low, 8, mapping="high"), tmp_path / "blend")
    image = generate(load_generator(tmp_path / "blend")[0], seeds=[1], labels=2)
    assert image.shape == (1, 8, 8, 1)


def test_kinship(low, child, stranger):
    assert kinship(low, low) == pytest.approx(1)
    assert 0.7 < kinship(low, child) < 0.9
    assert abs(kinship(low, stranger)) < STRANGERS / 2


def test_what_kernels_of_any_order_of_channels_share_is_no_kinship(low):
    """Kernels of networks that were trained apart may all be bright in the middle."""
    random = np.random.RandomState(0)
    bump = np.outer([1, 3, 1], [1, 3, 1])

    def bright(name, array):
        return array + bump if array.shape[-2:] == (3, 3) else array

    def in_another_order(name, array):
        if array.ndim != 4:
            return array
        return array[random.permutation(len(array))][:, random.permutation(array.shape[1])]

    same = changed(low, bright)
    assert kinship(same, same) == pytest.approx(1)
    assert abs(kinship(same, changed(same, in_another_order))) < STRANGERS


def test_strangers_are_warned_of(plain, child, stranger, tmp_path):
    paths = [network_folder.write(n, tmp_path / n.about.name) for n in (child, stranger)]
    with pytest.warns(UserWarning, match="seem never to have shared a parent: .* cosine of -?0.0"):
        blend(plain[0], paths[1], tmp_path / "a", at=8)
    said = []
    blend(plain[0], paths[0], tmp_path / "b", at=8, warn=said.append)
    assert said == []


@pytest.mark.parametrize(
    ("shape", "network"),
    [
        (Shape(32, 32, 3), {}),
        (Shape(16, 32, 3), {}),
        (Shape(16, 16, 1), {}),
        (Shape(16, 16, 3), {"w_dim": 16}),
        (Shape(16, 16, 3), {"channel_max": 4}),
        (Shape(16, 16, 3), {"channel_base": 32}),
        (
            Shape(16, 16, 3),
            {"generator_architecture": "orig"},
        ),
    ],
)
def test_what_does_not_fit(low, shape, network):
    network = dataclasses.replace(NETWORK, **network)
    other = dataclasses.replace(low, architecture=Architecture(network=network, shape=shape))
    with refused():
        blended(low, other, 8)


def test_a_mapping_that_is_none(low, child):
    with refused("mapping='both'"):
        blended(low, child, 8, mapping="both")
