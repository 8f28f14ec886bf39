"""One run, one owner: found by its configuration, opened by its name, locked."""

import dataclasses
import os
import re
import subprocess
import sys

import pytest

from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.locks import Lock
from ada_tf.training.presets import preset
from ada_tf.training.runs.run_dir import (
    LOCK,
    Log,
    describe,
    new_run_dir,
    owned,
    write_options,
)
from tests.sentences import refused

DATA = DataConfig("digits", resolution=16, channels=1)
TINY = preset("tiny", data=DATA)
OTHER = dataclasses.replace(TINY, seed=2)


def options(run_dir):
    return (run_dir / "training_options.json").read_text()


def test_of_two_runs_of_one_number_the_one_that_was_found_is_continued(tmp_path):
    """As after copying a run in from another machine, where every folder begins with 00000."""
    friends = new_run_dir(tmp_path, "aaa-from-a-friend")
    write_options(friends, OTHER)
    mine = tmp_path / "00000-mine"
    mine.mkdir()
    write_options(mine, TINY)
    before = options(friends)
    for config, expected in ((TINY, mine), (OTHER, friends)):
        with owned(tmp_path, config, "new") as run_dir:
            assert run_dir == expected
    assert options(friends) == before


@pytest.mark.parametrize("name", ["7-mine", "mine", "00000000001-x"])
def test_a_run_is_found_under_any_name(tmp_path, name):
    (tmp_path / name).mkdir()
    write_options(tmp_path / name, TINY)
    with owned(tmp_path, TINY, "new") as run_dir:
        assert run_dir.name == name


def test_a_second_owner_is_refused_before_anything_is_touched(tmp_path):
    with owned(tmp_path, TINY, "a") as run_dir:
        before = options(run_dir)
        longer = dataclasses.replace(TINY, kimg=500)
        with refused("00000-a", os.getpid()), owned(tmp_path, longer, "a"):
            pass
        assert options(run_dir) == before
        with owned(tmp_path, TINY, "a", restart=True) as another:
            assert another.name == "00001-a"
    with owned(tmp_path, longer, "a") as run_dir:
        assert run_dir.name == "00001-a"


START = """
import sys, time
from ada_tf.training.runs.run_dir import owned
from tests.training.test_owner import TINY, UserError, dataclasses
config = dataclasses.replace(TINY, seed=int(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
try:
    with owned(sys.argv[1], config, f"seed{config.seed}", log=lambda line: None) as run_dir:
        print(run_dir.name, flush=True)
        sys.stdin.readline()
except UserError as error:
    print("refused", flush=True)
"""


def test_a_sweep_that_starts_at_one_instant_gets_a_number_each(tmp_path):
    """Six programs, three configurations: three runs, and three that are refused."""
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(tmp_path), str(i // 2)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for i in range(6)
    ]  # fmt: skip
    for program in programs:
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        program.stdin.write("\n")
        program.stdin.flush()
    said = [program.stdout.readline().strip() for program in programs]
    for program in programs:
        program.communicate("\n")
    for i in (0, 2, 4):
        pair = sorted(said[i : i + 2], key=lambda name: name == "refused")
        assert re.fullmatch(rf"0000[0-2]-seed{i // 2}", pair[0])
        assert pair[1] == "refused"
    assert sorted(p.name[:5] for p in tmp_path.iterdir()) == ["00000", "00001", "00002"]


def test_a_run_that_cannot_begin_leaves_nothing(tmp_path):
    def refuse():
        raise UserError("no")

    runs = tmp_path / "runs"
    with refused(), owned(runs, TINY, "a", before_new=refuse):
        pass
    assert not runs.exists()
    with owned(runs, TINY, "a"):
        pass
    with owned(runs, TINY, "a", before_new=refuse):  # continuing asks nothing
        pass


@pytest.mark.parametrize("name", ["runs[1]", "a\\b"])
def test_paths_that_tensorflow_would_misread_are_refused(tmp_path, name):
    with refused("outdir="), owned(tmp_path / name, TINY, "a"):
        pass
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    "content", [b"[]", b"7", b"null", b'{"a":' * 99_999, b"\xff", b'{"data": 3}']
)
def test_strange_options_are_passed_over(tmp_path, content):
    (tmp_path / "00003-odd").mkdir()
    (tmp_path / "00003-odd" / "training_options.json").write_bytes(content)
    with owned(tmp_path, TINY, "a") as run_dir:
        assert run_dir.name == "00004-a"


def test_a_pipe_in_the_place_of_options_stops_nothing(tmp_path):
    (tmp_path / "00000-pipe").mkdir()
    os.mkfifo(tmp_path / "00000-pipe" / "training_options.json")
    with owned(tmp_path, TINY, "a") as run_dir:
        assert run_dir.name == "00001-a"


def test_a_new_run_names_the_one_that_was_perhaps_meant(tmp_path):
    with owned(tmp_path, TINY, "a"):
        pass
    said = []
    with owned(tmp_path, OTHER, "a", log=said.append):
        pass
    assert said == [f"Not {tmp_path / '00000-a'}, for it differs: seed: 2 here, 0 there"]
    elsewhere = dataclasses.replace(TINY, data=dataclasses.replace(DATA, source="/photos"))
    with owned(tmp_path, elsewhere, "a", log=said.append):
        pass
    assert len(said) == 1


def test_a_file_system_without_locks_gets_a_warning(tmp_path, monkeypatch):
    enter = Lock.__enter__

    def without(self):
        enter(self)
        self.works = False
        return self

    monkeypatch.setattr(Lock, "__enter__", without)
    said = []
    with owned(tmp_path, TINY, "a", log=said.append) as run_dir:
        assert (run_dir / LOCK).exists()
    assert said == [f"Warning: {tmp_path} has no locks; nothing else may train 00000-a meanwhile."]


def test_names_stay_short():
    assert len(describe(TINY, TINY, "x" * 250)) < 100


def test_a_terminal_that_is_gone_ends_no_run(tmp_path, monkeypatch):
    class Gone:
        def write(self, text):
            raise OSError(5, "Input/output error")

        flush = write

    log = Log(tmp_path / "log.txt")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Gone())
        log("line")
    assert (tmp_path / "log.txt").read_text() == "line\n"
