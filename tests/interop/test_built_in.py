"""Networks of the package: there, small, free to use, and worth looking at."""

import numpy as np
import pytest

import ada_tf
from ada_tf.data.creatures import creature, draw
from ada_tf.images import to_uint8
from ada_tf.interop import find_network, network_folder


@pytest.fixture(scope="module")
def pictures():
    generator, _ = ada_tf.load_generator("creatures")
    images = ada_tf.generate(generator, seeds=range(64), truncation_psi=0.7)
    return to_uint8(images).astype(float)


@pytest.mark.parametrize("name", find_network.NETWORKS)
def test_they_are_small_and_free(name):
    folder = find_network.NETWORKS[name]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1.2e6
    network = network_folder.read(folder)
    assert network.about.name == name
    assert network.about.licence == "Apache-2.0"
    assert network.has("discriminator")  # so that a training can start from them


def test_a_name_is_the_package_and_a_path_the_user(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_network.absolute_network("creatures") == "creatures"
    assert find_network.absolute_network("./creatures") == str(tmp_path / "creatures")
    network = find_network.read_built_in("creatures")
    assert ada_tf.read_network("creatures").about == network.about
    network_folder.write(network, "creatures", np.float16)
    assert network_folder.read("./creatures").about == network.about


def test_creatures_are_various_and_in_colour(pictures):
    assert pictures.shape == (64, 32, 32, 3)
    middle = pictures[:, 12:22, 12:20]
    assert middle.std(axis=0).mean() > 30  # from picture to picture
    colours = middle.mean((1, 2))
    assert np.ptp(colours, axis=0).min() > 70  # of bodies
    assert np.abs(pictures[..., 0] - pictures[..., 2]).mean() > 20  # none is grey


def test_creatures_look_like_those_that_are_drawn(pictures):
    """In the mean, and in how far pixels are from their neighbours: no noise, no blur."""
    drawn = np.stack([draw(creature(number), 32) for number in range(500)]).astype(float)

    def steps(images):
        return np.abs(np.diff(images, axis=1)).mean(), np.abs(np.diff(images, axis=2)).mean()

    mean = np.corrcoef(pictures.mean(0).ravel(), drawn.mean(0).ravel())[0, 1]
    assert mean > 0.8
    np.testing.assert_allclose(steps(pictures), steps(drawn), rtol=0.3)
