"""Metrics of a run in training, through the trainer itself."""

import dataclasses
import json

import pytest
from absl import flags

from ada_tf.cli import train as program
from ada_tf.data import DataConfig, open_dataset
from ada_tf.errors import UserError
from ada_tf.metrics.callback import metrics_callbacks
from ada_tf.metrics.features import registry
from ada_tf.training.cluster import ALONE
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint_folder import newest
from ada_tf.training.train import train
from tests.metrics.networks import color_network

SMALL = {
    "network": {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8, "mbstd_group": 2},
    "batch": 8,
    "kimg": 0.032,
    "kimg_per_tick": 0.016,
}


def test_a_run_with_metrics(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    networks = {}
    load = lambda name, **_: networks.setdefault(name, color_network(name))  # noqa: E731
    monkeypatch.setattr(registry, "load_network", load)
    data = DataConfig("digits", subset=64)
    dataset = open_dataset(data, log=lambda line: None)
    config = preset("tiny", data=data, dataset=dataset, **SMALL)
    make = metrics_callbacks("fid16_full,kid16_full", config, dataset, every=1)
    run_dir = train(config, tmp_path, dataset=dataset, make_callbacks=make)
    lines = [json.loads(t) for t in (run_dir / "metric-fid16_full.jsonl").read_text().splitlines()]
    assert [line["kimg"] for line in lines] == [0.016, 0.032]
    # The reference is the whole source, not the subset that is trained on; it is looked at once.
    assert "first 1797 images" in lines[0]["protocol"]
    assert networks["inception"].seen == 2 * 16 + 1797
    assert newest(run_dir / "best")
    assert "fid16_full" in (run_dir / "log.txt").read_text()
    networks.clear()
    for names, every, patience in (
        ("pr16_full", 1, None), ("fid16_full", 0, None), ("fid16_full", 1, 0)
    ):  # fmt: skip
        with pytest.raises(UserError, match=r"before it|must be at least 1"):
            metrics_callbacks(names, config, dataset, every, patience)
    assert not networks  # refused before anything is loaded


@pytest.mark.parametrize(
    ("arguments", "workers", "message"),
    [
        (["--metrics_patience=3"], 1, "metrics_patience goes with --metrics"),
        (["--metrics=fid5k"], 2, "do not go with --strategy=multiworker"),
        (["--metrics=fix"], 1, "is not a metric"),
    ],
)
def test_flags_of_the_program(arguments, workers, message):
    values = flags.FlagValues()
    program.define_flags(values)
    cluster = dataclasses.replace(ALONE, workers=workers)
    values(["ada-train", *arguments])
    with pytest.raises(UserError, match=message):
        program.check_metrics(values, cluster)


def test_no_metrics_unless_asked_for():
    values = flags.FlagValues()
    program.define_flags(values)
    values(["ada-train"])
    program.check_metrics(values, ALONE)
    assert program.metrics_of(values, None, None) is None
