"""A run directory of a stranger: nothing in it leads a writer elsewhere, or makes it wait."""

import os
import re
import socket

import pytest

from ada_tf.errors import UserError
from ada_tf.files import RUN_OPTIONS
from ada_tf.training.runs import json_lines
from ada_tf.training.runs.run_dir import LOCK, Log, owned, write_options
from tests.training.test_owner import TINY

# All files that a run leaves, as tests/metrics/test_training.py compares.
_CHECKPOINTS = ("checkpoints", "best/checkpoints")
NAMES = (
    LOCK, RUN_OPTIONS, "log.txt", "stats.jsonl", "metric-*.jsonl", "events.out.tfevents.*",
    "reals.png", "reals_augmented.png", "fakes_init.png", "fakes0*.png",
    *(f"{folder}/checkpoint" for folder in _CHECKPOINTS),
    *(f"{folder}/images-*.{end}" for folder in (*_CHECKPOINTS, "snapshots") for end in ("index", "data-*")),
)  # fmt: skip
FILES = [name.replace("*", "5") for name in NAMES if name != RUN_OPTIONS]
PLACES = [*FILES, *_CHECKPOINTS, "best", "snapshots", "no/name/of/ours"]


def _socket(path, _):
    os.chdir(path.parent)  # the address of a socket has 108 bytes
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


PLANTS = {
    "link to a file": lambda path, outside: path.symlink_to(outside / "mine.txt"),
    "link to a folder": lambda path, outside: path.symlink_to(outside),
    "link to a device": lambda path, outside: path.symlink_to("/dev/full"),
    "dangling link": lambda path, outside: path.symlink_to(outside / "nothing"),
    "pipe": lambda path, outside: os.mkfifo(path),
    "socket": _socket,
}


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    (folder / "images-5_temp").mkdir()
    return folder


@pytest.fixture
def run_dir(tmp_path):
    folder = tmp_path / "runs" / "00000-theirs"
    folder.mkdir(parents=True)
    write_options(folder, TINY)
    return folder


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", PLACES)
def test_a_run_with_a_way_out_is_not_continued(name, plant, run_dir, outside, monkeypatch):
    monkeypatch.chdir(outside)
    path = run_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    PLANTS[plant](path, outside)
    own = owned(run_dir.parent, TINY, "new", log=lambda line: None)
    with pytest.raises(UserError, match=f"{re.escape(name)}.* is (a link|no regular file)"), own:
        pass
    assert sorted(p.name for p in outside.iterdir()) == ["images-5_temp", "mine.txt"]
    assert (outside / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("plant", PLANTS)
def test_options_elsewhere_are_not_written(plant, run_dir, outside, monkeypatch):
    """A run is known by its options; where they cannot be read, another one is opened."""
    monkeypatch.chdir(outside)
    path = run_dir / RUN_OPTIONS
    path.rename(outside / "mine.txt")
    kept = (outside / "mine.txt").read_bytes()
    PLANTS[plant](path, outside)
    own = owned(run_dir.parent, TINY, "new", log=lambda line: None)
    if plant == "link to a file":
        with pytest.raises(UserError, match=f"{RUN_OPTIONS} is a link"), own:
            pass
    else:
        with own as found:
            assert found.name == "00001-new"
    assert (outside / "mine.txt").read_bytes() == kept


@pytest.mark.parametrize("plant", PLANTS)
def test_writers_of_lines_do_not_follow(plant, tmp_path, outside, monkeypatch):
    """Whatever was looked at before."""
    monkeypatch.chdir(outside)
    path = tmp_path / "lines"
    PLANTS[plant](path, outside)
    with pytest.raises(UserError, match="lines cannot be written: is "):
        Log(path)("a line")
    with pytest.raises(OSError, match="is (a link|no regular file)"):
        json_lines.append(path, {"a": 1})
    assert sorted(p.name for p in outside.iterdir()) == ["images-5_temp", "mine.txt"]
    assert (outside / "mine.txt").read_text() == "mine"


def test_a_folder_in_the_place_of_the_log_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot be written: Is a directory"):
        Log(tmp_path)("a line")


def test_a_run_of_files_and_folders_is_continued(run_dir):
    (run_dir / "a" / "b").mkdir(parents=True)
    (run_dir / "a" / "b" / "notes.txt").write_text("mine")
    with owned(run_dir.parent, TINY, "new") as found:
        assert found == run_dir
