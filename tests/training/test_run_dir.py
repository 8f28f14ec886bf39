"""Run directories: numbering, naming, finding again, ticks."""

import dataclasses
import errno
import fcntl
import json
import os
import shutil

import pytest

import ada_tf
from ada_tf import extensions
from ada_tf.data import DataConfig
from ada_tf.training import session
from ada_tf.training.callbacks.status import format_time
from ada_tf.training.callbacks.ticks import tick_of
from ada_tf.training.presets import preset
from ada_tf.training.runs.run_dir import (
    Log,
    describe,
    find_run_dir,
    new_run_dir,
    owned,
    read_options,
    write_options,
)
from tests.sentences import refused

DATA = DataConfig("digits", resolution=16, channels=1)
TINY = preset("tiny", data=DATA)


def test_numbers_count_up(tmp_path):
    assert new_run_dir(tmp_path / "runs", "a").name == "00000-a"
    (tmp_path / "runs" / "00041-other").mkdir()
    (tmp_path / "runs" / "notes").mkdir()
    assert new_run_dir(tmp_path / "runs", "b").name == "00042-b"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with refused("outdir="):
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


def test_names_of_classes_do_not_make_another_run(tmp_path):
    """Runs from before they were kept go on; other names are told by the fingerprint of the data."""
    named = dataclasses.replace(TINY, num_classes=2, class_names=("cat", "dog"))
    write_options(tmp_path, named)
    assert read_options(tmp_path) == named
    older = new_run_dir(tmp_path / "runs", "a")
    write_options(older, named)
    path = older / "training_options.json"
    record = json.loads(path.read_text())
    del record["class_names"]
    path.write_text(json.dumps(record))
    assert read_options(older).class_names == ()
    with owned(tmp_path / "runs", named, "b") as run_dir:
        assert run_dir == older
    assert read_options(older) == named  # and keeps them from here on


@pytest.mark.parametrize("began", [(), ((35.0, 20.0),)])
def test_a_run_goes_on_with_the_scales_that_it_began_with(tmp_path, began):
    """Runs from before there were any, and runs whose pictures have changed."""
    aged = dataclasses.replace(TINY, attributes=("age",), attribute_scales=((40.0, 30.0),))
    older = new_run_dir(tmp_path, "a")
    write_options(older, dataclasses.replace(aged, attribute_scales=began))
    with owned(tmp_path, aged, "b") as run_dir:
        assert run_dir == older
    assert read_options(older).attribute_scales == began
    said = []
    assert session._as_begun(aged, older, said.append).attribute_scales == began
    assert bool(said) == (not began)
    assert session._as_begun(TINY, tmp_path / "missing", said.append) == TINY


def test_strange_folders_are_passed_over(tmp_path):
    (tmp_path / "00000-broken").mkdir()
    (tmp_path / "00000-broken" / "training_options.json").write_text("{")
    (tmp_path / "00001-other").mkdir()
    (tmp_path / "00001-other" / "training_options.json").write_text('{"gpus": 8}')
    assert find_run_dir(tmp_path, TINY) is None


def options_of(outdir, name, change):
    """A run whose options say something else."""
    run_dir = outdir / name
    run_dir.mkdir()
    write_options(run_dir, TINY)
    path = run_dir / "training_options.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def of_0_1(record):
    del record["format"], record["ada_tf"]


def newer(record):
    record.update({"format": 4, "ada_tf": "9.9"})


def test_options_say_their_format_and_version(tmp_path):
    write_options(tmp_path, TINY)
    record = json.loads((tmp_path / "training_options.json").read_text())
    assert (record["format"], record["ada_tf"]) == (3, ada_tf.__version__)
    assert read_options(tmp_path) == TINY


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (of_0_1, "00001-b was written by ada_tf 0.1, in format 1 where"),
        (newer, "00001-b was written by a newer ada_tf (9.9), this is"),
    ],
)
def test_a_run_of_another_version_is_passed_over_in_words(tmp_path, change, sentence):
    options_of(tmp_path, "00000-a", change)
    options_of(tmp_path, "00001-b", change)
    (tmp_path / "00002-c").mkdir()
    (tmp_path / "00002-c" / "training_options.json").write_text('{"gpus": 8}')
    said = []
    with owned(tmp_path, TINY, "new", log=said.append) as run_dir:
        assert run_dir.name == "00003-new"
    (line,) = said
    assert sentence in line
    assert line.endswith(" A new run is opened.")
    # Once there is one to continue, or a new one is asked for, there is nothing to be said.
    for restart in (False, True):
        with owned(tmp_path, TINY, "new", restart, log=said.append):
            pass
    assert said == [line]


def said_of(outdir, config, **options):
    """The lines of opening a run."""
    said = []
    with owned(outdir, config, "new", log=said.append, **options):
        return said


def differing(count):
    """TINY with as many settings of another value."""
    loss = dataclasses.replace(TINY.loss, r1_gamma=5.0)
    changes = {"seed": 1, "batch": 64, "loss": loss, "num_classes": 2}
    return dataclasses.replace(TINY, **dict(list(changes.items())[:count]))


def test_a_run_that_was_almost_meant_is_named(tmp_path):
    """The one that differs least."""
    for count in (3, 2):
        write_options(new_run_dir(tmp_path, f"differs-in-{count}"), differing(count))
    assert said_of(tmp_path, TINY, restart=True) == []
    shutil.rmtree(tmp_path / "00002-new")
    (line,) = said_of(tmp_path, TINY)
    assert line.startswith(f"Not {tmp_path}/00001-differs-in-2, for it differs: ")
    assert "seed" in line
    assert "batch" in line
    assert "r1_gamma" not in line


@pytest.mark.parametrize(("count", "hints"), [(3, 1), (4, 0)])
def test_a_run_that_differs_in_much_was_not_meant(tmp_path, count, hints):
    write_options(new_run_dir(tmp_path, "theirs"), differing(count))
    assert len(said_of(tmp_path, TINY)) == hints


def test_a_run_of_other_pictures_was_not_meant(tmp_path):
    write_options(new_run_dir(tmp_path, "theirs"), TINY)
    other = dataclasses.replace(TINY, data=dataclasses.replace(DATA, source="mnist"))
    assert said_of(tmp_path, other) == []


def test_where_nobody_can_be_locked_out_it_is_said(tmp_path, monkeypatch):
    def flock(number, kind):
        raise OSError(errno.ENOLCK, "No locks available")

    assert said_of(tmp_path, TINY) == []
    monkeypatch.setattr(fcntl, "flock", flock)
    assert said_of(tmp_path, TINY) == [
        f"Warning: {tmp_path} has no locks; nothing else may train 00000-new meanwhile."
    ]


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    def full(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with refused("training_options.json", "No space left"):
        write_options(tmp_path, TINY)
    with refused("log.txt", "Is a directory"):
        (tmp_path / "log.txt").mkdir()
        Log(tmp_path / "log.txt")("line")


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


def test_a_run_asks_for_the_modules_that_it_was_trained_with(tmp_path, monkeypatch):
    monkeypatch.setattr(extensions, "_in_use", {})
    monkeypatch.setattr(extensions, "_accepted", set())
    (tmp_path / "mine.py").write_text("")
    extensions.use(tmp_path / "mine.py")
    ours = preset("tiny", resolution=16)
    assert [name for name, _ in ours.use] == ["mine.py"]
    with owned(tmp_path / "runs", ours, "digits-tiny") as run_dir:
        assert read_options(run_dir).use == ours.use
    monkeypatch.setattr(extensions, "_in_use", {})
    without = preset("tiny", resolution=16)
    assert without.use == ()
    with (
        refused("--use=mine.py"),
        owned(tmp_path / "runs", without, "digits-tiny"),
    ):
        pass
    (tmp_path / "mine.py").write_text("# changed\n")
    extensions.use(tmp_path / "mine.py")
    with (
        refused("mine.py"),
        owned(tmp_path / "runs", preset("tiny", resolution=16), "digits-tiny"),
    ):
        pass
    extensions.use(tmp_path / "mine.py", accept_changed=True)
    changed = preset("tiny", resolution=16)
    with owned(tmp_path / "runs", changed, "digits-tiny") as again:
        assert again == run_dir
        assert read_options(run_dir).use == changed.use != ours.use


def test_settings_that_a_module_brings_are_read_with_it_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(extensions, "_in_use", {})
    write_options(tmp_path, dataclasses.replace(TINY, use=(("mine.py", "0" * 64),)))
    path = tmp_path / "training_options.json"
    path.write_text(path.read_text().replace('"bgc"', '"of_mine"'))
    with refused("--use=mine.py"):
        read_options(tmp_path)
