"""Metrics of a run in training, through the trainer itself."""

import dataclasses
import fnmatch
import json

import pytest

from ada_tf.cli import train as program
from ada_tf.data import DataConfig, open_dataset
from ada_tf.errors import UserError
from ada_tf.metrics import callback, default_metrics, schedule
from ada_tf.metrics.callback import metrics_callbacks
from ada_tf.metrics.features import feature_network
from ada_tf.training.callbacks.status import STATS
from ada_tf.training.cluster import ALONE
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint_folder import newest
from ada_tf.training.session import train
from tests.cli.programs import flags_of
from tests.metrics.networks import color_network
from tests.sentences import refused
from tests.training import test_foreign_runs

pytestmark = pytest.mark.usefixtures("untraced_module")

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
    monkeypatch.setattr(feature_network, "load_network", load)
    data = DataConfig("digits", subset=64)
    dataset = open_dataset(data, log=lambda line: None)
    config = preset("tiny", data=data, dataset=dataset, snapshot_kimg=0.016, **SMALL)
    make = metrics_callbacks("fid16_full,kid16_full", config, dataset, every=1)
    run_dir = train(config, tmp_path, dataset=dataset, make_callbacks=make)
    lines = [json.loads(t) for t in (run_dir / "metric-fid16_full.jsonl").read_text().splitlines()]
    assert [line["kimg"] for line in lines] == [0.016, 0.032]
    # The reference is the whole source, not the subset that is trained on; it is looked at once.
    assert "first 1797 images" in lines[0]["protocol"]
    assert networks["inception"].seen == 2 * 16 + 1797
    assert newest(run_dir / "best")
    left = [str(p.relative_to(run_dir)) for p in run_dir.rglob("*") if p.is_file()]
    known = {name: fnmatch.filter(left, name) for name in test_foreign_runs.NAMES}
    assert set(left) == set().union(*known.values())
    assert [name for name, found in known.items() if not found] == []
    assert "fid16_full" in (run_dir / "log.txt").read_text()
    networks.clear()
    for names, every, patience in (
        ("pr16_full", 1, None), ("fid16_full", 0, None), ("fid16_full", 1, 0)
    ):  # fmt: skip
        with refused():
            metrics_callbacks(names, config, dataset, every, patience)
    assert not networks  # refused before anything is loaded


@pytest.mark.parametrize(
    ("arguments", "workers"),
    [
        (
            ["--metrics_patience=3"],
            1,
        ),
        (["--metrics=fid5k"], 2),
        (["--metrics=fix"], 1),
    ],
)
def test_flags_of_the_program(arguments, workers):
    flags = flags_of(program, *arguments)
    cluster = dataclasses.replace(ALONE, workers=workers)
    with refused():
        program.check_metrics(flags, cluster)


def test_no_metrics_unless_asked_for():
    flags = flags_of(program, "--metrics=none")
    program.check_metrics(flags, ALONE)
    assert program.metrics_of(flags, None, None, ALONE) is None


@pytest.fixture
def small(tmp_path, monkeypatch):
    """(configuration, data set, networks loaded) of a run whose metrics nobody has chosen."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    networks = {}
    load = lambda name, **_: networks.setdefault(name, color_network(name))  # noqa: E731
    monkeypatch.setattr(feature_network, "load_network", load)
    monkeypatch.setattr(feature_network, "is_here", "mobilenet".__eq__)
    monkeypatch.setitem(default_metrics.GENERATED, 2000, "16")
    data = DataConfig("digits", subset=64, validation=100)
    dataset = open_dataset(data, log=lambda line: None)
    return preset("tiny", data=data, dataset=dataset, **SMALL), dataset, networks


def test_scores_that_nobody_asked_for_while_they_cost_nothing(small, tmp_path, monkeypatch):
    config, dataset, networks = small
    monkeypatch.setattr(
        callback, "WithinShare", lambda ticks: schedule.WithinShare(ticks, share=1e9)
    )
    make = callback.auto_callbacks(config, dataset, every=1)
    assert not networks  # until the first score
    run_dir = train(config, tmp_path, dataset=dataset, make_callbacks=make)
    for name in ("kid16_held_mnv2", "kid16_train_mnv2"):
        lines = (run_dir / f"metric-{name}.jsonl").read_text().splitlines()
        assert [json.loads(line)["kimg"] for line in lines] == [0.016, 0.032]
    log = (run_dir / "log.txt").read_text()
    assert "Scores    164 real images: 16 generated ones beside the 100 held-out ones" in log
    assert "kid16_held_mnv2: held-out minus training" in log
    assert newest(run_dir / "best")


def test_scores_that_nobody_asked_for_cost_little(small, tmp_path):
    config, dataset, networks = small
    make = callback.auto_callbacks(config, dataset, every=1)
    run_dir = train(config, tmp_path, dataset=dataset, make_callbacks=make)
    assert not networks
    assert not list(run_dir.glob("metric-*"))
    # A job that goes on has trained as long as all its sessions together.
    _take_hours(run_dir)
    longer = dataclasses.replace(config, kimg=0.048)
    train(longer, tmp_path, dataset=dataset, make_callbacks=make)
    assert list(run_dir.glob("metric-*"))


def _take_hours(run_dir):
    """Write into the lines of a run that its ticks took an hour each."""
    lines = [json.loads(line) for line in (run_dir / STATS).read_text().splitlines()]
    for line in lines:
        line["Timing/sec_per_tick"]["mean"] = 3600.0
    (run_dir / STATS).write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_scores_that_nobody_asked_for_do_not_end_a_run(small, tmp_path, monkeypatch):
    def broken(name, **_):
        raise UserError("the weights are damaged.")

    config, dataset, _ = small
    monkeypatch.setattr(
        callback, "WithinShare", lambda ticks: schedule.WithinShare(ticks, share=1e9)
    )
    monkeypatch.setattr(feature_network, "load_network", broken)
    run_dir = train(
        config,
        tmp_path,
        dataset=dataset,
        make_callbacks=callback.auto_callbacks(config, dataset, 1),
    )
    log = (run_dir / "log.txt").read_text()
    assert log.count("goes on without scores: the weights are damaged.") == 1
    assert "Finished at 0.032 kimg" in log


def test_no_network_no_scores(small, monkeypatch):
    monkeypatch.setattr(feature_network, "is_here", lambda name: False)
    assert callback.auto_callbacks(*small[:2], 1) is None
