"""Whole runs in this process: every mode of augmentation, labels, and starting from another run."""

import dataclasses
import json

import numpy as np
import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.training.checkpoint import newest, read_config
from ada_tf.training.train import resolve, train

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
    config = resolve(
        "tiny", data, dataset=dataset, **{**SMALL, "augment": augment or {}, **changes}
    )
    return train(config, outdir, transfer=transfer, dataset=dataset)


def last_stats(run_dir):
    return json.loads((run_dir / "stats.jsonl").read_text().splitlines()[-1])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(tmp_path_factory.mktemp("runs"), cond=True, augment={"kimg": 0.1, "interval": 2})


def test_labels_and_adaptation(finished):
    config = read_config(newest(finished))
    assert config.num_classes == 10
    assert finished.name == "00000-digits-cond-subset64-tiny-kimg0.032-batch8"
    assert np.isfinite(last_stats(finished)["Loss/D/loss"]["mean"])


def test_validation_images_steer_p(tmp_path):
    """r_v: held-out images are scored after every batch, and p moves on what they say."""
    run_dir = run(
        tmp_path,
        validation=16,
        augment={"mode": "adarv", "p": 0.4, "target": 0.5, "kimg": 0.1, "interval": 1},
        kimg_per_tick=0.008,
    )
    seen = [
        json.loads(line)["Progress/augment"]["mean"]
        for line in (run_dir / "stats.jsonl").read_text().splitlines()
    ]
    assert len(seen) == 4
    assert np.all(np.abs(np.diff([0.4, *seen])) > 0.01)  # a step of 8 images is 0.08


@pytest.mark.parametrize(("mode", "p"), [("fixed", 0.3), ("noaug", 0.0)])
def test_other_modes_leave_p_alone(tmp_path, mode, p):
    run_dir = run(tmp_path, augment={"mode": mode, "p": p}, kimg=0.016)
    assert last_stats(run_dir)["Progress/augment"]["mean"] == pytest.approx(p)
    assert (run_dir / "reals_augmented.png").exists() == (mode != "noaug")


def test_transfer_starts_from_other_networks(finished, tmp_path, capsys):
    run_dir = run(tmp_path, cond=True, transfer=finished, kimg=0.008, seed=5)
    assert "Starting from the networks of" in capsys.readouterr().out
    assert run_dir.parent == tmp_path
    assert dataclasses.asdict(read_config(newest(run_dir)))["seed"] == 5
