"""HEIC, with and without the package that reads it; a stand-in of that reads PNG behind HEIC's first bytes."""

import importlib
import io
import sys

import pytest
from PIL import Image

from ada_tf.data import DataConfig, decode, open_dataset
from ada_tf.inference.read_picture import read_picture
from ada_tf.shape import Shape
from tests.data import samples
from tests.sentences import refused

BOX = b"\0\0\0\x18ftypheic"


def write(path, seed: int):
    """A file as HEIC begins, with a PNG where its pixels were."""
    picture = io.BytesIO()
    samples.noise(seed, (8, 8)).save(picture, "png")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(BOX + picture.getvalue())


# A package as pillow_heif is, as far as it is used: a file, since pictures are decoded by other processes.
STAND_IN = f"""
import io
from PIL import Image
from ada_tf.data import decode

BOX = {BOX!r}

def opened(stream, name):
    stream.seek(len(BOX))
    picture = Image.open(io.BytesIO(stream.read()))
    picture.load()
    return picture

def register_heif_opener():
    Image.register_open("HEIF", opened, lambda prefix: prefix.startswith(BOX))
    for ending in decode.HEIC_ENDINGS:
        Image.register_extension("HEIF", ending)
"""


@pytest.fixture
def reader(monkeypatch, tmp_path_factory):
    """Installs a package of a name, or none."""
    packages = tmp_path_factory.mktemp("packages")
    monkeypatch.syspath_prepend(packages)
    tables = (Image.ID, Image.OPEN, Image.EXTENSION)
    Image.init()
    before = [table.copy() for table in tables]

    def forget():
        for cached in (decode.enable_heic, decode._formats, decode.suffixes):
            cached.cache_clear()

    def install(name):
        for known in ("pillow_heif", "pi_heif"):
            monkeypatch.setitem(sys.modules, known, None)
        if name:
            (packages / f"{name}.py").write_text(STAND_IN)
            monkeypatch.delitem(sys.modules, name)
        importlib.invalidate_caches()
        forget()

    yield install
    for table, old in zip(tables, before, strict=True):
        table.clear()
        table.extend(old) if isinstance(table, list) else table.update(old)
    forget()


def told(source, cache):
    said = []
    config = DataConfig(str(source), resolution=8, cache_dir=str(cache))
    return open_dataset(config, said.append), said


def test_without_the_package_it_is_named(tmp_path, reader):
    reader(None)
    source = samples.folder(tmp_path / "set", ["a.png"], (8, 8))
    write(source / "x" / "IMG_1.HEIC", 1)
    write(source / "IMG_2.heif", 2)
    write(source / "renamed.jpg", 3)
    dataset, said = told(source, tmp_path / "cache")
    assert dataset.num_images == 1
    left_out = "data: left out: 2 images of HEIC, such as IMG_2.heif; pip install pillow-heif"
    assert said[0].startswith(left_out)
    assert any("such as renamed.jpg (is HEIC, which PIL reads with" in line for line in said)
    (report,) = tmp_path.glob("cache/*/data_report.txt")
    assert "package pillow-heif (.heic): 1\n  x/IMG_1.HEIC\n" in report.read_text()
    with refused("target="):
        read_picture(source / "IMG_2.heif", Shape(8, 8, 3))


def test_a_folder_of_nothing_else(tmp_path, reader):
    reader(None)
    for number in range(3):
        write(tmp_path / "set" / f"IMG_{number}.HEIC", number)
    with refused("data=", "IMG_0.HEIC"):
        told(tmp_path / "set", tmp_path / "cache")


@pytest.mark.parametrize("name", ["pillow_heif", "pi_heif"])
def test_with_a_package_it_is_read(tmp_path, reader, name):
    reader(None)
    source = samples.folder(tmp_path / "set", ["a.png"], (8, 8))
    for number, ending in enumerate(("HEIC", "heif", "jpg"), start=1):
        write(source / f"IMG_{number}.{ending}", number)
    assert told(source, tmp_path / "cache")[0].num_images == 1
    reader(name)
    dataset, said = told(source, tmp_path / "cache")  # prepared anew
    assert dataset.num_images == 4
    assert not any("HEIC" in line for line in said)
    expected = samples.reference(samples.noise(1, (8, 8)), 8)
    names = dataset.names(range(4))
    assert (dataset.images([names.index("IMG_1.HEIC")])[0] == expected).all()
    assert (read_picture(source / "IMG_1.HEIC", Shape(8, 8, 3)) == expected).all()


def test_broken_heic_is_broken_and_not_a_missing_package(tmp_path, reader):
    reader("pillow_heif")
    source = samples.folder(tmp_path / "set", ["a.png"], (8, 8))
    (source / "b.heic").write_bytes(BOX)
    _, said = told(source, tmp_path / "cache")
    assert any("cannot be read and left out: 1 of 2 images, such as b.heic" in s for s in said)
    assert not any("pillow-heif" in line for line in said)


@pytest.mark.parametrize(
    ("beginning", "is_one"),
    [
        (BOX, True),
        (b"\0\0\0\x20ftypmif1", True),
        (b"\0\0\0\x20ftypavif", False),
        (b"\0\0\0\x14ftypqt  ", False),
        (b"", False),
        (b"\x89PNG\r\n\x1a\n", False),
    ],
)
def test_first_bytes(beginning, is_one):
    assert decode.is_heic(beginning) == is_one
