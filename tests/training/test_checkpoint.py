"""Saved and continued equals uninterrupted, to the last bit; wrong checkpoints are named."""

import dataclasses
import json
import os
import resource

import numpy as np
import pytest
import tensorflow as tf

import ada_tf
from ada_tf.data import DataConfig
from ada_tf.inference.open_networks import open_trained
from ada_tf.models import variables_by_name
from ada_tf.models.build import (
    DISCRIMINATORS,
    GENERATORS,
    make_discriminator,
    make_generator,
)
from ada_tf.models.config import NetworkConfig
from ada_tf.settings import to_dict
from ada_tf.shape import Shape
from ada_tf.training.config import AugmentConfig
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import (
    CONFIG_KEY,
    TrainingData,
    described,
    newest,
    read_clock,
    read_config,
    read_data,
    restore_networks,
    state_of,
    text_variable,
)
from ada_tf.training.runs.transfer import check_start
from tests.families import dcgan
from tests.sentences import refused
from tests.training import tiny


def config_of(network=tiny.NETWORK):
    data = DataConfig("digits", resolution=8, channels=1)
    return dataclasses.replace(preset("tiny", data=data), network=network)


@pytest.mark.usefixtures("untraced")
def test_continued_equals_uninterrupted(tmp_path):
    adapt = AugmentConfig(mode="ada")
    whole = tiny.model(augment=adapt)
    tiny.train(whole, 5)

    first = tiny.model(augment=adapt)
    tiny.train(first, 2)
    Checkpoints(tmp_path, first, config_of()).save()
    second = tiny.model(augment=adapt, seed=0)
    for variable in second.generator.trainable_variables:
        variable.assign(variable + 1)  # whatever was there is replaced
    assert Checkpoints(tmp_path, second, config_of()).restore_newest() is not None
    assert second.images_done == 2 * tiny.BATCH
    tiny.train(second, 3, start=2)

    expected, found = tiny.state(whole), tiny.state(second)
    assert expected.keys() == found.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    assert expected["augment/observed"].any()
    assert second.stats.read() == whole.stats.read()  # of the tick that is not over


def test_nothing_to_continue(tmp_path):
    assert Checkpoints(tmp_path, tiny.model(), config_of()).restore_newest() is None
    with refused():
        newest(tmp_path)


@pytest.fixture(scope="module")
def model():
    """For tests that only save and restore."""
    return tiny.model()


def test_a_checkpoint_carries_its_configuration(model, tmp_path):
    path = Checkpoints(tmp_path, model, config_of()).save()
    assert newest(tmp_path) == path == newest(path)
    assert read_config(path) == config_of()


def test_a_checkpoint_from_before_classes_had_names(model, tmp_path, monkeypatch):
    named = dataclasses.replace(config_of(), num_classes=2, class_names=("cat", "dog"))
    assert read_config(Checkpoints(tmp_path / "new", model, named).save()) == named

    def without_names(config):
        values = described(config)
        del values["class_names"]
        return values

    monkeypatch.setattr("ada_tf.training.runs.checkpoint.described", without_names)
    path = Checkpoints(tmp_path / "old", model, named).save()
    assert read_config(path) == dataclasses.replace(named, class_names=())


def test_networks_alone_can_be_loaded(model, tmp_path):
    other, z = tiny.model(seed=1), np.ones([2, 8], np.float32)
    path = Checkpoints(tmp_path, model, config_of()).save()
    assert (other.generator_ema(z).numpy() != model.generator_ema(z).numpy()).any()
    restore_networks(path, generator_ema=other.generator_ema)
    np.testing.assert_array_equal(other.generator_ema(z), model.generator_ema(z))


def test_another_architecture_is_named(model, tmp_path):
    path = Checkpoints(tmp_path, model, config_of()).save()
    wider = dataclasses.replace(tiny.NETWORK, w_dim=16)
    with refused("network.w_dim", "16"):
        check_start(config_of(wider).architecture, open_trained(path), False)
    check_start(config_of().architecture, open_trained(path), False)


# Another value for every setting of the networks; a new one belongs here.
OTHER_NETWORKS = {
    "z_dim": 16,
    "w_dim": 16,
    "mapping_layers": 1,
    "discriminator_mapping_layers": 2,
    "discriminator_mapping_lr": 0.1,
    "channel_base": 32,
    "channel_max": 4,
    "generator_channel_base": 32,
    "generator_channel_max": 4,
    "discriminator_channel_base": 32,
    "discriminator_channel_max": 4,
    "generator": "dcgan",
    "discriminator": "patches",
    "generator_architecture": "resnet",
    "discriminator_architecture": "skip",
    "discriminator_method": "auxrot",
    "mbstd_group": 1,
    "precision": "bfloat16",
    "num_low_precision": 1,
    "conv_clamp": 256.0,
}
# It owns no weights, but the weights of these layers are stored divided by it.
STORED_BY = {"discriminator_mapping_lr"}


def shapes(network, num_classes):
    """Every variable of both networks, by name."""
    both = (
        make_generator(network, Shape(8, 8, 1), num_classes),
        make_discriminator(network, Shape(8, 8, 1), num_classes),
    )
    return [{n: v.shape for n, v in variables_by_name(network).items()} for network in both]


@pytest.mark.parametrize("num_classes", [0, 3])
def test_networks_are_compared_by_what_owns_weights(model, tmp_path, monkeypatch, num_classes):
    monkeypatch.setitem(GENERATORS, "dcgan", dcgan.GENERATOR)
    monkeypatch.setitem(DISCRIMINATORS, "patches", dcgan.DISCRIMINATOR)
    assert OTHER_NETWORKS.keys() == {f.name for f in dataclasses.fields(NetworkConfig)}
    path = Checkpoints(
        tmp_path, model, dataclasses.replace(config_of(), num_classes=num_classes)
    ).save()
    usual = shapes(tiny.NETWORK, num_classes)
    for name, value in OTHER_NETWORKS.items():
        network = dataclasses.replace(tiny.NETWORK, **{name: value})
        assert network != tiny.NETWORK
        ours = dataclasses.replace(config_of(network), num_classes=num_classes)
        if shapes(network, num_classes) == usual and not (num_classes and name in STORED_BY):
            check_start(ours.architecture, open_trained(path), False)
            continue
        with refused(f"network.{name}", value):
            check_start(ours.architecture, open_trained(path), False)


def test_old_checkpoints_are_removed(model, tmp_path):
    checkpoints = Checkpoints(tmp_path, model, config_of(), keep=2)
    for images in (8, 16, 24):
        model.clock.go_to(images, 0)
        checkpoints.save()
    names = sorted(p.name for p in checkpoints.folder.glob("*.index"))
    assert names == ["images-16.index", "images-24.index"]


@pytest.fixture
def two(model, tmp_path):
    """(checkpoints of a run, paths of the two it has)."""
    checkpoints = Checkpoints(tmp_path, model, config_of())
    paths = []
    for images in (8, 16):
        model.clock.go_to(images, 0)
        paths.append(checkpoints.save())
    return checkpoints, paths


def data_of(path):
    return f"{path}.data-00000-of-00001"


@pytest.mark.parametrize("file", [data_of, lambda path: f"{path}.index"])
@pytest.mark.parametrize("rest", [0.5, 0.0, None])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(two, model, file, rest):
    checkpoints, (first, second) = two
    path = file(second)
    if rest is None:
        os.remove(path)
    else:
        os.truncate(path, int(os.path.getsize(path) * rest))
    said = []
    assert checkpoints.restore_newest(said.append) == first
    assert model.images_done == 8
    assert len(said) == 1
    assert f"checkpoint {second} is damaged" in said[0]
    assert "\n" not in said[0]
    assert newest(checkpoints.folder) == first


def test_one_flipped_bit_is_damage(two):
    checkpoints, (first, second) = two
    with open(data_of(second), "r+b") as f:
        f.seek(1000)
        byte = f.read(1)[0]
        f.seek(1000)
        f.write(bytes([byte ^ 1]))
    assert checkpoints.restore_newest([].append) == first


def test_nothing_intact_is_said(two):
    checkpoints, paths = two
    for path in paths:
        os.truncate(data_of(path), 10)
    with refused():
        checkpoints.restore_newest([].append)


def test_a_lost_list_is_made_up_for(two):
    checkpoints, (_, second) = two
    os.truncate(checkpoints.folder / "checkpoint", 0)
    assert checkpoints.restore_newest() == second


@pytest.mark.parametrize("content", [None, b"", b'model_checkpoint_path: "imagXs-16"\n'])
def test_after_a_lost_list_old_checkpoints_are_rotated_still(two, model, tmp_path, content):
    checkpoints, _ = two
    if content is None:
        os.remove(checkpoints.folder / "checkpoint")
    else:
        (checkpoints.folder / "checkpoint").write_bytes(content)
    again = Checkpoints(tmp_path, model, config_of(), keep=2)
    assert again.restore_newest() == str(checkpoints.folder / "images-16")
    for images in (24, 32):
        model.clock.go_to(images, 0)
        again.save()
    names = sorted(p.name for p in checkpoints.folder.glob("*.index"))
    assert names == ["images-24.index", "images-32.index"]


def test_a_checkpoint_that_the_list_does_not_name_is_not_removed(two, model, tmp_path):
    """As after a kill between the last byte and the list, or a flipped bit in the list."""
    checkpoints, (_, second) = two
    text = (checkpoints.folder / "checkpoint").read_text()
    (checkpoints.folder / "checkpoint").write_text(text.replace("images-16", "images-8"))
    assert Checkpoints(tmp_path, model, config_of()).restore_newest() == second


def test_a_continued_run_saves_its_new_settings(model, tmp_path):
    Checkpoints(tmp_path, model, config_of(), data=TrainingData(8, "a")).save()
    longer = dataclasses.replace(config_of(), kimg=500)
    again = Checkpoints(tmp_path, model, longer, data=TrainingData(9, "b"))
    again.restore_newest()
    model.clock.go_to(model.images_done + 8, 0)
    path = again.save()
    assert (read_config(path).kimg, read_data(path)) == (500, TrainingData(9, "b"))


def test_the_images_are_part_of_a_checkpoint(model, tmp_path):
    data = TrainingData(64, "0123")
    path = Checkpoints(tmp_path, model, config_of(), data=data).save()
    assert read_data(path) == data


def test_where_a_run_was_is_read_without_it(model, tmp_path):
    model.clock.go_to(24, 2)
    path = Checkpoints(tmp_path, model, config_of()).save()
    assert read_clock(path) == model.clock


def write_checkpoint(folder, model, **texts):
    """A checkpoint with other texts than `Checkpoints` writes."""
    texts = {name: text_variable(values) for name, values in texts.items()}
    state = tf.train.Checkpoint(state={**state_of(model), **texts})
    manager = tf.train.CheckpointManager(state, folder / "checkpoints", 1, checkpoint_name="images")
    return manager.save(8)


@pytest.mark.parametrize("clock", [{}, {"images": "x", "stream": 0}, {"images": 8}])
def test_a_clock_that_is_none_is_refused(clock, model, tmp_path):
    path = write_checkpoint(tmp_path, model, clock=clock)
    with refused():
        read_clock(path)


def test_a_checkpoint_without_a_clock_is_refused(model, tmp_path):
    with refused("images-8"):
        read_clock(write_checkpoint(tmp_path, model))


@pytest.mark.parametrize(
    "stamp",
    [
        {},
        {"format": 3, "ada_tf": "9.9"},
    ],
)
def test_a_checkpoint_of_another_version_is_refused(model, tmp_path, stamp):
    path = write_checkpoint(tmp_path, model, config={**stamp, **to_dict(config_of())}, data={})
    for door in (
        lambda: read_config(path),
        lambda: open_trained(tmp_path, "resume"),
        Checkpoints(tmp_path, model, config_of()).restore_newest,
    ):
        with refused():
            door()


def test_a_checkpoint_says_its_format_and_version(model, tmp_path):
    path = Checkpoints(tmp_path, model, config_of()).save()
    text = json.loads(tf.train.load_checkpoint(path).get_tensor(CONFIG_KEY))
    assert (text["format"], text["ada_tf"]) == (2, ada_tf.__version__)


def test_a_generator_alone_is_no_run_to_continue(model, tmp_path):
    write_checkpoint(tmp_path, model, config=described(config_of()))
    with refused("--restart", "images-8"):
        Checkpoints(tmp_path, model, config_of()).restore_newest()


def test_a_full_disk_leaves_what_there_is(two, model):
    """A limit on file sizes stands for the full disk: writing fails in the middle of a file."""
    checkpoints, (_, second) = two
    model.clock.go_to(24, 0)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(data_of(second)) // 2, limit[1]))
    try:
        with refused("24") as error:
            checkpoints.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert second in str(error.value)
    assert "(File too large)" in str(error.value)
    assert "\n" not in str(error.value)
    assert not [p for p in checkpoints.folder.iterdir() if "24" in p.name]
    assert checkpoints.restore_newest() == second


def test_what_a_killed_save_left_is_removed(two, model, tmp_path):
    checkpoints, _ = two
    left = checkpoints.folder / "images-24.data-00000-of-00001"
    left.write_bytes(b"x")
    (checkpoints.folder / "images-24_temp").mkdir()
    (checkpoints.folder / f"checkpoint.tmp{'0' * 32}").touch()  # by TensorFlow
    (checkpoints.folder / ".checkpoint.123-01234567.tmp").touch()  # by us
    Checkpoints(tmp_path, model, config_of())
    names = {p.name.split(".")[0] for p in checkpoints.folder.iterdir()}
    assert names == {"checkpoint", "images-8", "images-16"}
