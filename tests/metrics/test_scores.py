"""`ada_tf.metrics`: one call for each score, of anybody's images."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from ada_tf import metrics
from ada_tf.metrics.features import feature_network
from ada_tf.metrics.measures.frechet import Moments, frechet_estimate
from ada_tf.metrics.measures.inception_score import inception_score_estimate
from ada_tf.metrics.measures.intra_cluster import intra_cluster_distance
from ada_tf.metrics.measures.kernel import kernel_estimate
from ada_tf.metrics.measures.memorisation import authenticity, data_copying
from ada_tf.metrics.measures.precision_recall import (
    density_coverage_estimate,
    precision_recall_estimate,
)
from ada_tf.renames import RenamedWarning
from tests.metrics.images.test_pictures import write
from tests.metrics.networks import color_network
from tests.metrics.sets import images
from tests.sentences import refused

REALS, FAKES = images(0, 60), images(1, 50, shift=10)


@pytest.fixture
def network():
    return color_network()


def features(pixels, output="features"):
    return color_network()(pixels)[output]


def moments(pixels):
    found = Moments(3)
    found.add(features(pixels))
    return found


def test_each_is_the_function_of_all_features(network):
    fake, real = features(FAKES), features(REALS)
    assert metrics.kid(FAKES, REALS, network) == kernel_estimate(real, fake, seed=0)
    assert metrics.fid(FAKES, REALS, network).value == pytest.approx(
        frechet_estimate(moments(REALS), moments(FAKES)).value
    )
    assert metrics.fid(FAKES, REALS, network) == frechet_estimate(real, fake)  # with its error
    found = metrics.precision_and_recall(FAKES, REALS, network, neighbours=2)
    assert found == tuple(precision_recall_estimate(real, fake, neighbours=2))
    assert found.recall is found[1]
    found = metrics.density_and_coverage(FAKES, REALS, network, neighbours=4)
    assert found == tuple(density_coverage_estimate(real, fake, neighbours=4))
    found = metrics.inception_scores(FAKES, network)
    assert found == tuple(inception_score_estimate(features(FAKES, "probabilities")))


def test_all_in_one_pass(network):
    found = metrics.score(FAKES, REALS, "kid, pr,dc", network)
    names = ["kid", "pr_precision", "pr_recall", "dc_density", "dc_coverage"]
    assert list(found) == names
    assert network.seen == 110
    assert found["kid"] == metrics.kid(FAKES, REALS, network)
    other = metrics.score(FAKES, REALS, {"pr": {"neighbours": 9}}, network)
    assert other["pr_recall"].value > found["pr_recall"].value


def test_how_many_are_made(network):
    asked = []

    def function(count):
        asked.append(count)
        return np.resize(FAKES, [count, 8, 8, 3])

    metrics.kid(function, REALS, network)
    assert sum(asked) == 60  # as many as there are real ones
    asked.clear()
    metrics.kid(function, REALS, network, count=33)
    assert sum(asked) == 33
    assert metrics.kid(FAKES, REALS, network, count=20) == metrics.kid(FAKES[:20], REALS, network)


def test_a_hundred_files_of_which_sixty_are_one(network, tmp_path):
    fakes = images(2, 100)
    fakes[40:] = fakes[3]
    path = write(tmp_path / "fakes", fakes)
    assert metrics.kid(path, REALS, network) == metrics.kid(fakes, REALS, network)
    assert metrics.kid(path, REALS, network).value > metrics.kid(fakes[:40], REALS, network).value


def test_copies(network, tmp_path):
    fakes = images(3, 40)
    fakes[5:15] = REALS[:10, :, ::-1]
    path = write(tmp_path / "fakes", fakes)
    for held_out in (None, images(4, 120)):
        found = metrics.find_copies(path, REALS, held_out, network)
        assert (found.tested, found.held_out) == (40, held_out is not None)
        assert np.flatnonzero(found.exact).tolist() == list(range(5, 15))
        assert found.copying
    assert metrics.find_copies(fakes, REALS, features=None, tested=5).count == 0


def test_memorisation(network):
    held_out = images(4, 30)
    sides = features(REALS), features(held_out), features(FAKES)
    found = metrics.memorisation(FAKES, REALS, held_out, network)
    assert found == (authenticity(*sides), data_copying(*sides))
    alone = metrics.memorisation(REALS, REALS, None, network, count=40)
    assert alone.copying == data_copying(sides[0], None, sides[0][:40])
    assert alone.authenticity.fake.value == 0
    with refused("4", "8"):
        metrics.memorisation(FAKES[:, :4], REALS, None, network)


def test_variety_around_few_images(monkeypatch):
    """Pixels stand for embeddings of LPIPS."""
    flat = lambda batch: tf.reshape(tf.cast(batch, tf.float32), [len(batch), -1])  # noqa: E731
    monkeypatch.setattr(feature_network, "load_perceptual", lambda download: flat)
    training, fakes = images(0, 5), images(1, 40)
    found = metrics.intra_cluster_lpips(fakes, training)
    expected = intra_cluster_distance(flat(training).numpy(), flat(fakes).numpy())
    assert found.distance == expected.distance
    copies = metrics.intra_cluster_lpips(np.tile(training, [4, 1, 1, 1]), training)
    assert copies.distance.value == 0
    grey = metrics.intra_cluster_lpips(fakes[..., :1], training[..., :1])
    assert grey.distance.value > 0


def test_a_network_by_name(monkeypatch):
    asked = []
    monkeypatch.setattr(
        feature_network, "load_network", lambda n: asked.append(n) or color_network(n)
    )
    metrics.kid(FAKES, REALS)
    metrics.kid(FAKES, REALS, "inception")
    assert asked == ["lite0", "inception"]


@pytest.mark.parametrize(
    "given",
    [
        {"metrics": "kid,fix"},
        {"metrics": ""},
        {"metrics": ["ppl"]},
        {"reals": None},
        {"reals": REALS[:, :4, :4]},
        {"reals": REALS[..., :1]},
        {"count": 51},
        {"count": 0},
        {"reals": "nope"},
    ],
)
def test_mistakes(given, network):
    with refused():
        metrics.score(**{"fakes": FAKES, "reals": REALS, "features": network, **given})


def test_a_network_without_probabilities():
    network = color_network()
    network.outputs = ("features",)
    with refused("features='inception'"):
        metrics.inception_scores(FAKES, network)


def test_a_name_of_earlier_versions_warns(tmp_path):
    path = write(tmp_path / "fakes", FAKES[:3])
    with pytest.warns(
        RenamedWarning, match="Pictures is now called ada_tf.metrics.images_"
    ) as said:
        assert metrics.Pictures(path).count == 3
    assert said[0].filename == __file__


def test_all_names_are_there_and_nothing_is_loaded_for_them():
    assert sorted(metrics.__all__) == dir(metrics)
    for name in metrics.__all__:
        assert callable(getattr(metrics, name)), name
    code = "import sys; from ada_tf import metrics; print('tensorflow' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout == "False\n"
