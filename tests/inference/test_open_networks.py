"""Trained networks, whatever they lie in: the same images, and what cannot be loaded is refused."""

import dataclasses
import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf

import ada_tf
from ada_tf.data import DataConfig
from ada_tf.inference.generate import generate
from ada_tf.inference.open_networks import as_network, kimg_of, load_generator, open_trained
from ada_tf.interop import find_network, network_folder
from ada_tf.interop.network_folder import About
from ada_tf.metrics.evaluate import open_subject
from ada_tf.models import build, families
from ada_tf.models.config import Architecture
from ada_tf.shape import Shape
from ada_tf.training.config import RunConfig
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint_folder import described, network_state, newest, text_variable
from ada_tf.training.runs.snapshots import Snapshots
from tests.families import dcgan
from tests.inference.runs import NETWORK, run_config, save_run
from tests.interop.networks import make_network
from tests.sentences import refused

ABOUT = About(name="x")


def folder_of(path, folder):
    """The networks of a run without the run."""
    return network_folder.write(as_network(open_trained(path), ABOUT), folder)


def test_the_same_images_wherever_networks_lie(plain, tmp_path, monkeypatch):
    run_dir, generator = plain
    folder = folder_of(run_dir, tmp_path / "network[1]")  # TensorFlow's patterns are none here
    monkeypatch.setitem(find_network.NETWORKS, "toys", folder)
    expected = generate(generator, seeds=[1, 2])
    assert expected.std() > 0.1
    for place in (run_dir, newest(run_dir), folder, str(folder), "toys"):
        trained = open_trained(place)
        assert trained.architecture == Architecture(network=NETWORK, shape=Shape(16, 16, 3))
        found, known = load_generator(place)
        np.testing.assert_array_equal(generate(found, seeds=[1, 2]), expected)
        of_a_run = place in (run_dir, newest(run_dir))
        assert isinstance(known, RunConfig if of_a_run else Architecture)
        assert known == trained.config
        assert (trained.about is None) == of_a_run
        assert kimg_of(trained) == (0.0 if of_a_run else None)
    assert open_trained("toys").name == "toys"


def test_a_network_of_classes(conditional, tmp_path):
    run_dir, generator = conditional
    found = load_generator(folder_of(run_dir, tmp_path / "network"))[0]
    assert found.c_dim == 3
    for label in range(3):
        ours, theirs = (generate(g, seeds=[5], labels=label) for g in (generator, found))
        np.testing.assert_array_equal(theirs, ours)


def test_all_three_networks_of_a_run_can_be_asked_for(plain):
    network = as_network(open_trained(plain[0]), ABOUT, ("discriminator", "generator"))
    assert list(network.weights) == ["generator", "discriminator"]  # in the order of GROUPS
    assert network.count("generator_ema") == 0


def test_a_checkpoint_of_another_name_says_no_kimg(plain, tmp_path):
    checkpoint = pathlib.Path(newest(plain[0]))
    for name in ("best", "photos-7"):
        for path in checkpoint.parent.glob(f"{checkpoint.name}.*"):
            shutil.copy(path, tmp_path / f"{name}{path.suffix}")
        assert kimg_of(open_trained(tmp_path / name)) is None


@pytest.mark.parametrize("change", [{"channel_max": 2**15}, {"w_dim": 2**16}])
def test_a_huge_network_is_refused_before_it_is_built(tmp_path, monkeypatch, change):
    """It would fill any memory, and its file is small."""
    monkeypatch.setattr(
        "ada_tf.inference.generate.make_network", lambda *_, **__: pytest.fail("it is built")
    )
    huge = dataclasses.replace(NETWORK, channel_base=2**20, **change)
    network = make_network()
    of = dataclasses.replace(network.architecture, network=huge)
    folder = network_folder.write(dataclasses.replace(network, architecture=of), tmp_path / "huge")
    with refused():
        load_generator(folder)


@pytest.mark.parametrize("place", ["run", "network"])
def test_a_huge_discriminator_is_refused_before_it_is_built(tmp_path, place):
    """Its labels alone make it larger than all that is there."""
    network = dataclasses.replace(
        NETWORK, z_dim=1, w_dim=1, discriminator_mapping_layers=128, channel_max=64
    )
    if place == "run":
        save_run(tmp_path / place, 8, 1, 3, dataclasses.replace(network, channel_max=8))
    else:
        network_folder.write(
            make_network(network=dataclasses.replace(network, channel_max=8)), tmp_path / place
        )
    trained = open_trained(tmp_path / place)
    of = dataclasses.replace(trained.architecture, network=network, num_classes=2**10)
    trained = dataclasses.replace(trained, architecture=of, restore=None)
    with refused(place):
        as_network(trained, ABOUT)


def test_another_family_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setitem(families.GENERATORS, "dcgan", dcgan.GENERATOR)
    monkeypatch.setitem(families.DISCRIMINATORS, "patches", dcgan.DISCRIMINATOR)
    for change, name in (
        ({"generator": "dcgan"}, "dcgan"),
        ({"discriminator": "patches"}, "patch"),
    ):
        save_run(tmp_path / name, 8, 1, network=dataclasses.replace(NETWORK, **change))
        with refused(f"'{name}"):
            as_network(open_trained(tmp_path / name), ABOUT)


def test_a_generator_alone_is_a_network_without_a_discriminator(tmp_path):
    """As a run keeps them with --snapshots=generator."""
    model = save_run(tmp_path / "run", resolution=8)
    keep = dataclasses.replace(run_config(resolution=8), snapshots="generator")
    snapshots = Snapshots(tmp_path / "run", model, keep)
    snapshots.keep(str(tmp_path / "run" / "checkpoints" / "images-0"))
    trained = open_trained(tmp_path / "run" / "snapshots" / "images-0")
    network = as_network(trained, ABOUT)
    assert [*network.weights] == ["generator_ema"]
    assert not network.has("discriminator")


def test_a_family_that_is_not_known(tmp_path):
    for name in ("dcgan", "x\n" * 10**5):
        folder = network_folder.write(make_network(), tmp_path / name[:1])
        path = folder / network_folder.FILE
        values = json.loads(path.read_text())
        values["architecture"]["network"]["generator"] = name
        path.write_text(json.dumps(values))
        with refused("network.generator=") as e:
            open_trained(folder)
        assert len(str(e.value)) < 500


def config_of(network=NETWORK, resume=None):
    data = DataConfig("digits", resolution=8, channels=1, subset=32)
    tiny = preset("tiny", data=data)
    return dataclasses.replace(
        tiny, network=network, batch=4, batch_gpu=4, kimg=0.004, resume=resume
    )


def test_a_run_starts_from_exactly_the_networks_of_a_folder(tmp_path, monkeypatch, capsys):
    network = make_network(["generator_ema", "generator", "discriminator"])
    folder = network_folder.write(network, tmp_path / "network")
    run_dir = ada_tf.train(config_of(resume=str(folder)), tmp_path / "runs")
    assert f"Starting from the networks of {folder}" in capsys.readouterr().out
    first = run_dir / "checkpoints" / "images-0"
    start = as_network(open_trained(first), ABOUT, tuple(network.weights))
    for group, arrays in network.weights.items():
        assert start.weights[group].keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(start.weights[group][name], array)
    # and goes on from there
    later = as_network(open_trained(run_dir), ABOUT).weights["discriminator"]
    assert newest(run_dir) != str(first)
    assert any(
        (later[name] != array).any() for name, array in start.weights["discriminator"].items()
    )


def test_the_average_alone_starts_both_generators(tmp_path):
    network = make_network()
    folder = network_folder.write(network, tmp_path / "network")
    run_dir = ada_tf.train(config_of(resume=str(folder)), tmp_path / "runs")
    first = tf.train.load_checkpoint(str(run_dir / "checkpoints" / "images-0"))
    names = [n for n in first.get_variable_to_shape_map() if n.startswith("state/generator_ema/")]
    assert len(names) > 10
    for name in names:
        other = name.replace("generator_ema", "generator")
        np.testing.assert_array_equal(first.get_tensor(name), first.get_tensor(other))


def test_another_architecture_is_refused_in_words(tmp_path):
    folder = network_folder.write(make_network(), tmp_path / "network")
    wider = config_of(dataclasses.replace(NETWORK, w_dim=16), str(folder))
    with refused("network.w_dim", "16"):
        ada_tf.train(wider, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    # What owns no weights may differ.
    same = dataclasses.replace(NETWORK, mbstd_group=1, precision="float32")
    assert ada_tf.train(config_of(same, str(folder)), tmp_path / "runs").is_dir()


def test_a_generator_alone_starts_no_run(tmp_path):
    """Neither of a folder nor of a snapshot; and no directory of a run is made."""
    network_folder.write(make_network(["generator_ema"]), tmp_path / "network")
    state = {
        "config": text_variable(described(run_config(8, 1))),
        "generator_ema": network_state(build.make_generator(NETWORK, Shape(8, 8, 1), 0)),
    }
    tf.train.Checkpoint(state=state).write(str(tmp_path / "snapshot"))
    for name in ("network", "snapshot"):
        load_generator(tmp_path / name)
        with refused(name):
            ada_tf.train(config_of(resume=str(tmp_path / name)), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000, "a\nb", "creature"])
@pytest.mark.parametrize("door", [open_trained, open_subject])
def test_a_path_to_nothing(name, door, tmp_path, monkeypatch):
    """Longer than paths can be, or the name of no network."""
    monkeypatch.chdir(tmp_path)
    with refused():
        door(name)
