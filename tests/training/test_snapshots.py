"""Some states of a run are kept for good: the same ones, whatever was killed."""

import dataclasses
import math
import os
import types

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.inference.open_networks import load_generator
from ada_tf.training import forecast
from ada_tf.training.callbacks.saving import SavingCallback
from ada_tf.training.presets import preset
from ada_tf.training.runs import snapshots
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import damage_of, newest, restore_networks
from ada_tf.training.runs.snapshots import Snapshots
from tests.training import tiny
from tests.training.test_checkpoint import config_of

CONFIG = dataclasses.replace(config_of(), batch=tiny.BATCH, snapshot_kimg=0.008)


def run(model, path, images, start=None, config=CONFIG, snap=1000):
    """Iterations of 4 images with checkpoints as in training; `start` is restored before."""
    checkpoints = Checkpoints(path, model, config, keep=1)
    kept = Snapshots(path, model, config)
    signals = types.SimpleNamespace(received=None)
    saving = SavingCallback(checkpoints, kept, print, 1000, snap, 1e9, signals)
    saving.set_model(model)
    if start is None:
        model.clock.go_to(0, 0)
        checkpoints.save()
    else:
        assert checkpoints.restore_newest().endswith(f"-{start}")
    saving.on_train_begin()
    while model.images_done < images:
        model.clock.go_to(model.images_done + tiny.BATCH, 0)
        saving.on_train_batch_end(0)
    return checkpoints


def kept(path):
    return sorted(p.name for p in (path / "snapshots").iterdir())


@pytest.fixture(scope="module")
def model():
    return tiny.model()


WHOLE = [f"images-{n}{end}" for n in (16, 24, 8) for end in (".data-00000-of-00001", ".index")]


def test_one_is_kept_of_every_interval(model, tmp_path):
    checkpoints = run(model, tmp_path, 28)
    assert kept(tmp_path) == WHOLE
    assert not checkpoints.holds(8)  # they outlive the checkpoints
    assert newest(tmp_path / "snapshots" / "images-8").endswith("images-8")
    assert newest(tmp_path / "snapshots").endswith("images-24")


def test_intervals_that_batches_do_not_meet(model, tmp_path):
    run(model, tmp_path, 28, config=dataclasses.replace(CONFIG, snapshot_kimg=0.01))
    assert [name for name in kept(tmp_path) if name.endswith("index")] == [
        "images-12.index",
        "images-20.index",
    ]


def test_a_kill_between_checkpoint_and_snapshot_loses_none(model, tmp_path, monkeypatch):
    def die(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(snapshots, "link", die)
        with pytest.raises(KeyboardInterrupt):
            run(model, tmp_path, 28)
    run(model, tmp_path, 28, start=8)
    assert kept(tmp_path) == WHOLE


def test_a_snapshot_is_whole_or_not_there(model, tmp_path, monkeypatch):
    """Killed between its two files: without the index nobody takes it for a checkpoint."""
    replace = os.replace

    def die_at_index(path, target):
        if str(target).endswith(".index") and "snapshots" in str(target):
            raise KeyboardInterrupt
        replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", die_at_index)
        with pytest.raises(KeyboardInterrupt):
            run(model, tmp_path, 28)
    assert not list((tmp_path / "snapshots").glob("*.index"))
    run(model, tmp_path, 28, start=8)
    assert kept(tmp_path) == WHOLE


def test_a_whole_state_takes_no_space_twice_and_can_start_a_run(model, tmp_path):
    checkpoints = run(model, tmp_path, 8)
    ours = tmp_path / "snapshots" / "images-8.data-00000-of-00001"
    theirs = checkpoints.folder / ours.name
    assert ours.stat().st_ino == theirs.stat().st_ino
    other = tiny.model(seed=1)
    restore_networks(newest(tmp_path / "snapshots"), discriminator=other.discriminator)


def test_a_damaged_snapshot_is_replaced_when_its_images_come_again(model, tmp_path):
    """It shares its bytes with the checkpoint, and the damage."""
    checkpoints = run(model, tmp_path, 8)
    with open(f"{checkpoints.path_of(8)}.data-00000-of-00001", "r+b") as file:
        file.write(b"damage")
    assert damage_of(str(tmp_path / "snapshots" / "images-8")) is not None
    run(model, tmp_path, 8)
    assert damage_of(str(tmp_path / "snapshots" / "images-8")) is None


def test_file_systems_without_links_get_copies(model, tmp_path, monkeypatch):
    def link(*arguments):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    run(model, tmp_path, 8)
    assert newest(tmp_path / "snapshots").endswith("images-8")


def test_a_generator_alone_makes_the_same_images(model, tmp_path):
    run(model, tmp_path, 8, config=dataclasses.replace(CONFIG, snapshots="generator"))
    generator, config = load_generator(tmp_path / "snapshots" / "images-8")
    z = np.ones([2, 8], np.float32)
    np.testing.assert_array_equal(generator(z), model.generator_ema(z))
    assert config.snapshots == "generator"
    whole = sum(p.stat().st_size for p in (tmp_path / "checkpoints").glob("images-8.*"))
    alone = sum(p.stat().st_size for p in (tmp_path / "snapshots").glob("images-8.*"))
    assert alone < whole / 2


def float_bytes(checkpoint):
    reader = tf.train.load_checkpoint(checkpoint)
    kinds, shapes = reader.get_variable_to_dtype_map(), reader.get_variable_to_shape_map()
    return sum(4 * math.prod(shapes[n]) for n in shapes if kinds[n] == tf.float32)


def test_sizes_are_those_of_the_files(model, tmp_path):
    counts = forecast.count_networks(CONFIG)
    # Besides: two learning rates, p, its sums and the mean path length.
    assert 0 <= float_bytes(run(model, tmp_path, 8).path_of(8)) - 4 * counts.state < 100
    small = dataclasses.replace(CONFIG, snapshots="generator")
    run(model, tmp_path / "small", 8, config=small)
    assert float_bytes(newest(tmp_path / "small" / "snapshots")) == 4 * counts.generator


def test_sizes_in_words():
    config = dataclasses.replace(preset("tiny", data=CONFIG.data, resolution=8), num_classes=0)
    counts = forecast.count_networks(config)
    said = forecast.disk_line(config, 3, counts)
    assert "one for good every 20 kimg" in said
    assert said.endswith("MB")
    short = dataclasses.replace(config, kimg=19.9)
    assert forecast.disk_line(short, 3, counts).endswith("to continue from")
    assert forecast.readable(660_000_000) == "660 MB"
    assert forecast.readable(1_250_000_000) == "1.2 GB"
