"""`images_of_folder`: a folder or zip file of finished images, as it is."""

import pathlib
import zipfile

import numpy as np
import pytest
from PIL import Image

from ada_tf.images import as_shown, save_npy, save_png
from ada_tf.metrics.images import pictures as module
from ada_tf.metrics.images.pictures import describe_equal, images_of_folder
from tests.metrics.sets import images
from tests.sentences import refused


def write(folder, pixels, ending=".png", **options):
    """Write uint8 [N, H, W, C] as 00.png and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(pixels):
        image = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        image.save(folder / f"{i:02d}{ending}", **options)
    return folder


def zipped(folder):
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*"), reverse=True):
            archive.write(file, file.relative_to(folder))
    return path


def all_of(pictures):
    return np.concatenate(list(pictures.batches(pictures.count)))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("place", [lambda folder: folder, zipped])
def test_every_image_as_it_is_in_the_order_of_names(channels, place, tmp_path):
    pixels = images(0, 7, side=9, channels=channels)[:, :, :6]
    pictures = images_of_folder(place(write(tmp_path / "fakes", pixels)), batch=3)
    assert [len(batch) for batch in pictures.batches(7)] == [3, 3, 1]
    for _ in range(2):
        np.testing.assert_array_equal(all_of(pictures), pixels)
    np.testing.assert_array_equal(np.concatenate(list(pictures.batches(4))), pixels[:4])
    assert pictures.names()[:2] == ["00.png", "01.png"]
    assert pictures.describe(7).endswith(f"6x9 {'grey' if channels == 1 else 'RGB'}, as they are")
    assert "the first 4 of 7 pictures" in pictures.describe(4)
    with refused("generated="):
        next(pictures.batches(8))


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    all_of(images_of_folder(write(tmp_path / "fakes", images(0, 3))))
    assert [path.name for path in tmp_path.iterdir()] == ["fakes"]


def test_sub_folders_splits_and_labels_mean_nothing(tmp_path):
    write(tmp_path / "fakes" / "train", images(0, 2))
    write(tmp_path / "fakes" / "test", images(1, 2))
    (tmp_path / "fakes" / "dataset.json").write_text('{"labels": [["train/00.png", 1]]}')
    (tmp_path / "fakes" / ".hidden.png").write_bytes(b"")
    names = images_of_folder(tmp_path / "fakes").names()
    assert names == ["test/00.png", "test/01.png", "train/00.png", "train/01.png"]


def test_pictures_inside_of_a_run_are_found_and_the_run_is_not(tmp_path):
    (tmp_path / "training_options.json").write_text("{}")
    write(tmp_path / "fakes", images(0, 2))
    assert images_of_folder(tmp_path / "fakes").count == 2
    with refused("generated="):
        images_of_folder(tmp_path)


@pytest.mark.parametrize("like", [(8, 8, 1), (16, 16, 3), (8, 4, 3)])
def test_another_form_is_refused(like, tmp_path):
    path = write(tmp_path / "fakes", images(0, 3))
    with refused("generated=", "00.png"):
        images_of_folder(path, like)


def test_one_of_another_size_is_named(tmp_path):
    write(tmp_path / "fakes", images(0, 3))
    Image.new("RGB", (9, 8)).save(tmp_path / "fakes" / "01.png")
    with refused("generated=", "01.png"):
        images_of_folder(tmp_path / "fakes")


def test_fitted(tmp_path):
    path = write(tmp_path / "fakes", images(0, 3, side=16, channels=1))
    pictures = images_of_folder(path, (8, 8, 3), fit=True)
    first = Image.open(path / "00.png").resize((8, 8), Image.Resampling.LANCZOS).convert("RGB")
    np.testing.assert_array_equal(all_of(pictures)[0], np.asarray(first))
    words = "resized as a whole (Lanczos) from 16x16 grey to 8x8 RGB"
    assert words in pictures.describe(3)


def test_what_fitting_cannot_do(tmp_path):
    wide = write(tmp_path / "wide", images(0, 2)[:, :4])
    with refused("generated=", "8x4"):
        images_of_folder(wide, (8, 8, 3), fit=True)
    grey = np.repeat(images(0, 3, channels=1), 3, axis=3)
    pictures = images_of_folder(write(tmp_path / "fakes", grey), (8, 8, 1), fit=True)
    np.testing.assert_array_equal(all_of(pictures), grey[..., :1])
    write(tmp_path / "fakes", images(0, 1))
    with refused("generated=", "00.png"):
        all_of(images_of_folder(tmp_path / "fakes", (8, 8, 1), fit=True))


def sixteen(mode):
    def save(path):
        if mode == "grey":
            Image.fromarray(np.full([8, 8], 999, np.uint16)).save(path)
        else:
            path.write_bytes(png16())

    return save


def png16():
    """RGB of 16 bits, which PIL reads as if it had 8."""
    import struct
    import zlib

    def chunk(name, content):
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
    data = zlib.compress((b"\0" + bytes(48)) * 8)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def turned(path):
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (8, 8)).save(path, exif=exif)


def animated(path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])


WRONG = {
    "alpha": (lambda path: Image.new("RGBA", (8, 8)).save(path), "has transparent parts"),
    "grey alpha": (lambda path: Image.new("LA", (8, 8)).save(path), "has transparent parts"),
    "one transparent colour": (
        lambda path: Image.new("RGB", (8, 8)).save(path, transparency=(0, 0, 0)),
        "has a colour that means transparent",
    ),
    "palette": (lambda path: Image.new("P", (8, 8)).save(path), "has a palette"),
    "16 bits of grey": (sixteen("grey"), "has 16 bits"),
    "16 bits of colour": (sixteen("RGB"), "has 16 bits"),
    "one bit": (lambda path: Image.new("1", (8, 8)).save(path), "is of mode 1"),
    "turned": (turned, "is marked as turned"),
    "animated": (animated, "is animated"),
    "no image": (lambda path: path.write_bytes(b"no image"), "not an image"),
    "empty": (lambda path: path.write_bytes(b""), "not an image"),
    "a folder": (pathlib.Path.mkdir, None),
    "a dangling link": (lambda path: path.symlink_to("nowhere"), "No such file"),
}


@pytest.mark.parametrize("row", WRONG)
def test_what_would_have_to_be_changed_is_refused(row, tmp_path):
    save, words = WRONG[row]
    write(tmp_path / "fakes", images(0, 2))
    save(tmp_path / "fakes" / "05.png")
    if words is None:
        assert images_of_folder(tmp_path / "fakes").count == 2
        return
    with refused(words):
        all_of(images_of_folder(tmp_path / "fakes", (8, 8, 3), fit=True))


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_and_16_bits_beside_reals_that_have_them(channels, dtype, tmp_path):
    """As both are shown: on white, in 8 bits."""
    pixels = np.random.RandomState(0).randint(0, np.iinfo(dtype).max + 1, [5, 9, 8, channels])
    pixels = pixels.astype(dtype)
    (tmp_path / "fakes").mkdir()
    for i, image in enumerate(pixels):
        save_png(image, tmp_path / "fakes" / f"{i}.png")
    pictures = images_of_folder(tmp_path / "fakes", (9, 8, channels, 8 * pixels.itemsize))
    np.testing.assert_array_equal(all_of(pictures), as_shown(pixels))
    assert pictures.shape == (9, 8, channels - 1)
    with refused("generated=", "8x9"):
        images_of_folder(tmp_path / "fakes", (9, 8, channels - 1, 16))
    if dtype == np.uint16:
        with refused("generated=", "16"):
            images_of_folder(tmp_path / "fakes", (9, 8, channels))


def test_opaque_pictures_beside_transparent_reals(tmp_path):
    pixels = images(0, 3)
    side = pixels.shape[1]
    pictures = images_of_folder(write(tmp_path / "fakes", pixels), (side, side, 4))
    np.testing.assert_array_equal(all_of(pictures), pixels)


def test_bands_beside_bands(tmp_path):
    pixels = np.random.RandomState(0).randint(0, 256, [3, 8, 8, 6]).astype(np.uint8)
    (tmp_path / "fakes").mkdir()
    for i, image in enumerate(pixels):
        save_npy(image, tmp_path / "fakes" / f"{i}.npy")
    pictures = images_of_folder(tmp_path / "fakes", (8, 8, 6))
    np.testing.assert_array_equal(all_of(pictures), pixels[..., :3])


def test_damage_behind_the_header_is_counted(tmp_path):
    write(tmp_path / "fakes", images(0, 9))
    for name in ("03.png", "08.png"):
        path = tmp_path / "fakes" / name
        path.write_bytes(path.read_bytes()[:100])
    pictures = images_of_folder(tmp_path / "fakes", batch=2)
    with refused("generated=", "03.png"):
        all_of(pictures)


@pytest.mark.parametrize("path", ["nope", "https://example.org/fakes"])
def test_no_folder(path, tmp_path):
    with refused(f"generated='{path}"):
        images_of_folder(path)


def test_a_file_that_is_no_zip(tmp_path):
    (tmp_path / "fakes.zip").write_bytes(b"x")
    with refused("fakes.zip"):
        images_of_folder(tmp_path / "fakes.zip")


def test_few_at_a_time_if_they_are_large(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_PIXELS", 3 * 64)
    pictures = images_of_folder(write(tmp_path / "fakes", images(0, 7)))
    assert [len(batch) for batch in pictures.batches(7)] == [3, 3, 1]


def test_equal_pictures_are_a_result(tmp_path):
    """Equal pixels are equal, however they are packed."""
    pixels = images(0, 9)
    pixels[[2, 4, 6]] = pixels[0]
    pixels[8] = pixels[5]
    write(tmp_path / "fakes", pixels)
    Image.fromarray(pixels[0]).save(tmp_path / "fakes" / "04.png", compress_level=0)
    pictures = images_of_folder(tmp_path / "fakes", batch=4)
    assert "again" not in pictures.describe(9)
    list(pictures.batches(5))
    assert pictures.describe(5).endswith(
        "2 of 5 are an earlier one again (00.png is there 3 times)"
    )
    all_of(pictures)
    assert pictures.describe(9).endswith(
        "4 of 9 are an earlier one again (00.png is there 4 times, 05.png is there 2 times)"
    )


def test_equal_images_in_words():
    assert describe_equal([(b"a", "x"), (b"b", "y")]) == ""
    many = describe_equal([(b"%d" % (i // 2), str(i)) for i in range(10)])
    assert many.endswith("2 more are there several times)")
