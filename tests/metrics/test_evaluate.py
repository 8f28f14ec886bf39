"""`evaluate`: one call from a run, a SavedModel, a generator or finished images to numbers."""

import dataclasses

import numpy as np
import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.images import save_png
from ada_tf.inference.open_networks import as_network, load_generator, open_trained
from ada_tf.interop import network_folder
from ada_tf.interop.export.saved_model import export_saved_model
from ada_tf.interop.network_folder import About
from ada_tf.metrics import evaluate as subjects
from ada_tf.metrics.evaluate import evaluate, open_run, open_subject
from ada_tf.metrics.features import feature_network
from ada_tf.metrics.images.images import shape_of
from ada_tf.metrics.measures.kernel import kernel_estimate
from ada_tf.training.runs.checkpoint_folder import TrainingData, newest
from tests.data import samples
from tests.inference.runs import save_run
from tests.metrics.networks import color_network
from tests.metrics.sets import images
from tests.sentences import refused

NAME = "kid20_full_mnv2"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    save_run(path, channels=1)
    return path


def as_folder(run, path):
    """Its networks without the run."""
    return network_folder.write(as_network(open_trained(run), About(name="x")), path)


@pytest.fixture(autouse=True)
def networks(monkeypatch):
    """Small networks instead of those whose weights would be needed: (name, options) of each."""
    asked = []

    def load(name, **options):
        asked.append((name, options))
        return color_network(name)

    monkeypatch.setattr(feature_network, "load_network", load)
    return asked


def test_a_run_a_checkpoint_and_its_generator_score_alike(run, networks, tmp_path):
    values = evaluate(
        run, metrics="kid20_full,pr20_full", features="mobilenet", cache_dir=tmp_path, seed=3
    )
    assert list(values) == [NAME, "pr20_full_mnv2_precision", "pr20_full_mnv2_recall"]
    assert all(type(value) is float for value in values.values())
    assert networks == [("mobilenet", {"paths": None, "cache_dir": tmp_path, "download": False})]
    same = {"metrics": [NAME], "cache_dir": tmp_path, "seed": 3}
    assert evaluate(newest(run), **same)[NAME] == values[NAME]
    generator, config = load_generator(run)
    assert evaluate(generator, config.data, **same)[NAME] == values[NAME]
    assert evaluate(generator, open_dataset(config.data), **same)[NAME] == values[NAME]
    assert evaluate(run, **{**same, "seed": 4})[NAME] != values[NAME]


def test_a_saved_model(run, tmp_path):
    generator, config = load_generator(run)
    export_saved_model(generator, tmp_path / "exported", config)
    values = evaluate(tmp_path / "exported", "digits", NAME, cache_dir=tmp_path)
    assert values.keys() == {NAME}
    with refused("data"):
        evaluate(tmp_path / "exported", metrics=NAME, cache_dir=tmp_path)


def test_a_saved_model_beside_images_of_other_sizes(run, tmp_path, monkeypatch):
    """They are opened in the size of what it makes, 16 pixels and grey, as for a run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "photos").mkdir()
    for i, image in enumerate(images(0, 20, 40)):
        save_png(image, tmp_path / "photos" / f"{i:02d}.png")
    generator, config = load_generator(run)
    export_saved_model(generator, tmp_path / "exported", config)
    subject = open_subject(tmp_path / "exported", tmp_path / "photos")
    assert subject.sets("all").shape == shape_of(subject.fakes) == (16, 16, 1)


def test_a_network_folder_is_scored_as_its_run(run, tmp_path):
    """Beside a source, which is opened in the size of its images, 16 pixels, not its own 8."""
    folder = as_folder(run, tmp_path / "network")
    options = {"metrics": NAME, "cache_dir": tmp_path / "cache"}
    assert evaluate(folder, "digits", **options) == evaluate(run, **options)
    subject = open_subject(str(folder), "digits")
    assert (subject.name, subject.run_dir) == (str(folder), None)
    assert next(subject.fakes.batches(2)).shape == (2, 16, 16, 1)
    with refused("data"):
        evaluate(folder, **options)
    with refused("snapshots=True"):
        evaluate(folder, "digits", snapshots=True, **options)
    assert not (folder / "cache").exists()


def test_a_network_folder_of_classes_reads_the_labels_of_its_source(tmp_path):
    save_run(tmp_path / "run", resolution=8, channels=1, classes=10)
    folder = as_folder(tmp_path / "run", tmp_path / "network")
    values = evaluate(folder, "digits", NAME, cache_dir=tmp_path)
    assert np.isfinite(values[NAME])


def test_a_saved_model_of_classes_reads_the_labels_of_its_source(tmp_path):
    save_run(tmp_path / "run", resolution=8, channels=1, classes=10)
    generator, config = load_generator(tmp_path / "run")
    export_saved_model(generator, tmp_path / "exported", config)
    subject = open_subject(tmp_path / "exported", "digits")
    assert subject.reals.whole.label_space.num_classes == 10
    assert next(subject.fakes.batches(2)).shape == (2, 8, 8, 1)


def test_a_file_is_read_as_published_networks(tmp_path):
    (tmp_path / "faces.pkl").write_bytes(b"no pickle")
    with refused("faces.pkl"):
        open_subject(tmp_path / "faces.pkl", "digits")


def test_an_export_of_a_newer_version_is_refused(run, tmp_path):
    generator, config = load_generator(run)
    path = export_saved_model(generator, tmp_path / "exported", config)
    (path / "ada_tf.json").write_text('{"format": 99, "ada_tf": "9.9"}')
    with refused("ada_tf", "9.9"):
        evaluate(path, "digits", NAME, cache_dir=tmp_path)


def test_a_run_does_not_say_where_prepared_images_are_kept(run, monkeypatch):
    generator, config = load_generator(run)
    elsewhere = dataclasses.replace(config.data, cache_dir="/elsewhere")
    config = dataclasses.replace(config, data=elsewhere)
    monkeypatch.setattr(subjects, "load_generator", lambda path: (generator, config))
    assert open_run(str(run))[2].cache_dir is None


def folder_of(path, pictures):
    path.mkdir()
    for i, picture in enumerate(pictures):
        save_png(picture, path / f"{i:02d}.png")
    return path


@pytest.fixture
def reals(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder_of(tmp_path / "reals", images(0, 40))


def test_finished_images_of_which_many_are_one(reals, tmp_path):
    """Nothing is left out: 24 of 40 fakes are one file, and all 40 are scored."""
    fakes = images(1, 40)
    fakes[16:] = fakes[7]
    path = folder_of(tmp_path / "fakes", fakes)
    said = []
    evaluate(
        open_subject(generated=path, data=reals),
        metrics="kid40_full",
        cache_dir=tmp_path / "statistics",
        on_scores=lambda name, scores: said.extend(scores),
    )
    (score,) = said
    whole, least = color_network()(fakes)["features"], color_network()(fakes[:16])["features"]
    real = color_network()(images(0, 40))["features"]
    expected, shrunk = (kernel_estimate(real, fake, seed=0).value for fake in (whole, least))
    assert score.results["kid40_full"] == pytest.approx(expected, rel=1e-6)
    assert score.results["kid40_full"] > 2 * shrunk
    assert "24 of 40 are an earlier one again (07.png is there 25 times)" in score.protocol
    (cached,) = (tmp_path / "cache" / "ada_tf" / "datasets").glob("*-8x8x3-*/")
    assert cached.name.startswith("reals")


def test_finished_images_of_another_size(reals, tmp_path):
    path = folder_of(tmp_path / "fakes", images(0, 4, side=16))
    with refused("generated=", "00.png"):
        open_subject(generated=path, data=reals)
    subject = open_subject(generated=path, data=reals, fit=True)
    assert subject.run_dir is None
    assert next(subject.fakes.batches(2)).shape == (2, 8, 8, 3)


def test_every_snapshot(run, tmp_path):
    said = []
    found = evaluate(
        run,
        metrics=NAME,
        snapshots=True,
        cache_dir=tmp_path,
        on_scores=lambda *one: said.append(one),
    )
    (state,) = found  # that of the newest checkpoint
    assert state == newest(run)
    ((path, (score,)),) = said
    assert (path, score.results) == (state, found[state])
    with refused("snapshots=True"):
        evaluate(load_generator(run)[0], DataConfig("digits"), NAME, snapshots=True)


@pytest.mark.parametrize("data", [None, "digits"])
def test_the_images_a_run_was_trained_on(run, monkeypatch, data):
    """Those that it held out stay held out, also if the same source is named."""
    config = DataConfig("digits", resolution=16, channels=1, subset=50, validation=20)
    generator = load_generator(run)[0]
    monkeypatch.setattr(subjects, "open_run", lambda _: (newest(run), generator, config, run))
    fingerprint = open_dataset(config).fingerprint
    monkeypatch.setattr(subjects, "read_data", lambda _: TrainingData(1797, fingerprint))
    subject = open_subject(run, data)
    assert (subject.training_images().num_images, subject.sets("held_out").count) == (50, 20)
    assert (subject.sets("all").count, subject.sets("training").count) == (1797, 50)


def test_other_images_than_a_run_was_trained_on(run, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    config = DataConfig("digits", resolution=16, channels=1, subset=50, validation=20)
    generator = load_generator(run)[0]
    monkeypatch.setattr(subjects, "open_run", lambda _: (newest(run), generator, config, run))
    subject = open_subject(run, "creatures:30")
    assert subject.training_images().num_images == 30
    with refused("reference='held_out'"):
        subject.sets("held_out")
    assert open_subject(run, "creatures:30", held_out="creatures:30-34").sets("held_out").count == 5
    with refused("data"):
        open_subject(generator).training_images()


def test_held_out_images_come_to_their_shape_as_the_others(run, tmp_path, monkeypatch):
    wide = samples.folder(tmp_path / "wide", ["a.png"], (64, 32), "L")
    options = {"crop": "pad", "pad_color": "black", "resize_filter": "box"}
    cache = {"cache_dir": str(tmp_path / "cache")}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    config = DataConfig(str(wide), resolution=16, channels=1, **options, **cache)
    subject = open_subject(load_generator(run)[0], config, held_out=wide)
    (held_out,), (whole,) = (next(subject.sets(n).batches(1)) for n in ("held_out", "all"))
    np.testing.assert_array_equal(held_out, whole)
    assert not held_out[0].any()  # the ground


def test_the_reference_of_a_call(run, tmp_path):
    name = "kid20_full_mnv2"
    found = evaluate(run, metrics=name, reference="held_out", held_out="digits", cache_dir=tmp_path)
    assert found == {"kid20_held_mnv2": evaluate(run, metrics=name, cache_dir=tmp_path)[name]}


def test_a_source_beside_a_generator_is_of_no_size(run):
    with refused("data='digits'"):
        evaluate(load_generator(run)[0], "digits", NAME)


@pytest.mark.parametrize("given", [{}, {"network": "a", "generated": "b"}])
def test_one_of_two(given):
    with refused("--network"):
        open_subject(**given)


def test_weights_and_downloads_are_handed_on(run, networks, tmp_path):
    files = {"mobilenet": "m.h5"}
    values = evaluate(run, metrics=NAME, weights=files, download=True, cache_dir=tmp_path)
    assert networks == [("mobilenet", {"paths": files, "cache_dir": tmp_path, "download": True})]
    assert np.isfinite(values[NAME])
