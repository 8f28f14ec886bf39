"""`ada-cache` in this process and from outside: it lists, deletes what it is told to, and nothing else."""

import os
import subprocess
import sys
import time

import pytest

from ada_tf.cli import cache as program
from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared import manifest
from ada_tf.data.prepared.cache import new_work_folder, sets
from tests.cli.programs import run
from tests.data import samples
from tests.sentences import refused


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache with three copies: of today, of 40 days ago, and of a folder that has changed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    for name in ("new", "old", "changed"):
        folder = samples.folder(tmp_path / name, ["a.png"], (8, 8))
        open_dataset(DataConfig(str(folder), resolution=8), samples.quiet)
    samples.folder(tmp_path / "changed", ["b.png"], (8, 8))
    cache = tmp_path / "home" / "ada_tf" / "datasets"
    old = time.time() - 40 * program.DAY
    os.utime(next(cache.glob("old-*x3-*")) / manifest.FILE, (old, old))
    (tmp_path / "home" / "ada_tf" / "networks").mkdir()
    (tmp_path / "home" / "ada_tf" / "networks" / "faces.pkl").write_bytes(bytes(2 * 10**6))
    return cache


def left(cache) -> set[str]:
    return {copy.name.split("-")[0] for copy in sets(cache)}


def told(capsys, *arguments) -> str:
    run(*arguments, program=program)
    return capsys.readouterr().out


def test_the_list(cache, tmp_path, capsys):
    new_work_folder(next(cache.glob("new-*x3-*")))
    dataset = open_dataset(DataConfig(str(tmp_path / "new"), resolution=8), samples.quiet)
    out = told(capsys)
    today = time.strftime("%Y-%m-%d")
    assert out.startswith(f"Copies of pictures in {cache}\n")
    assert f"folder {tmp_path / 'new'}\n" in out
    assert f"folder {tmp_path / 'changed'}, which has changed since: no run finds" in out
    lines = {name: next(s for s in out.splitlines() if f"  {name}-8x8x3" in s) for name in ("new", "old", "changed")}  # fmt: skip
    assert "in use" in lines["new"]
    assert f"used {today}" in lines["changed"]
    assert f"used {time.strftime('%Y-%m-%d', time.localtime(time.time() - 40 * program.DAY))}" in lines["old"]  # fmt: skip
    assert "in 3 copies" in out
    assert "of preparations that go on, or were killed: --delete=unused" in out
    assert "  2.0 MB  networks" in out
    assert dataset.num_images == 1
    assert left(cache) == {"new", "old", "changed"}


def test_the_list_of_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    out = told(capsys)
    assert out == f"Copies of pictures in {tmp_path}/none/ada_tf/datasets\n    0 kB  in 0 copies\n"
    assert told(capsys, "--delete=all") == "Freed 0 kB\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--delete=unused"], {"new"}),
        (["--delete=unused", "--days=50"], {"new", "old"}),
        (["--delete=unused", "--days=0"], set()),
        (["--delete=all"], set()),
        (["--delete=old"], {"new", "changed"}),
        (["--delete=old", "--delete=new"], {"changed"}),
        (["--delete=old", "--delete=unused"], {"new"}),
    ],
)
@pytest.mark.parametrize("dry", [False, True])
def test_what_is_deleted(cache, tmp_path, capsys, flags, expected, dry):
    work = new_work_folder(next(cache.glob("new-*x3-*")))
    names = {copy.name.split("-")[0]: copy.name for copy in sets(cache)}
    full = [f"--delete={names.get(flag[9:], flag[9:])}" if flag[9:] else flag for flag in flags]
    full = [flag if "days" in flag else new for flag, new in zip(flags, full, strict=True)]
    out = told(capsys, *full, *["--dry_run"] * dry)
    assert left(cache) == ({"new", "old", "changed"} if dry else expected)
    gone = {"new", "old", "changed"} - expected
    assert sum(f"{'Would delete' if dry else 'Deleted'} {names[name]}\n" in out for name in gone) == len(gone)  # fmt: skip
    assert out.splitlines()[-1].startswith("Would free" if dry else "Freed")
    assert work.exists() == (dry or not {"--delete=all", "--delete=unused"} & {*flags})
    for name in ("new", "old", "changed"):
        assert (tmp_path / name / "a.png").is_file()


def test_a_path_is_a_name_too(cache, capsys, monkeypatch):
    (copy,) = cache.glob("old-*x3-*")
    told(capsys, f"--delete={copy}/")
    (copy,) = cache.glob("new-*x3-*")
    monkeypatch.chdir(cache.parent)
    told(capsys, f"--delete=datasets/{copy.name}")
    assert left(cache) == {"changed"}


def test_what_is_in_use_stays(cache, tmp_path, capsys):
    dataset = open_dataset(DataConfig(str(tmp_path / "new"), resolution=8), samples.quiet)
    (name,) = (copy.name for copy in sets(cache) if copy.in_use)
    (old,) = (path.name for path in cache.glob("old-*x3-*"))
    with refused(f"delete='{name}'"):
        run(f"--delete={old}", f"--delete={name}", program=program)
    assert left(cache) == {"new", "old", "changed"}
    assert f"Kept {name}, which is in use\n" in told(capsys, "--delete=all")
    assert left(cache) == {"new"}
    assert dataset.images([0]).shape == (1, 8, 8, 3)


@pytest.mark.parametrize("name", ["", "datasets", "..", "networks", "/", "old", "new-8x8x3"])
def test_other_names_are_no_copies(cache, name):
    with refused("delete="):
        run(f"--delete={name}", program=program)
    assert left(cache) == {"new", "old", "changed"}


@pytest.mark.parametrize("name", ["", "."])
def test_where_somebody_stands_is_no_name(cache, name, monkeypatch):
    monkeypatch.chdir(next(cache.glob("new-*x3-*")))
    with refused("delete="):
        run(f"--delete={name}", program=program)
    assert left(cache) == {"new", "old", "changed"}


def test_pictures_in_the_place_of_a_cache_are_nothing_to_delete(tmp_path, capsys):
    photos = samples.folder(tmp_path / "photos", ["a.png", "sub-8x8x3-0123456789ab/b.png"])
    told(capsys, "--delete=all", f"--cache_dir={photos}")
    assert sorted(path.name for path in photos.rglob("*.png")) == ["a.png", "b.png"]
    with refused("cache_dir="):
        run(f"--cache_dir={photos}/a.png", program=program)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 kB"), (1, "1 kB"), (999_999, "1000 kB"), (10**6, "1.0 MB"), (2_340_000_000, "2.3 GB")],
)
def test_sizes(size, text):
    assert program._size(size) == text


def test_from_outside_without_tensorflow(cache):
    code = "import sys; from ada_tf.cli import cache; sys.argv[1:] = sys.argv[1:]; cache.run()"
    check = "import atexit, sys; atexit.register(lambda: print('tensorflow' in sys.modules));"
    for arguments, end in ((["--delete=all"], "Freed"), ([], "networks")):
        command = [sys.executable, "-c", check + code, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        *_, last, loaded = done.stdout.splitlines()
        assert end in last
        assert loaded == "False"
    assert left(cache) == set()
