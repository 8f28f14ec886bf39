"""A thousand odd files: each is accounted for, and nothing stops the preparation."""

import io
import json
import os
import pathlib
import shutil
import threading

import numpy as np
import pytest
from PIL import Image

from ada_tf.data import DataConfig, decoding, open_dataset
from ada_tf.data.sources.source import MAX_BYTES
from tests.data import samples

COUNT = 1000


def odd_bytes(number):
    """File number `number`: (its bytes, the status it should get), distinct from all others."""
    image = samples.noise(number, (9 + number % 5, 9))
    kind = number % 20
    if kind in (0, 1):  # cut in the middle of the pixels
        data = encoded(image, ("JPEG", "PNG")[kind])
        return data[: len(data) * 2 // 3], "skipped"
    if kind == 2:
        return b"%d is no image" % number, "skipped"
    if kind == 3:
        return np.random.RandomState(number).bytes(50), "skipped"
    if kind == 4:
        return b"", "skipped"
    if kind == 5:
        return encoded(Image.fromarray(np.float32(np.asarray(image)[..., 0])), "TIFF"), "skipped"
    if kind == 6:
        return encoded(samples.noise(number - 1, (9 + (number - 1) % 5, 9)), "BMP"), "kept"
    if kind == 7:  # the bytes of the file before
        return odd_bytes(number - 1)[0], "duplicate"
    if kind == 8:
        return encoded(image.convert("CMYK"), "JPEG"), "kept"
    if kind == 9:
        return encoded(
            Image.fromarray(np.asarray(image)[..., 0].astype(np.uint16) * 257), "PNG"
        ), "kept"
    if kind == 10:
        return encoded(image.quantize(4), "PNG"), "kept"
    if kind == 11:
        return encoded(samples.noise(number, (9, 9), "LA"), "PNG"), "kept"
    if kind in (12, 13):
        frames = [samples.noise(number + i, (9, 9)) for i in (1, 2)]
        kinds = {12: "GIF", 13: "WEBP"}
        return encoded(
            image.resize((9, 9)), kinds[kind], save_all=True, append_images=frames
        ), "kept"
    if kind == 14:
        exif = Image.Exif()
        exif[0x0112] = 2 + number % 7
        return encoded(image, "JPEG", exif=exif), "kept"
    if kind == 15:
        colour = (number % 256, number // 256, 0)
        return encoded(Image.new("RGB", (1, 1), colour), "PNG"), "kept"
    return encoded(image, "PNG"), "kept"


def encoded(image, kind, **arguments):
    buffer = io.BytesIO()
    image.save(buffer, kind, **arguments)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """The folder, and the status of every file."""
    root = tmp_path_factory.mktemp("odd")
    folder = root / "set"
    expected = {}
    for number in range(COUNT):
        # The ending says nothing: PIL looks at the bytes.
        name = f"{number // 100}/{number:03d}.png"
        data, expected[name] = odd_bytes(number)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    good = samples.noise(5000, (8, 8))
    good.save(folder / "0" / "line\nbreak.png")
    expected[r"0/line\nbreak.png"] = "kept"
    samples.noise(5001, (8, 8)).save(folder / "raw.png")
    os.rename(folder / "raw.png", os.fsencode(folder) + b"/caf\xe9.png")
    expected[r"caf\udce9.png"] = "kept"
    Image.new("1", (20_000, 20_000)).save(folder / "huge.png")
    Image.new("L", (2_000, 40)).save(folder / "long.png")
    (folder / "loop").symlink_to(folder)
    (folder / "self.png").symlink_to(folder / "self.png")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    os.mkfifo(folder / "pipe.png")
    (folder / ".hidden.png").write_bytes(b"x")
    (folder / "notes.txt").write_text("x")
    expected |= dict.fromkeys(
        ("huge.png", "loop", "self.png", "gone.png", "pipe.png", ".hidden.png", "notes.txt"),
        "skipped",
    )
    expected["long.png"] = "kept"
    return folder, expected


@pytest.fixture(scope="module")
def report(odd, tmp_path_factory):
    """(JSON, text) of a preparation with little memory, and its data set."""
    folder, _ = odd
    cache = tmp_path_factory.mktemp("cache")
    config = DataConfig(str(folder), resolution=8, cache_dir=str(cache))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "_MAX_PIXELS", 1000)
        patch.setattr(decoding, "_MAX_WORKERS", 8)
        dataset = open_dataset(config, samples.quiet)
    (prepared,) = (path for path in cache.iterdir() if path.is_dir())
    text = (prepared / "data_report.txt").read_text(encoding="utf-8")
    return json.loads((prepared / "data_report.json").read_text()), text, dataset


def test_every_file_is_accounted_for(odd, report):
    _, expected = odd
    record, _, dataset = report
    found = {file["name"]: file["status"] for file in record["files"]}
    assert len(found) == len(record["files"]) >= COUNT
    assert {n: s for n, s in found.items() if expected.get(n) != s} == {}
    assert found.keys() == expected.keys()
    statuses = list(expected.values())
    assert record["counts"] == {s: statuses.count(s) for s in ("kept", "duplicate", "skipped")}
    assert dataset.num_images == record["counts"]["kept"]
    for file in record["files"]:
        if file["status"] == "skipped":
            assert file["why"]


@pytest.mark.parametrize(
    ("name", "done"),
    [
        ("0/008.png", ["CMYK to RGB", "centre cropped", "reduced from 9 pixels"]),
        ("0/009.png", ["16 bits to 8", "I;16 to RGB", "centre cropped", "reduced from 9 pixels"]),
        ("0/010.png", ["P to RGB", "reduced from 9 pixels"]),
        ("0/011.png", ["transparent parts laid on white", "LA to RGB", "reduced from 9 pixels"]),
        ("0/013.png", ["first frame of 3", "reduced from 9 pixels"]),
        ("0/014.png", ["turned upright", "centre cropped", "reduced from 9 pixels"]),
        ("0/015.png", ["enlarged from 1 pixels"]),
        (r"caf\udce9.png", []),
    ],
)
def test_what_was_done_is_said(report, name, done):
    (file,) = [file for file in report[0]["files"] if file["name"] == name]
    assert file["done"] == done


def test_reasons_are_said(report):
    why = {file["name"]: file.get("why", file.get("of")) for file in report[0]["files"]}
    assert why["loop"] == "a link to a folder that is here already"
    assert why["pipe.png"] == "neither file nor folder"
    assert why["gone.png"] == "No such file or directory"
    assert why["self.png"] == "Too many levels of symbolic links"
    assert "exceeds limit" in why["huge.png"]
    assert why["0/007.png"] == "0/006.png"


def test_the_same_bytes_in_two_classes_are_two_images(tmp_path):
    source = samples.folder(tmp_path / "set", ["a/1.png", "b/2.png"])
    for name in ("a/1.png", "b/2.png", "b/3.png"):
        samples.noise(0).save(source / name)
    dataset = open_dataset(
        DataConfig(str(source), cond=True, cache_dir=str(tmp_path / "cache")), samples.quiet
    )
    np.testing.assert_array_equal(dataset.labels, [0, 1])


def test_unreadable_files_and_folders_are_skipped(tmp_path, monkeypatch):
    """Root may read everything, so the refusal of the folder is played; the file is too large."""
    source = samples.folder(tmp_path / "set", ["a.png", "no.png", "locked/b.png"])
    os.truncate(source / "no.png", MAX_BYTES + 1)
    listing = pathlib.Path.iterdir

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(
        pathlib.Path,
        "iterdir",
        lambda path: refuse(path) if path.name == "locked" else listing(path),
    )
    monkeypatch.setattr(decoding, "_Process", decoding._ThisProcess)  # where the refusal is played
    cache = tmp_path / "cache"
    open_dataset(DataConfig(str(source), cache_dir=str(cache), resolution=8), samples.quiet)
    (text,) = (path.read_text() for path in cache.glob("*/data_report.txt"))
    why = f"is larger than {MAX_BYTES} bytes"
    assert f"\nskipped, is larger than N bytes (.png): 1\n  no.png: {why}\n" in text
    assert "\nskipped, Permission denied: 1\n  locked\n" in text
    assert "\nkept: 1\n" in text


def prepared_from(source, cache):
    open_dataset(DataConfig(str(source), cache_dir=str(cache)), samples.quiet)
    (path,) = (path for path in cache.iterdir() if path.is_dir())
    return path


def test_a_changed_source_is_noticed(tmp_path):
    source = samples.folder(tmp_path / "set", ["a.png", "b.png"])
    prepared, said = prepared_from(source, tmp_path / "cache"), []
    config = DataConfig(str(prepared))
    open_dataset(config, said.append, advise=False)
    assert not said
    samples.noise(9).save(source / "c.png")
    open_dataset(config, said.append, advise=False)
    assert f"{source} has changed since {prepared} was prepared" in said[0]
    shutil.rmtree(source)
    open_dataset(config, said.append, advise=False)
    assert len(said) == 1


def test_the_memory_is_bounded():
    budget, order = decoding.Budget(100), []

    def wait():
        with budget.taken(1):
            order.append("let in")

    with budget.taken(1000):  # one image always may, alone
        waiting = threading.Thread(target=wait)
        waiting.start()
        order.append("given back")
    waiting.join()
    assert order == ["given back", "let in"]
    with budget.taken(99), budget.taken(1):
        pass
