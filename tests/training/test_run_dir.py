"""Run directories: numbering, naming, finding again, ticks."""

import dataclasses

import pytest

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.training.callbacks.status import format_time
from ada_tf.training.callbacks.ticks import tick_of
from ada_tf.training.presets import preset
from ada_tf.training.runs.run_dir import (
    describe,
    find_run_dir,
    new_run_dir,
    write_options,
)

DATA = DataConfig("digits", resolution=16, channels=1)
TINY = preset("tiny", data=DATA)


def test_numbers_count_up(tmp_path):
    assert new_run_dir(tmp_path / "runs", "a").name == "00000-a"
    (tmp_path / "runs" / "00041-other").mkdir()
    (tmp_path / "runs" / "notes").mkdir()
    assert new_run_dir(tmp_path / "runs", "b").name == "00042-b"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="outdir=.*file.* cannot be written"):
        new_run_dir(tmp_path / "file" / "runs", "a")


def test_the_newest_run_of_the_same_configuration_is_found(tmp_path):
    assert find_run_dir(tmp_path / "none", TINY) is None
    first, second = new_run_dir(tmp_path, "a"), new_run_dir(tmp_path, "b")
    write_options(first, TINY)
    write_options(second, dataclasses.replace(TINY, seed=1))
    assert find_run_dir(tmp_path, TINY) == first
    third = new_run_dir(tmp_path, "a")
    write_options(third, TINY)
    assert find_run_dir(tmp_path, TINY) == third
    assert (
        find_run_dir(tmp_path, dataclasses.replace(TINY, kimg=500)) == third
    )  # longer, not different
    assert find_run_dir(tmp_path, dataclasses.replace(TINY, batch=64)) is None


def test_strange_folders_are_passed_over(tmp_path):
    (tmp_path / "00000-broken").mkdir()
    (tmp_path / "00000-broken" / "training_options.json").write_text("{")
    (tmp_path / "00001-other").mkdir()
    (tmp_path / "00001-other" / "training_options.json").write_text('{"gpus": 8}')
    assert find_run_dir(tmp_path, TINY) is None


def test_names_say_what_differs_from_the_preset():
    assert describe(TINY, TINY, "digits") == "digits-tiny"
    changed = dataclasses.replace(
        TINY,
        data=dataclasses.replace(DATA, cond=True, subset=100, mirror=True),
        loss=dataclasses.replace(TINY.loss, r1_gamma=2.0),
        augment=dataclasses.replace(TINY.augment, mode="fixed", p=0.5, pipe="bg"),
        kimg=100,
        batch=8,
    )
    expected = "my_set-cond-subset100-mirror-tiny-gamma2-fixed-bg-p0.5-batch8"
    assert describe(changed, TINY, "my set") == expected


@pytest.mark.parametrize(
    ("before", "after", "tick"),
    [
        (0, 32, 0),
        (32, 64, None),
        (3968, 4000, 1),
        (3984, 4016, 1),
        (4016, 4048, None),
        (0, 5000, 0),
    ],
)
def test_ticks_follow_from_the_image_counter(before, after, tick):
    assert tick_of(before, after, 4000) == tick


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(11.6, "12s"), (62, "1m 02s"), (3723, "1h 02m 03s"), (93780, "1d 02h 03m")],
)
def test_times_are_read_by_people(seconds, text):
    assert format_time(seconds) == text
