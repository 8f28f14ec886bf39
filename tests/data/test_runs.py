"""What ada-train has written is never data; a folder is one folder however it is typed."""

import os
import zipfile

import numpy as np
import pytest

from ada_tf.data import DataConfig, absolute_source, open_dataset
from ada_tf.errors import UserError
from ada_tf.files import RUN_OPTIONS
from tests.data import samples


def _run(folder):
    """A folder as ada-train leaves it."""
    samples.folder(folder, ["fakes000000.png", "reals.png", "best/fakes.png"])
    (folder / RUN_OPTIONS).write_text("{}")
    return folder


def _open(source, cache, log=samples.quiet, **wishes):
    return open_dataset(DataConfig(str(source), cache_dir=str(cache), **wishes), log)


def _refusal(source, tmp_path) -> str:
    with pytest.raises(UserError) as caught:
        _open(source, tmp_path / "cache")
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_runs_inside_a_folder_are_left_out_and_counted(tmp_path):
    source, said = samples.folder(tmp_path / "photos", ["a.png", "b.png"]), []
    _run(source / "runs" / "00000-photos")
    _run(source / "runs" / "old" / "00001-photos")
    dataset = _open(source, tmp_path / "cache", said.append, resolution=16)
    assert dataset.num_images == 2
    assert (
        said[0] == "data: left out: 2 runs of ada-train, whose pictures are no data to learn from"
    )
    assert "prepared 2 of 2 images at 16x16x3" in said[1]
    (report,) = tmp_path.glob("cache/*/data_report.txt")
    names = "  runs/00000-photos\n  runs/old/00001-photos\n"
    assert f"\nskipped, a run of ada-train: 2\n{names}" in report.read_text()


def test_a_run_that_grows_changes_nothing(tmp_path):
    source, said = samples.folder(tmp_path / "photos", ["a.png", "b.png"]), []
    first = _open(source, tmp_path / "cache")
    run = _run(source / "runs" / "00000-photos")
    (source / "nohup.out").write_text("tick 0")
    again = _open(source, tmp_path / "cache", said.append, resolution=20)
    samples.noise(7).save(run / "fakes000001.png")
    (source / "nohup.out").write_text("tick 0\ntick 1")
    _open(source, tmp_path / "cache", said.append, resolution=20)
    assert sum(line.startswith("data: prepared before") for line in said) == 2
    assert not any(line.startswith("data: prepared 2") for line in said)
    np.testing.assert_array_equal(first.images([0, 1]), again.images([0, 1]))


def test_classes_beside_runs_stay_classes(tmp_path):
    source = samples.folder(tmp_path / "pets", ["cat/a.png", "dog/b.png"])
    _run(source / "runs" / "00000-pets")
    assert _open(source, tmp_path / "cache", cond=True).class_names == ("cat", "dog")


def test_a_run_is_no_source(tmp_path):
    run = _run(tmp_path / "runs" / "00000-photos")
    message = _refusal(run, tmp_path)
    assert message == f"data={str(run)!r}: is a run of ada-train; give it to --resume."
    message = _refusal(run / "best", tmp_path)
    assert f"lies in {run}, a run of ada-train; give it to --resume." in message
    link = tmp_path / "link"
    link.symlink_to(run / "best")
    assert f"lies in {run}, a run" in _refusal(link, tmp_path)
    message = _refusal(run.parent, tmp_path)
    assert "no images besides those of 1 run of ada-train; to go on from a run, give" in message


@pytest.mark.parametrize("kind", ["broken link", "folder", "pipe"])
def test_the_mark_of_a_run_may_be_anything(tmp_path, kind):
    source = samples.folder(tmp_path / "photos", ["a.png", "run/b.png"])
    mark = source / "run" / RUN_OPTIONS
    {"broken link": lambda: mark.symlink_to("x"), "folder": mark.mkdir}.get(
        kind, lambda: os.mkfifo(mark)
    )()
    assert _open(source, tmp_path / "cache").num_images == 1


def test_runs_inside_a_zip_file_are_left_out(tmp_path):
    source = samples.folder(tmp_path / "photos", ["a.png", "b.png"])
    _run(source / "runs" / "00000-photos")
    for name, folder in (("all", source), ("run", source / "runs" / "00000-photos")):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder))
    said = []
    assert _open(tmp_path / "all.zip", tmp_path / "cache", said.append).num_images == 2
    assert any(line.startswith("data: left out: 1 run of ada-train,") for line in said)
    assert "besides those of 1 run of ada-train" in _refusal(tmp_path / "run.zip", tmp_path)


def test_one_folder_has_one_name(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    (tmp_path / "link").symlink_to("photos")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    typed = [
        "photos", "photos/", "./photos", "./photos/.", "../" + tmp_path.name + "/photos",
        "~/photos", "link", "link/", "photos//", str(tmp_path / "photos"), "/" + str(tmp_path / "link"),
    ]  # fmt: skip
    assert {absolute_source(source) for source in typed} == {str(tmp_path / "photos")}
    assert absolute_source("photos.zip") == str(tmp_path / "photos.zip")


@pytest.mark.parametrize("source", ["digits", "tfds:mnist", "tfds:a/b:1.0.0", ""])
def test_what_is_no_path_stays(source):
    assert absolute_source(source) == source
    assert absolute_source("./digits") == os.path.realpath("digits")
