"""Every variable of a network has one name, which depends on the network alone."""

import keras
import pytest

from ada_tf.models import Discriminator, Generator, variables_by_name

SIZES = dict(shape=(16, 16, 3), channel_base=64, channel_max=8)
NETWORKS = {
    "generator": lambda: Generator(4, 2, 8, {"num_layers": 2}, {**SIZES, "architecture": "resnet"}),
    "discriminator": lambda: Discriminator(2, **SIZES, mapping={"num_layers": 1}),
    "sequential": lambda: keras.Sequential(
        [keras.Input([4]), keras.layers.Dense(3), keras.layers.BatchNormalization()]
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_all_variables_once(name):
    network = NETWORKS[name]()
    found = variables_by_name(network)
    assert {id(v) for v in found.values()} == {id(v) for v in network.variables}
    assert len(found) == len(network.variables)
    assert list(variables_by_name(NETWORKS[name]())) == list(found)


def test_names_are_the_way_to_a_variable():
    g = NETWORKS["generator"]()
    found = variables_by_name(g)
    assert found["mapping.fc.1.kernel"] is g.mapping.fc[1].kernel
    assert found["mapping.w_avg"] is g.mapping.w_avg
    assert found["synthesis.blocks.1.conv0.affine.bias"] is g.synthesis.blocks[1].conv0.affine.bias


def test_a_shared_layer_has_one_name_and_equal_names_are_numbered():
    class Shared(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = self.second = keras.layers.Dense(2)
            self.first.build([None, 3])
            self.a = self.add_weight(name="same", shape=())
            self.b = self.add_weight(name="same", shape=())
            self.parts = {"left": keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])}

    assert list(variables_by_name(Shared())) == [
        "first.kernel", "first.bias", "parts.left.layers.0.kernel", "parts.left.layers.0.bias",
        "same", "same_2",
    ]  # fmt: skip
