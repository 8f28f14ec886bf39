"""Whole runs in this process: every mode of augmentation, labels, and starting from another run.

They have a few iterations, which run as Python; runs of graphs are those of the programs, in tests/cli.
"""

import dataclasses
import json
import pathlib
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from ada_tf.data import DataConfig, open_dataset
from ada_tf.ops import choice, conv
from ada_tf.training.callbacks.ticks import TickCallback
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import newest, read_config, read_data
from ada_tf.training.session import train
from tests.sentences import refused

pytestmark = pytest.mark.usefixtures("untraced_module")

# The smallest networks of the trainer, on 64 real digits.
SMALL = {
    "network": {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8, "mbstd_group": 2},
    "batch": 8,
    "batch_gpu": 8,
    "kimg": 0.032,
}


def run(outdir, *, cond=False, validation=0, augment=None, transfer=None, **changes):
    data = DataConfig("digits", subset=64, cond=cond, validation=validation)
    dataset = open_dataset(data, log=lambda line: None)
    config = preset(
        "tiny", data=data, dataset=dataset, **{**SMALL, "augment": augment or {}, **changes}
    )
    if transfer is not None:
        config = dataclasses.replace(config, resume=str(transfer))
    return train(config, outdir, dataset=dataset)


def last_stats(run_dir):
    return json.loads((run_dir / "stats.jsonl").read_text().splitlines()[-1])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(tmp_path_factory.mktemp("runs"), cond=True, augment={"kimg": 0.1, "interval": 2})


def test_labels_and_adaptation(finished):
    config = read_config(newest(finished))
    assert config.num_classes == 10
    assert finished.name == "00000-digits-cond-subset64-tiny-batch8"
    assert np.isfinite(last_stats(finished)["Loss/D/loss"]["mean"])


def test_validation_images_steer_p(tmp_path):
    """r_v: held-out images are scored after every batch, and p moves on what they say."""
    run_dir = run(
        tmp_path,
        validation=16,
        augment={"mode": "adarv", "p": 0.4, "target": 0.5, "kimg": 0.1, "interval": 1},
        kimg_per_tick=0.008,
    )
    ticks = [json.loads(line) for line in (run_dir / "stats.jsonl").read_text().splitlines()]
    seen = [tick["Progress/augment"]["mean"] for tick in ticks]
    assert len(seen) == 4
    # A step of p a tick, towards what is recorded as the statistic: r_v, not the mean of signs.
    recorded = [tick[STATISTIC] for tick in ticks]
    assert [found["num"] for found in recorded] == [1] * 4
    moves = np.sign(np.diff([0.4, *seen]))
    assert (np.sign([found["mean"] - 0.5 for found in recorded]) == moves).all()
    assert np.all(np.abs(np.diff([0.4, *seen])) > 0.01)  # a step of 8 images is 0.08


@pytest.mark.parametrize(("mode", "p"), [("fixed", 0.3), ("noaug", 0.0)])
def test_other_modes_leave_p_alone(tmp_path, mode, p):
    run_dir = run(tmp_path, augment={"mode": mode, "p": p}, kimg=0.016)
    assert last_stats(run_dir)["Progress/augment"]["mean"] == pytest.approx(p)
    assert (run_dir / "reals_augmented.png").exists() == (mode != "noaug")


def test_a_run_goes_on_in_plain_convolutions(tmp_path, monkeypatch, capsys):
    """As on a card that refuses the others, which are then asked for nowhere."""
    run_dir = run(tmp_path, kimg=0.008)
    monkeypatch.setattr(conv, "_up", lambda *given: pytest.fail("a strided convolution"))
    monkeypatch.setattr(conv, "_down", lambda *given: pytest.fail("a strided convolution"))
    assert run(tmp_path, kimg=0.016, conv="folded") == run_dir
    assert ", convolutions folded\n" in capsys.readouterr().out
    assert newest(run_dir).endswith("images-16")
    assert not choice.folds()


def test_transfer_starts_from_other_networks(finished, tmp_path, capsys):
    run_dir = run(tmp_path, cond=True, transfer=finished, kimg=0.008, seed=5)
    assert "Starting from the networks of" in capsys.readouterr().out
    assert run_dir.parent == tmp_path
    assert dataclasses.asdict(read_config(newest(run_dir)))["seed"] == 5


def test_other_images_are_trained_on_only_if_accepted(finished, tmp_path, monkeypatch, capsys):
    """The same folder with some images more or less: the same settings, other images."""
    outdir = tmp_path / "runs"
    run_dir = run(outdir, kimg=0.008)
    data = DataConfig("digits", subset=64)
    dataset = open_dataset(data, log=lambda line: None)
    fewer = dataclasses.replace(dataset, items=dataset.items[:60], flips=dataset.flips[:60])
    other = dataclasses.replace(dataset, fingerprint="0123")
    config = preset("tiny", data=data, dataset=dataset, **{**SMALL, "kimg": 0.016})
    before = newest(run_dir)
    for changed in (
        fewer,
        other,
    ):
        with refused("--accept_changed_data"):
            train(config, outdir, dataset=changed)
        assert newest(run_dir) == before
    capsys.readouterr()
    assert train(config, outdir, dataset=fewer, accept_changed_data=True) == run_dir
    assert "Warning: digits has 60 images now, 64 when" in capsys.readouterr().out
    assert read_data(newest(run_dir)).images == 60


def test_a_source_of_networks_is_read_when_a_run_begins_only(finished, tmp_path):
    source, outdir = tmp_path / "source", tmp_path / "runs"
    shutil.copytree(finished, source)
    first = run(outdir, cond=True, transfer=source, kimg=0.008, seed=5)
    shutil.rmtree(source)
    assert run(outdir, cond=True, transfer=source, kimg=0.016, seed=5) == first
    with refused():
        run(tmp_path / "other", cond=True, transfer=source, kimg=0.008, seed=6)
    assert not (tmp_path / "other").exists()


def test_one_folder_typed_in_two_ways_is_one_run(tmp_path, monkeypatch, capsys):
    photos = tmp_path / "photos"
    photos.mkdir()
    for i in range(8):
        Image.fromarray(np.full([8, 8], 30 * i, np.uint8)).save(photos / f"{i}.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = set()
    for source in ("photos", "photos/", "./photos", "~/photos", str(photos)):
        data = DataConfig(source, resolution=8, cache_dir=str(tmp_path / "cache"))
        dataset = open_dataset(data, log=lambda line: None)
        config = preset("tiny", data=data, dataset=dataset, **{**SMALL, "kimg": 0.008})
        found.add(train(config, "runs", dataset=dataset))
    assert found == {pathlib.Path("runs/00000-photos-tiny-batch8")}
    (run_dir,) = found
    assert read_config(newest(run_dir)).data.source == str(photos)
    assert f"\nsource: {photos}\nkept: 8\n" in (run_dir / "data_report.txt").read_text()


def test_two_at_once_are_one(finished, tmp_path):
    """While a run is trained, the same command is refused and nothing of it is touched."""

    def second(model):
        with refused("--restart"):
            run(tmp_path, kimg=0.016)
        tried.append(model.images_done)

    tried = []
    data = DataConfig("digits", subset=64)
    dataset = open_dataset(data, log=lambda line: None)
    config = preset("tiny", data=data, dataset=dataset, **{**SMALL, "kimg": 0.016})
    callback = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: second(callback.model)
    )
    train(config, tmp_path, dataset=dataset, make_callbacks=lambda *_: [callback])
    assert tried == [8, 16]
    assert [p.name for p in tmp_path.iterdir()] == ["00000-digits-subset64-tiny-batch8"]


def test_a_run_that_patience_ended_stays_ended(tmp_path):
    class Over(TickCallback):
        def is_over(self, images):
            return images == 8

    run_dir = run(tmp_path, kimg=0.008)
    dataset = open_dataset(DataConfig("digits", subset=64), log=lambda line: None)
    config = preset("tiny", data=DataConfig("digits", subset=64), dataset=dataset, **SMALL)
    train(config, tmp_path, dataset=dataset, make_callbacks=lambda *_: [Over(8)])
    assert newest(run_dir).endswith("images-8")


def test_statistics_of_every_tick_stand_once(tmp_path, monkeypatch):
    """Lines after the checkpoint that a killed run goes on from are written again, not twice.

    And what a tick leaves is there before its checkpoint, which is what a kill goes back to.
    """
    ticks, found = {"kimg_per_tick": 0.008, "snap": 2}, []
    save = Checkpoints.save

    def look_and_save(self):
        run_dir = self.folder.parent
        stats = run_dir / "stats.jsonl"
        lines = stats.read_text().splitlines() if stats.exists() else []
        pictures = [p.name for p in run_dir.glob("fakes*.png")]
        found.append((self._model.images_done, len(lines), len(pictures)))
        return save(self)

    monkeypatch.setattr(Checkpoints, "save", look_and_save)
    run_dir = run(tmp_path, kimg=0.032, **ticks)
    # Ticks 0, 2, 3 and 4 end after 8, 16, 24 and 32 images.
    assert found == [(0, 0, 0), (8, 1, 2), (16, 2, 2), (32, 4, 2)]
    before = (run_dir / "stats.jsonl").read_text().splitlines()
    for path in (run_dir / "checkpoints").glob("images-32.*"):
        path.unlink()  # killed before the last save
    with (run_dir / "stats.jsonl").open("a") as file:
        file.write('{"cut')
    assert run(tmp_path, kimg=0.032, **ticks) == run_dir
    after = (run_dir / "stats.jsonl").read_text().splitlines()
    assert [timeless(line) for line in after] == [timeless(line) for line in before]


def timeless(line):
    record = json.loads(line)
    return {name: value for name, value in record.items() if name.startswith(("Loss", "Progress"))}
