import shutil
import struct
import warnings
import zlib

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared import checksummed_json, choose_shape
from ada_tf.shape import Shape
from tests.data import samples
from tests.sentences import refused


def _open(source, cache, log=samples.quiet, **wishes):
    return open_dataset(DataConfig(str(source), cache_dir=str(cache), **wishes), log)


def _prepared(cache):
    """The one prepared directory of a cache."""
    (path,) = [path for path in cache.iterdir() if path.is_dir()]
    return path


def test_resolution_fits_the_median_image(tmp_path):
    source = tmp_path / "set"
    for name, size in {"a": (16, 900), "b": (70, 100), "c": (300, 200)}.items():
        samples.folder(source, [f"{name}.png"], size=size)
    said = []
    assert _open(source, tmp_path / "cache", said.append).shape.width == 64
    assert "resolution 64" in said[0]
    assert "70 pixels" in said[0]


SHAPES = {  # sizes and how many have each -> (shape, a part of the line), with at most 1024 x 1024 pixels
    "one size": ({(320, 240): 19, (100, 100): 1}, 1024, "320x240", "the size of 19 of 20 images"),
    "too few of one size": ({(320, 240): 16, (1000, 100): 4}, 1024, "128", "power of two (up to 1024)"),
    "icons": ({(48, 48): 5}, 1024, "48", "the size of 5 of 5"),
    "bands": ({(40, 56): 5}, 1024, "40x56", "the size of 5 of 5"),
    "a size that no networks have": ({(300, 225): 5}, 1024, "256x192", "the aspect of 5 of 5"),
    "an aspect of several sizes": ({(400, 300): 5, (300, 400): 0, (404, 300): 5}, 1024, "256x192", "10 of 10"),
    "upright": ({(300, 404): 5, (300, 400): 5}, 1024, "192x256", "within the 300 pixels"),
    "squares of several sizes": ({(100, 100): 5, (103, 100): 5}, 1024, "64", "power of two"),
    "films": ({(1600, 900): 5}, 1024, "1152x640", "the aspect of 5"),
    "too long for networks": ({(2001, 100): 5}, 1024, "64", "power of two"),
    "large": ({(2048, 2048): 1}, 1024, "1024", "(up to 1024)"),
    "on a CPU": ({(320, 240): 5}, 64, "64x48", "--resolution=320x240 is what fits the images"),
    "small on a CPU": ({(64, 64): 5}, 64, "64", "the size of 5 of 5 images"),
    "tiny": ({(9, 9): 2}, 1024, "8", "within the 9 pixels"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SHAPES)
def test_shape_of_most_images(kind, tmp_path):
    sizes, largest, resolution, words = SHAPES[kind]
    headers = [choose_shape._Header(size, 3, 8) for size, n in sizes.items() for _ in range(n)]
    found = choose_shape._found(headers)
    chosen, why = choose_shape._fitting(found, largest)
    said = []
    checksummed_json.write(tmp_path / "headers", found)
    shape = choose_shape.choose_shape(
        None, DataConfig("x"), tmp_path / "headers", said.append, largest
    )
    assert (str(chosen), Shape.parse(shape.resolution).size) == (resolution, resolution)
    assert why.split(" of ")[0] in said[0]
    assert words in said[0]
    assert ("without a GPU" in said[0]) == (kind == "on a CPU")


def test_what_earlier_versions_remember_is_gone_on_with(tmp_path):
    found = {"median_side": 240, "channels": 3, "deep": 0, "count": 20}
    checksummed_json.write(tmp_path / "headers", found)
    config, memory = DataConfig("x"), tmp_path / "headers"
    for largest in (choose_shape.MAX_DEFAULT_RESOLUTION, choose_shape.OF_A_CPU):
        shape = choose_shape.choose_shape(None, config, memory, samples.quiet, largest)
        assert shape.hwc == (128, 128, 3)


def test_turned_images_count_as_they_are_shown(tmp_path):
    source = samples.folder(tmp_path / "set", ["a.jpg", "b.jpg"], size=(48, 64))
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(source / "a.jpg") as image:
        turned = image.transpose(Image.Transpose.ROTATE_90)
        turned.save(source / "a.jpg", exif=exif)
    assert _open(source, tmp_path / "cache").shape == Shape(64, 48, 3)


def test_channels_follow_the_images(tmp_path):
    grey = samples.folder(tmp_path / "grey", ["a.png", "b.png"], mode="L")
    assert _open(grey, tmp_path / "cache").shape.channels == 1
    assert _open(grey, tmp_path / "cache", channels=3).shape.channels == 3
    samples.folder(grey, ["c.png"], mode="RGB")
    assert _open(grey, tmp_path / "cache").shape.channels == 3


def _chunk(kind, data):
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def _damage(folder):
    """Write one image of every difficult kind; returns what is still readable."""
    samples.noise(0, (64, 64)).save(folder / "truncated.jpg")
    data = (folder / "truncated.jpg").read_bytes()
    (folder / "truncated.jpg").write_bytes(data[: len(data) // 2])
    (folder / "text.png").write_text("not an image at all")
    (folder / "empty.jpeg").write_bytes(b"")
    Image.fromarray(np.ones([9, 9], np.float32)).save(folder / "float.tiff")
    for side, name in ((10_000, "bomb.png"), (40_000, "bigger_bomb.png")):
        header = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        data = _chunk(b"IDAT", zlib.compress(bytes(100)))
        (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n" + header + data)

    Image.new("CMYK", (9, 9), (0, 255, 255, 0)).save(folder / "k_cmyk.tiff")
    Image.fromarray(np.full([9, 9], 257 * 40, np.uint16)).save(folder / "k_deep.png")
    Image.new("LA", (9, 9), (0, 0)).save(folder / "k_la.png")
    palette = Image.new("P", (9, 9), 1)
    palette.putpalette([0, 0, 0, 1, 2, 3])
    palette.save(folder / "k_palette.png", transparency=0)
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "k_moving.gif", save_all=True, append_images=frames[1:])
    Image.new("RGB", (1, 1), (9, 8, 7)).save(folder / "k_one.png")
    sideways = Image.new("RGB", (9, 9))
    sideways.paste("white", (0, 0, 9, 4))  # the upper half; turned by 90 degrees: the right
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways.save(folder / "k_turned.png", exif=exif)
    return {
        "k_cmyk.tiff": (255, 0, 0),
        "k_deep.png": (40, 40, 40),
        "k_la.png": (255, 255, 255),
        "k_moving.gif": (255, 0, 0),
        "k_one.png": (9, 8, 7),
        "k_palette.png": (1, 2, 3),
        "k_turned.png": (255, 255, 255),
    }


def test_difficult_images_are_kept_or_reported(tmp_path):
    source = tmp_path / "mixed"
    source.mkdir()
    kept = _damage(source)
    (source / ".hidden.png").write_bytes(b"x")
    for name in ("readme.txt", "a.svg", "b.SVG", "Makefile"):
        (source / name).write_text("hello")
    said = []
    dataset = _open(source, tmp_path / "cache", said.append, resolution=8)
    assert dataset.num_images == len(kept) == 7
    right_upper_corner = dataset.images(range(7))[:, 0, -1]
    for pixel, (name, expected) in zip(right_upper_corner, sorted(kept.items()), strict=True):
        assert tuple(pixel) == expected, name
    assert "prepared 7 of 13 images" in said[1]
    assert " s, without 4 files not named like images (2 .svg, 1 .txt); see " in said[1]
    assert "cannot be read and left out: 6 of 13 images, such as bigger_bomb.png (" in said[2]
    report = (_prepared(tmp_path / "cache") / "data_report.txt").read_text()
    for line in (
        "kept: 7",
        "skipped: 11",
        "duplicates: 0",
        "enlarged: 1 of 7 images, such as k_one.png",
        "skipped, hidden (.png): 1\n  .hidden.png",
        "skipped, not named like an image (.txt): 1\n  readme.txt",
        "kept, turned upright, reduced: 1\n  k_turned.png: from 9 pixels",
        "kept, first frame, P to RGB, reduced: 1\n  k_moving.gif: of 2, from 9 pixels",
        "skipped, not an image (.png): 1\n  text.png",
        "skipped, not an image (.jpeg): 1\n  empty.jpeg",
        "skipped, floating-point pixels have no agreed range (.tiff): 1\n  float.tiff",
    ):
        assert f"\n{line}" in report
    assert "truncated" in report.split("\n  truncated.jpg: ")[1].splitlines()[0]
    for bomb in ("bomb.png", "bigger_bomb.png"):
        assert "exceeds limit" in report.split(f"\n  {bomb}: ")[1].splitlines()[0]


def test_labels_stay_with_their_images_when_others_are_skipped(tmp_path):
    source = samples.folder(tmp_path / "pets", ["a/1.png", "a/2.png", "b/3.png"], size=(8, 8))
    (source / "a/1.png").write_text("broken")
    dataset = _open(source, tmp_path / "cache", cond=True)
    np.testing.assert_array_equal(dataset.labels, [0, 1])
    np.testing.assert_array_equal(dataset.images([1])[0], np.asarray(samples.noise(2, (8, 8))))


def test_nothing_readable_names_the_report(tmp_path):
    source = tmp_path / "set"
    source.mkdir()
    (source / "a.png").write_text("text")
    with refused("data='set'") as caught:
        _open(source, tmp_path / "cache")
    (report,) = (tmp_path / "cache").glob("*data_report.txt")
    assert str(report) in str(caught.value)
    assert "such as a.png (not an image); the reasons are in" in str(caught.value)
    assert "skipped, not an image (.png): 1\n  a.png\n" in report.read_text()
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]


def test_second_opening_reuses_the_first(tmp_path):
    source = samples.folder(tmp_path / "set", ["a.png", "b.png"])
    first = _open(source, tmp_path / "cache")
    stamp = _prepared(tmp_path / "cache").stat().st_mtime_ns
    said = []
    again = _open(source, tmp_path / "cache", said.append, resolution=20, channels=3)
    assert "prepared before" in said[0]
    assert _prepared(tmp_path / "cache").stat().st_mtime_ns == stamp
    np.testing.assert_array_equal(first.images([0, 1]), again.images([0, 1]))


@pytest.mark.parametrize(
    "change", ["file", "resolution", "channels", "filter", "crop", "pad_color"]
)
def test_what_matters_is_prepared_anew(tmp_path, change):
    source = samples.folder(tmp_path / "set", ["a.png", "b.png"])
    _open(source, tmp_path / "cache", resolution=8)
    wishes = {"resolution": 8}
    if change == "file":
        samples.noise(9, (30, 30)).save(source / "b.png")
    else:
        wishes |= {
            "resolution": {"resolution": 16},
            "channels": {"channels": 1},
            "filter": {"resize_filter": "box"},
            "crop": {"crop": "pad"},
            "pad_color": {"crop": "pad", "pad_color": "red"},
        }[change]
    _open(source, tmp_path / "cache", **wishes)
    assert len([path for path in (tmp_path / "cache").iterdir() if path.is_dir()]) == 2


def test_prepared_directory_opens_without_the_source(tmp_path):
    source = samples.folder(tmp_path / "pets", ["cat/1.png", "dog/2.png"])
    images = _open(source, tmp_path / "cache").images([0, 1])
    moved = shutil.move(_prepared(tmp_path / "cache"), tmp_path / "elsewhere")
    shutil.rmtree(source)
    shutil.rmtree(tmp_path / "cache")
    dataset = _open(moved, tmp_path / "cache", cond=True)
    assert dataset.name == "pets"
    np.testing.assert_array_equal(dataset.images([0, 1]), images)
    np.testing.assert_array_equal(dataset.labels, [0, 1])
    assert not (tmp_path / "cache").exists()
    # Another size is made from the prepared images.
    smaller = _open(moved, tmp_path / "cache", resolution=8)
    assert (smaller.name, smaller.shape.width) == ("pets", 8)
    expected = samples.reference(Image.fromarray(images[1]), 8)
    np.testing.assert_array_equal(smaller.images([1])[0], expected)


def test_prepared_directory_is_a_tfds_data_set(tmp_path):
    source = samples.folder(tmp_path / "pets", ["cat/1.png", "dog/2.png"])
    dataset = _open(source, tmp_path / "cache", cond=True)
    builder = tfds.builder_from_directory(_prepared(tmp_path / "cache"))
    assert builder.info.splits["train"].num_examples == 2
    for index, example in enumerate(tfds.as_numpy(builder.as_dataset(split="train"))):
        np.testing.assert_array_equal(example["image"], dataset.images([index])[0])
        assert example["label"] == dataset.labels[index]


def test_interrupted_preparation_leaves_nothing_behind(tmp_path):
    source = samples.folder(tmp_path / "set", [f"{i}.png" for i in range(3)])

    def interrupt(*_):
        raise KeyboardInterrupt

    cache = tmp_path / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ada_tf.data.prepared.records.Writer.add", interrupt)
        with pytest.raises(KeyboardInterrupt):
            _open(source, cache)
    assert not [path for path in cache.iterdir() if path.is_dir()]
    assert _open(source, cache).num_images == 3


def test_warnings_of_pil_stay_inside(tmp_path, recwarn):
    source = tmp_path / "set"
    source.mkdir()
    exif = Image.Exif()
    exif[0x010E] = "a description too long to fit the entry itself"
    cut = exif.tobytes()[:-20]
    Image.new("RGB", (9, 9)).save(source / "a.jpg", exif=cut)
    with pytest.warns(UserWarning, match="Truncated"), Image.open(source / "a.jpg") as image:
        image.getexif()
    recwarn.clear()
    filters = list(warnings.filters)
    assert _open(source, tmp_path / "cache").num_images == 1
    assert not recwarn.list
    assert warnings.filters == filters
