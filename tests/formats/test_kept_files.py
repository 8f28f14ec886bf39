"""Files of earlier versions open, go on, and mean the same: one folder for each version.

What today writes is kept before its format changes: see the README.md of a folder for what it holds.
"""

import collections
import dataclasses
import json
import pathlib
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf import formats
from ada_tf.data import DataConfig, open_dataset
from ada_tf.errors import UserError
from ada_tf.formats import Migration
from ada_tf.inference.generate import generate
from ada_tf.inference.open_networks import load_generator
from ada_tf.inference.train import train
from ada_tf.models.discriminator import Discriminator
from ada_tf.models.methods import METHODS, rotations
from ada_tf.settings import differences
from ada_tf.training.runs import checkpoint_folder
from ada_tf.training.runs.checkpoint_folder import images_of, newest, read_clock, read_config
from ada_tf.training.runs.run_dir import find_run_dir, read_options, settings_that_differ
from tests.formats.command import config_of

KEPT = pathlib.Path(__file__).parent
VERSIONS = ["v0_2"]
RUNS = [
    (version, name) for version in VERSIONS for name in ("relativistic", "auxrot", "spectralnorm")
]
NETWORKS = [*RUNS, ("v0_2", "network")]
# Processors add in other orders; a tenth of a level of 8 bits is 8e-4.
NEAR = 5e-4


@pytest.mark.parametrize(("version", "name"), NETWORKS)
def test_a_generator_makes_the_same_pictures(version, name):
    with np.load(KEPT / version / "pictures.npz") as pictures:
        expected = pictures[name]
    generator, _ = load_generator(KEPT / version / name)
    labels = [0, 3, 7, 9] if generator.c_dim else None
    images = generate(generator, seeds=[0, 1, 2, 3], labels=labels, truncation_psi=0.7)
    assert expected.std() > 0.3
    np.testing.assert_allclose(images, expected, atol=NEAR)


@pytest.mark.parametrize(("version", "name"), RUNS)
def test_a_run_and_its_checkpoint_have_one_configuration(version, name):
    run_dir = KEPT / version / name
    options = read_options(run_dir)
    assert differences(options, read_config(newest(run_dir))) == []
    assert read_clock(newest(run_dir)).images == 64


@pytest.mark.parametrize(("version", "name"), RUNS)
def test_a_command_of_then_means_the_run_of_then(version, name):
    run_dir = KEPT / version / name
    config = config_of(run_dir / "command.flags")
    assert settings_that_differ(config, read_options(run_dir)) == []
    assert find_run_dir(run_dir.parent, config) == run_dir


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize(("version", "name"), RUNS)
def test_a_run_goes_on(version, name, tmp_path, capsys):
    run_dir = tmp_path / f"00000-{name}"
    shutil.copytree(KEPT / version / name, run_dir)
    config = dataclasses.replace(read_options(run_dir), kimg=0.072)
    assert train(config, tmp_path) == run_dir
    assert "Continuing after 0.064 kimg" in capsys.readouterr().out
    assert images_of(newest(run_dir)) == 72
    record = json.loads((run_dir / "training_options.json").read_text())
    assert record["format"] == formats.RUN_OPTIONS.number
    load_generator(run_dir)


@pytest.mark.usefixtures("untraced")
def test_a_run_starts_from_networks_of_then(tmp_path):
    config = config_of(KEPT / "v0_2" / "relativistic" / "command.flags")
    source = str(KEPT / "v0_2" / "network")
    started = dataclasses.replace(config, resume=source, kimg=0.008)
    assert images_of(newest(train(started, tmp_path))) == 8


KERAS_FILES = KEPT / "v0_2" / "keras"


@pytest.fixture(scope="module")
def outputs():
    """Images, latents and what the networks of that folder made of them."""
    with np.load(KERAS_FILES / "outputs.npz") as kept:
        return dict(kept)


@pytest.mark.parametrize("method", METHODS)
def test_a_saved_discriminator_means_the_same(method, outputs):
    """Version 0.2 had one class for all methods."""
    images, draws = outputs["images"], {"p": tf.constant(0.5), "seed": tf.constant([1, 2])}
    model = keras.models.load_model(KERAS_FILES / f"{method}.keras")
    assert type(model) is METHODS[method]
    logits = model(images, **(draws if model.adaptive else {}))
    np.testing.assert_allclose(logits, outputs[method], atol=1e-4, rtol=1e-4)
    if method == "auxrot":
        found = model.rotation_logits(rotations(images))
        np.testing.assert_allclose(found, outputs["turned"], atol=1e-4, rtol=1e-4)


def test_a_saved_generator_means_the_same(outputs):
    model = keras.models.load_model(KERAS_FILES / "generator.keras")
    images = model(outputs["z"], np.eye(2, dtype=np.float32), truncation_psi=0.7)
    np.testing.assert_allclose(images, outputs["generator"], atol=1e-4, rtol=1e-4)


def test_a_saved_discriminator_of_an_unknown_method_is_a_sentence():
    config = {**Discriminator(shape=(8, 8, 1), channel_base=32).get_config(), "method": ["x"]}
    with pytest.raises(UserError, match="import ada_tf.models.methods before it is loaded"):
        Discriminator.from_config(config)


@pytest.fixture
def next_format(monkeypatch):
    """A next format, in which generators have other names and a counter, and a setting has moved."""
    names_of_today, run = checkpoint_folder.network_state, formats.RUN_OPTIONS
    steps = collections.defaultdict(lambda: tf.Variable(0, trainable=False))

    def network_state(network):
        named = {f"net.{name}": value for name, value in names_of_today(network).items()}
        return {**named, "net.steps": steps[id(network)]} if "generator" in network.name else named

    def variables(name):
        return None if name.endswith("net.steps") else name.replace("/net.", "/")

    def values(old):
        return {**old, "loss": {**old["loss"], "style_mixing_prob": 0.5}}

    monkeypatch.setattr(checkpoint_folder, "network_state", network_state)
    monkeypatch.setattr(formats, "RUN_OPTIONS", dataclasses.replace(run, number=run.number + 1))
    monkeypatch.setitem(formats.MIGRATIONS, (run.name, run.number), Migration(values))
    kind = formats.CHECKPOINT
    monkeypatch.setattr(formats, "CHECKPOINT", dataclasses.replace(kind, number=kind.number + 1))
    monkeypatch.setitem(formats.MIGRATIONS, (kind.name, kind.number), Migration(values, variables))


@pytest.mark.usefixtures("untraced")
def test_a_migration_leads_to_a_next_format(next_format, tmp_path, capsys):
    """Settings and variables of a kept run are found by the names of a format that is yet to come."""
    test_a_generator_makes_the_same_pictures("v0_2", "auxrot")
    test_a_run_goes_on("v0_2", "auxrot", tmp_path, capsys)
    (run_dir,) = tmp_path.iterdir()
    assert read_config(newest(run_dir)).loss.style_mixing_prob == 0.5
    names = tf.train.load_checkpoint(newest(run_dir)).get_variable_to_shape_map()
    assert any("/net..mapping" in name for name in names)


def test_a_newer_format_is_refused(tmp_path, monkeypatch):
    run_dir = tmp_path / "run"
    shutil.copytree(KEPT / "v0_2" / "auxrot", run_dir)
    monkeypatch.setattr(formats, "CHECKPOINT", dataclasses.replace(formats.CHECKPOINT, number=1))
    with pytest.raises(formats.OtherFormat, match="was written by a newer ada_tf"):
        load_generator(run_dir)


def test_a_prepared_set_opens():
    dataset = open_dataset(DataConfig(str(KEPT / "v0_2" / "prepared"), cond=True))
    assert dataset.fingerprint == "96ffe84f14dbf4de"
    assert dataset.shape.hwc == (16, 16, 3)
    assert dataset.label_space.class_names == ("cats", "dogs")
    assert dataset.num_images == 8
