"""What ada-train says of the length of a run: a forecast, or the command that would be shorter."""

import shlex

import pytest

from ada_tf.cli import train
from ada_tf.data import DataConfig, open_dataset
from ada_tf.training import forecast, smaller_run
from ada_tf.training.presets import preset
from tests.cli.programs import flags_of


def given(*arguments):
    return flags_of(train, *arguments)


def test_a_command_with_other_flags(tmp_path):
    (tmp_path / "flags").write_text("--mirror\n--kimg=9\n")
    values = given(
        "--data=my photos", f"--flagfile={tmp_path / 'flags'}", "--preset=auto", "--notf32", "--dry_run",
        "--set=w_dim=8", "--set=z_dim=9",
    )  # fmt: skip
    told = train.command(values, {"preset": "small", "resolution": "64"})
    assert told.startswith("ada-train '--data=my photos' ")
    again = given(*shlex.split(told)[1:])
    assert again.settings == {
        "data.source": "my photos", "preset": "small", "data.resolution": 64, "kimg": 9, "data.mirror": True,
        "tf32": False, "network.w_dim": 8, "network.z_dim": 9,
    }  # fmt: skip
    assert not again.dry_run


@pytest.fixture
def line(monkeypatch):
    """The line of the digits on a machine of so many seconds for a thousand images."""

    def call(seconds, **settings):
        for module in (forecast, smaller_run):
            monkeypatch.setattr(
                module, "seconds_of", lambda config, *_: seconds and seconds * config.kimg
            )
        data = DataConfig("digits")
        dataset = open_dataset(data)
        config = preset("auto", data=data, dataset=dataset, settings=settings)
        return train.length(given("--data=digits"), config, dataset, settings)

    return call


def test_a_forecast(line):
    assert line(1, kimg=90.0) == "Forecast  about 90 s here, by the sizes of the networks"


def test_a_warning_with_the_command_that_would_not(line):
    assert line(100) == (
        "warning: 25,000 kimg take about 29 days here; ada-train --data=digits --kimg=340 takes 9.4 h to"
        " 340 kimg, which is often enough."
    )


def test_a_warning_where_nothing_helps(line):
    assert line(1e6).endswith(
        "here; give a smaller --preset, --resolution or --kimg, or use a GPU."
    )


def test_nobody_can_tell(line):
    assert line(None) is None


@pytest.mark.parametrize(("found", "told"), [(None, True), ("runs/00000-digits-tiny", False)])
def test_what_is_new_is_told_of(monkeypatch, capsys, tmp_path, found, told):
    monkeypatch.setattr("ada_tf.training.runs.run_dir.find_run_dir", lambda *_: found)
    monkeypatch.setattr(train, "length", lambda *_: "As long as it takes.")
    values = given("--data=digits", "--preset=tiny", "--metrics=none", "--dry_run")
    train.main(values)
    assert ("As long as it takes.\n" in capsys.readouterr().err) is told
