import dataclasses
import types

import numpy as np
import pytest

import ada_tf
from ada_tf import formats
from ada_tf.metrics import collect_features, evaluator, kinds
from ada_tf.metrics.evaluator import Evaluator
from ada_tf.metrics.images.reals import images_of_dataset, reference_sets
from ada_tf.metrics.measures import kernel
from ada_tf.metrics.measures.frechet import frechet_distance_of, moments_of
from ada_tf.metrics.measures.inception_score import inception_score
from ada_tf.metrics.measures.kernel import kernel_estimate
from ada_tf.metrics.measures.memorisation import authenticity, data_copying
from ada_tf.metrics.measures.precision_recall import density_coverage, precision_recall
from ada_tf.metrics.metric_names import parse_metrics
from tests.metrics.networks import color_network
from tests.metrics.sets import dataset, fakes_of, images
from tests.sentences import refused


class Setup:
    """An evaluator with networks that count."""

    def __init__(self, names, cache_dir=False, data=None, hash_="1" * 64):
        self.networks = {}
        self.data = data or dataset()
        self.evaluator = Evaluator(
            parse_metrics(names), lambda name: self.network(name, hash_),
            reals=reference_sets(self.data), cache_dir=cache_dir,
        )  # fmt: skip

    def network(self, name, hash_):
        assert name not in self.networks, "loaded twice"
        return self.networks.setdefault(name, color_network(name, hash_=hash_))


def test_all_metrics_share_one_pass():
    setup = Setup("fid30_full,kid20_full,fid25,is30,pr30_full,dc30_full,kid30_full_mnv2")
    fakes = fakes_of(images(1, 30))
    scores = setup.evaluator(fakes)
    assert fakes.batches.made == 30
    # Inception looks at 30 fakes, and at the 40 reals twice: with and without mirrored copies.
    assert setup.networks["inception"].seen == 30 + 40 + 40
    assert setup.networks["vgg16"].seen == 30 + 40
    assert setup.networks["mobilenet"].seen == 30 + 40
    features = color_network()
    fake, real = (features(x)["features"] for x in (images(1, 30), images(0)))
    results = {name: value for score in scores for name, value in score.results.items()}
    np.testing.assert_allclose(
        results["fid30_full"], frechet_distance_of(moments_of(real), moments_of(fake)), rtol=1e-9
    )
    np.testing.assert_allclose(
        results["fid25"], frechet_distance_of(moments_of(real), moments_of(fake[:25])), rtol=1e-9
    )
    assert results["kid20_full"] == kernel_estimate(real, fake[:20]).value
    assert results["kid30_full_mnv2"] == kernel_estimate(real, fake).value
    assert (results["pr30_full_precision"], results["pr30_full_recall"]) == precision_recall(
        real, fake
    )
    assert (results["dc30_full_density"], results["dc30_full_coverage"]) == density_coverage(
        real, fake
    )
    shown = features(images(1, 30))["probabilities"]
    assert (results["is30_mean"], results["is30_std"]) == inception_score(shown)
    # Again, as during training: reals are not looked at a second time.
    assert [s.results for s in setup.evaluator(fakes)] == [s.results for s in scores]
    assert setup.networks["mobilenet"].seen == 30 + 40 + 30


@pytest.mark.parametrize(("name", "function"), [("pr", precision_recall), ("dc", density_coverage)])
def test_neighbours_of_the_name(name, function):
    setup = Setup(f"{name}1k1_full,{name}1k2_full,{name}1k_full")
    scores = setup.evaluator(fakes_of(images(1, 1000)))
    one, two, usual = (tuple(score.results.values()) for score in scores)
    features = color_network()
    fake, real = (features(x)["features"] for x in (images(1, 1000), images(0)))
    assert one == function(real, fake, 1)
    assert two == function(real, fake, 2)
    assert usual == function(real, fake)
    assert one != two != usual


def test_the_seed_draws_the_subsets_of_kid(monkeypatch):
    monkeypatch.setattr(kernel, "ALL_PAIRS", 10)  # more take subsets
    setup, features = Setup("kid30_full"), color_network()
    fake, real = (features(x)["features"] for x in (images(1, 30), images(0)))
    for seed in (0, 1):
        (score,) = setup.evaluator(fakes_of(images(1, 30)), seed=seed)
        assert score.results["kid30_full"] == kernel_estimate(real, fake, seed).value
    assert kernel_estimate(real, fake, 0).value != kernel_estimate(real, fake, 1).value


def test_same_images_score_zero():
    results = Setup("fid40_full").evaluator(fakes_of(images(0)))[0].results
    assert abs(results["fid40_full"]) < 1e-6


def test_statistics_are_kept(tmp_path):
    first = Setup("fid30_full,kid30_full", tmp_path)
    scores = first.evaluator(fakes_of(images(1, 30)))
    again = Setup("fid30_full,kid30_full", tmp_path)
    assert [s.results for s in again.evaluator(fakes_of(images(1, 30)))] == [
        s.results for s in scores
    ]
    assert again.networks["inception"].seen == 30


@pytest.mark.parametrize(
    "other",
    [
        {"data": dataset(seed=5)},
        {"data": dataset(seed=0, count=39)},
        {"hash_": "2" * 64},
        {"data": dataset(mirror=True), "names": "fid30"},
        {"names": "fid30_full_mnv2"},
    ],
)
def test_statistics_of_anything_else_are_not_used(tmp_path, other):
    Setup("fid30_full", tmp_path).evaluator(fakes_of(images(1, 30)))
    setup = Setup(**{"names": "fid30_full", "cache_dir": tmp_path, **other})
    setup.evaluator(fakes_of(images(1, 30)))
    (network,) = setup.networks.values()
    assert network.seen > 30


@pytest.mark.parametrize("few", [0, 100])
def test_statistics_of_the_same_images_serve_every_metric(tmp_path, monkeypatch, few):
    """Features are kept once; of very many images the moments, one file for each count."""
    monkeypatch.setattr(collect_features, "FEW", few)
    Setup("kid30_full", tmp_path).evaluator(fakes_of(images(1, 30)))
    again = Setup("kid20_full,kid30_full,fid30", tmp_path)
    again.evaluator(fakes_of(images(1, 30)))
    kept = {path.name.partition("-")[2] for path in (tmp_path / "statistics").iterdir()}
    assert kept == ({"features.npz"} if few else {"features.npz", "moments40.npz"})
    assert again.networks["inception"].seen == (30 if few else 30 + 40)
    last = Setup("fid30_full", tmp_path)
    last.evaluator(fakes_of(images(1, 30)))
    assert last.networks["inception"].seen == 30


def test_metrics_that_compare_with_several_sets():
    """Whether images are copies is asked of the training images, beside held-out ones."""
    data = dataset(count=40, subset=25, validation=15)
    scores = Setup("auth30,ct30", data=data).evaluator(fakes_of(images(1, 30)))
    look = lambda x: color_network()(x)["features"]  # noqa: E731
    training, held_out = (look(images(0)[part.items]) for part in (data, data.validation))
    generated = look(images(1, 30))
    expected = authenticity(training, held_out, generated)
    assert scores[0].results == {
        "auth30_generated": expected.fake.value, "auth30_held_out": expected.held_out.value
    }  # fmt: skip
    assert scores[1].results == {
        "ct30": data_copying(training, held_out, generated).statistic.value
    }
    for score in scores:
        assert score.details["real"] == {"training": 25, "held_out": 15}
        assert "25 training images" in score.protocol
        assert "15 held-out images" in score.protocol


def test_features_of_the_reals_are_given_only_if_all_are_kept(monkeypatch):
    for limit, count in ((25, None), (None, 40)):
        kind = dataclasses.replace(kinds.KINDS["kid"], reals=limit)
        monkeypatch.setitem(kinds.KINDS, "kid", kind)
        setup = Setup("kid30_full")
        setup.evaluator(fakes_of(images(1, 30)))
        found = setup.evaluator.real_features("inception", "all")
        assert (None if found is None else len(found)) == count
        assert setup.evaluator.real_features("inception", "training") is None
    np.testing.assert_array_equal(found, color_network()(images(0))["features"])


def test_damaged_statistics_are_made_anew(tmp_path):
    Setup("fid30_full", tmp_path).evaluator(fakes_of(images(1, 30)))
    (kept,) = (tmp_path / "statistics").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    setup = Setup("fid30_full", tmp_path)
    setup.evaluator(fakes_of(images(1, 30)))
    assert setup.networks["inception"].seen == 30 + 40


@pytest.mark.parametrize("number", [2, 4, None])
def test_statistics_of_another_version_are_made_anew(tmp_path, monkeypatch, number):
    Setup("fid30_full", tmp_path).evaluator(fakes_of(images(1, 30)))
    (kept,) = (tmp_path / "statistics").iterdir()
    arrays = dict(np.load(kept))
    assert arrays.pop("format") == 3
    assert arrays["ada_tf"].tobytes().decode() == ada_tf.__version__
    np.savez(kept, **arrays, **({} if number is None else {"format": number}))
    setup = Setup("fid30_full", tmp_path)
    setup.evaluator(fakes_of(images(1, 30)))
    assert setup.networks["inception"].seen == 30 + 40
    other = dataclasses.replace(formats.STATISTICS, number=4)
    monkeypatch.setattr(formats, "STATISTICS", other)
    Setup("fid30_full", tmp_path).evaluator(fakes_of(images(1, 30)))
    assert len(list((tmp_path / "statistics").iterdir())) == 2  # neither overwrites the other's


def test_mirrored_copies_count_in_the_legacy_metrics_only():
    setup = Setup("fid30,fid31_full", data=dataset(mirror=True))
    legacy, full = setup.evaluator(fakes_of(images(1, 31)))
    assert setup.networks["inception"].seen == 31 + 80 + 40
    assert "with mirrored copies" in legacy.protocol
    assert "no mirror" in full.protocol


def test_protocol_in_words():
    (score,) = Setup("kid30_full").evaluator(fakes_of(images(1, 30)))
    for words in ("30 fakes", "first 40 images of noise", "no mirror", "inception", "1" * 12):
        assert words in score.protocol
    assert score.seconds > 0


def test_unequal_sizes_are_said_where_they_matter():
    scores = Setup("pr10_full,dc10_full,kid10_full,pr30_full").evaluator(fakes_of(images(1, 30)))
    said = ["40 reals against 10 fakes: of such unequal sizes" in s.protocol for s in scores]
    assert said == [True, True, False, False]


def test_the_time_of_a_score_holds_what_it_shares(monkeypatch):
    """By a clock that only the making of images moves."""
    clock = types.SimpleNamespace(now=0.0, perf_counter=lambda: clock.now)
    monkeypatch.setattr(evaluator, "time", clock)

    fakes = fakes_of(images(1, 30))

    def slow(count):
        clock.now += 60
        return fakes.batches(count)

    scores = Setup("kid30_full,fid30_full").evaluator(dataclasses.replace(fakes, batches=slow))
    assert [score.seconds for score in scores] == [60, 60]


def test_no_data_and_no_generator():
    with refused("data"):
        Evaluator(parse_metrics("fid30"), color_network)
    evaluator = Evaluator(parse_metrics("ppl2_wend_4"), color_network, lambda: None)
    with refused("metrics='ppl...'"):
        evaluator(fakes_of(images(1, 4)))


def test_fewer_images_than_asked_for():
    folder = images_of_dataset(dataset(count=20))
    with refused("20", "30"):
        Setup("fid30_full").evaluator(folder)


def test_float_images_are_refused():
    with refused("uint8"):
        Setup("fid30_full").evaluator(fakes_of(images(1, 30).astype(np.float32)))


@pytest.mark.parametrize("other", [{"side": 4}, {"channels": 1}])
def test_images_of_another_shape_are_refused(other):
    fakes = fakes_of(images(1, 30, **other))
    with refused("8", "3"):
        Setup("kid30_full").evaluator(fakes)
    assert fakes.batches.made == 16  # one batch


def test_nan_features_are_refused():
    import keras

    from ada_tf.metrics.features.feature_network import FeatureNetwork

    image = keras.Input([None, None, 3])
    broken = keras.layers.Lambda(lambda x: x * float("nan"))
    model = keras.Model(image, {"features": keras.layers.GlobalAveragePooling2D()(broken(image))})
    evaluator = Evaluator(
        parse_metrics("fid30_full"), lambda name: FeatureNetwork(name, model, "0", end=""),
        reals=reference_sets(dataset()), cache_dir=False,
    )  # fmt: skip
    with refused():
        evaluator(fakes_of(images(1, 30)))
