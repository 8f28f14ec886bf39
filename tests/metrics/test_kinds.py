"""Rows of metrics: what a row says is what an evaluation does."""

import dataclasses

import numpy as np
import pytest

import ada_tf
from ada_tf.metrics import collect_features, kinds, metric_names
from ada_tf.metrics.evaluator import Evaluator
from ada_tf.metrics.features import networks
from ada_tf.metrics.features.feature_network import load_network
from ada_tf.metrics.features.networks import NETWORKS
from ada_tf.metrics.images.reals import reference_sets
from ada_tf.metrics.measures.estimate import Estimate
from tests.metrics.networks import color_network
from tests.metrics.sets import dataset, fakes_of, images
from tests.sentences import refused


def estimated(function):
    """A function that returns numbers, as a row wants it: returning estimates."""

    def estimates(*collected, **options):
        found = [Estimate(float(x)) for x in np.atleast_1d(function(*collected, **options))]
        return found[0] if len(found) == 1 else tuple(found)

    return estimates


@pytest.mark.parametrize("word", kinds.KINDS)
def test_rows_are_complete(word):
    kind = kinds.KINDS[word]
    assert kind.results
    if not kind.of_paths:
        assert kind.output in NETWORKS[kind.network].outputs
    assert kind.reals is None or kind.reals >= 0
    if kind.of_paths:
        assert kind.reals == 0
        assert (kind.moments, kind.seeded, kind.neighbours) == (False, False, None)


@pytest.mark.parametrize(
    ("row", "name", "expected"),
    [
        (
            {"function": estimated(lambda real, fake: fake.mean() - real.mean()), "reals": None},
            "fid30_full",
            lambda real, fake: fake.mean() - real.mean(),
        ),
        (
            {"function": estimated(lambda real, fake: fake.mean() - real.mean()), "reals": 25},
            "fid30_full",
            lambda real, fake: fake.mean() - real[:25].mean(),
        ),
        ({"function": estimated(lambda fake: fake.mean()), "reals": 0}, "fid30", lambda real, fake: fake.mean()),
        (
            {"function": estimated(lambda fake, seed: fake.mean() + seed), "reals": 0, "seeded": True},
            "fid30",
            lambda real, fake: fake.mean() + 7,
        ),
        (
            {"function": estimated(lambda fake, neighbours: neighbours), "reals": 0, "neighbours": 4},
            "fid30",
            lambda real, fake: 4,
        ),
        (
            {"function": estimated(lambda real, fake: fake.mean - real.mean), "moments": True,
             "results": ("_r", "_g", "_b")},
            "fid30_full",
            lambda real, fake: fake.mean(axis=0) - real.mean(axis=0),
        ),
        (
            {"function": estimated(lambda real, fake: fake.mean() - real.mean()), "output": "probabilities"},
            "fid30_full",
            lambda real, fake: softmax(fake).mean() - softmax(real).mean(),
        ),
    ],
)  # fmt: skip
def test_a_new_metric_is_a_row_and_a_function(monkeypatch, row, name, expected):
    plain = {"moments": False, **row}
    monkeypatch.setattr(collect_features, "FEW", 0 if plain["moments"] else 100)
    monkeypatch.setitem(kinds.KINDS, "fid", dataclasses.replace(kinds.KINDS["fid"], **plain))
    data = dataset()
    evaluator = Evaluator(
        metric_names.parse_metrics(name), color_network,
        reals=reference_sets(data), cache_dir=False,
    )  # fmt: skip
    (score,) = evaluator(fakes_of(images(1, 30)), seed=7)
    features = color_network()
    fake, real = (features(x)["features"] for x in (images(1, 30), images(0)))
    np.testing.assert_allclose(list(score.results.values()), expected(real, fake), rtol=1e-5)


def test_statistics_of_another_output_are_not_used(monkeypatch, tmp_path):
    found = []
    for output in ("features", "probabilities"):
        kind = dataclasses.replace(kinds.KINDS["fid"], output=output)
        monkeypatch.setitem(kinds.KINDS, "fid", kind)
        network = color_network()
        Evaluator(
            metric_names.parse_metrics("fid30_full"),
            lambda name, network=network: network,
            reals=reference_sets(dataset()),
            cache_dir=tmp_path,
        )(fakes_of(images(1, 30)))
        found.append(network.seen)
    assert found == [30 + 40, 30 + 40]


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)


@pytest.fixture
def own_rows():
    """Rows added by a test are gone afterwards."""
    before = [dict(table) for table in (kinds.KINDS, NETWORKS)]
    yield
    for table, rows in zip((kinds.KINDS, NETWORKS), before, strict=True):
        table.clear()
        table.update(rows)


def test_metrics_and_networks_from_outside(own_rows):
    """As a module of --use adds them: names, checks and an evaluation know both."""
    distance = lambda real, fake: Estimate(float(fake.mean() - real.mean()))  # noqa: E731
    ada_tf.add_metric("shift", kinds.MetricKind(distance, "colours"))
    model = color_network().model
    row = networks.Network(("features",), lambda: (model, {"x": np.zeros(1)}), title="Colours")
    assert ada_tf.add_features("colours", row).end == "_colours"
    network = load_network("colours")
    assert (network.name, network.end, network.title) == ("colours", "_colours", "Colours")
    metrics = metric_names.parse_metrics("shift30_full,kid30_full_colours")
    assert [m.network for m in metrics] == ["colours", "colours"]
    evaluator = Evaluator(metrics, load_network, reals=reference_sets(dataset()), cache_dir=False)
    score, _ = evaluator(fakes_of(images(1, 30)))
    expected = (images(1, 30).mean() - images(0).mean()) / 255
    assert score.results["shift30_full"] == pytest.approx(expected, rel=1e-4)
    with refused("'shift'"):
        ada_tf.add_metric("shift", kinds.KINDS["kid"])
    with refused("features='other'", "_clean"):
        ada_tf.add_features("other", dataclasses.replace(row, end="_clean"))
