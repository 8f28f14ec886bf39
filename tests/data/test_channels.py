"""Alpha, bands and 16 bits, from files to what is trained on."""

import io
import struct
import sys
import types
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from ada_tf.data import DataConfig, array_files, decode, open_dataset
from ada_tf.data.creatures import creature, draw
from ada_tf.images import save_png
from tests.data import samples
from tests.sentences import refused


def noise(shape, dtype=np.uint16, seed=0):
    return np.random.RandomState(seed).randint(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


def seen(shape, dtype=np.uint16, seed=0):
    """Noise without a pixel that nobody sees."""
    pixels = noise(shape, dtype, seed)
    return np.maximum(pixels, 1)


def opened(source, tmp_path, log=samples.quiet, **wishes):
    return open_dataset(DataConfig(str(source), cache_dir=str(tmp_path / "cache"), **wishes), log)


def write(folder, pixels, suffix=".png"):
    """Pictures [N, H, W, C] as files."""
    folder.mkdir()
    for number, image in enumerate(pixels):
        path = folder / f"{number}{suffix}"
        if suffix == ".npy":
            np.save(path, image)
        elif suffix == ".tif":
            pages = [Image.fromarray(page) for page in np.moveaxis(image, 2, 0)]
            pages[0].save(path, save_all=True, append_images=pages[1:], compression="tiff_deflate")
        else:
            save_png(image, path)
    return folder


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_of_png_come_back_as_they_are(tmp_path, channels, dtype, in_memory):
    pixels = seen([3, 16, 16, channels], dtype)
    source = write(tmp_path / "set", pixels)
    limit = None if in_memory else 0
    config = DataConfig(str(source), channels=channels, cache_dir=str(tmp_path / "cache"))
    dataset = open_dataset(config, samples.quiet, memory_limit=limit)
    assert (dataset.shape.channels, dataset.bits) == (channels, 8 * pixels.itemsize)
    np.testing.assert_array_equal(dataset.images(range(3)), pixels)
    batch = next(iter(dataset.batches(3)))["images"]
    assert batch.dtype == dtype
    assert sorted(map(np.sum, batch.numpy())) == sorted(map(np.sum, pixels))


@pytest.mark.parametrize("suffix", [".npy", ".tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bands_come_back_as_they_are_and_are_prepared_again(tmp_path, suffix, dtype):
    pixels = noise([3, 16, 16, 6], dtype)
    source = write(tmp_path / "set", pixels, suffix)
    dataset = opened(source, tmp_path, channels=6)
    np.testing.assert_array_equal(dataset.images(range(3)), pixels)
    (prepared,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    smaller = opened(prepared, tmp_path, resolution=8, resize_filter="box")
    means = pixels.reshape(3, 8, 2, 8, 2, 6).mean(axis=(2, 4))
    np.testing.assert_allclose(smaller.images(range(3)), means, atol=0.51)


def test_a_stack_is_a_whole_set(tmp_path):
    pixels = noise([5, 16, 16, 7])
    np.save(tmp_path / "stack.npy", pixels)
    said = []
    dataset = opened(tmp_path / "stack.npy", tmp_path, said.append)
    assert (dataset.shape.channels, dataset.bits, dataset.num_images) == (7, 16, 5)
    np.testing.assert_array_equal(dataset.images(range(5)), pixels)
    assert any("all images have 16 bits, which are kept" in line for line in said)
    assert dataset.names([4]) == ["image 0000004.npy"]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros([8, 8, 3], np.float32),
        np.zeros([8], np.uint8),
        np.zeros([2, 3, 8, 80], np.uint8),
        np.zeros([2, 8, 8], object),
        np.zeros([0, 8, 8, 3], np.uint8),
        np.asfortranarray(noise([2, 8, 8, 3])),
    ],
)
def test_other_stacks_are_refused_in_words(tmp_path, array):
    np.save(tmp_path / "stack.npy", array)
    with refused():
        opened(tmp_path / "stack.npy", tmp_path)


def test_a_stack_that_is_cut_short_is_refused(tmp_path):
    np.save(tmp_path / "stack.npy", noise([4, 8, 8, 3]))
    whole = (tmp_path / "stack.npy").read_bytes()
    (tmp_path / "stack.npy").write_bytes(whole[:-1])
    with refused():
        opened(tmp_path / "stack.npy", tmp_path)


def header_of(shape, dtype="|u1"):
    file = io.BytesIO()
    record = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, record)
    return io.BytesIO(file.getvalue())


@pytest.mark.parametrize(
    "shape",
    [(10**9, 10**9, 3), (10**5, 10**5), (20, 10**8), (10**8, 20), (8, 8, 10**9), (-1, 8, 3)],
)
def test_headers_that_promise_too_much_take_no_memory(shape):
    with pytest.raises(ValueError, match="exceeds limit|channels"):
        decode.open_image(header_of(shape))


def test_a_picture_that_is_cut_short_is_refused():
    image = decode.open_image(header_of((8, 8, 3)))
    with pytest.raises(ValueError, match="cut short"):
        image.array()


def test_few_with_16_bits_are_said(tmp_path):
    source = write(tmp_path / "set", noise([2, 16, 16, 1]))
    save_png(noise([16, 16, 1], np.uint8), source / "plain.png")
    said = []
    assert opened(source, tmp_path, said.append).bits == 8
    assert any("2 of 3 images have 16 bits" in line for line in said)
    deep = opened(source, tmp_path, bits=16)
    plain = np.asarray(Image.open(source / "plain.png")).astype(int)
    np.testing.assert_array_equal(deep.images([2])[0, ..., 0], plain * 257)


def picture(pixels):
    """A picture as it is opened."""
    return decode.open_image(io.BytesIO(array_files.as_numpy_file(pixels)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_channels_that_are_not_asked_for(dtype, channels):
    white = np.iinfo(dtype).max
    rgba = noise([4, 4, 4], dtype)
    bits = 8 * rgba.itemsize
    colour, opacity = rgba[..., :3].astype(float), rgba[..., 3:] / white
    expected = colour if channels in (2, 4) else colour * opacity + white * (1 - opacity)
    if channels < 3:
        expected = expected @ [[0.299], [0.587], [0.114]]
    found = np.asarray(decode.planes_of(picture(rgba), channels, bits)).astype(float)
    assert found.shape == (4, 4, channels)
    np.testing.assert_allclose(found[..., : expected.shape[2]], expected, atol=0.6)
    if channels in (2, 4):
        np.testing.assert_array_equal(found[..., -1:], rgba[..., 3:])


def test_what_has_no_alpha_is_opaque():
    grey = noise([4, 4, 1], np.uint8)
    found = np.asarray(decode.planes_of(picture(grey), 4, 8))
    np.testing.assert_array_equal(found[..., :3], grey.repeat(3, axis=2))
    assert (found[..., 3] == 255).all()


@pytest.mark.parametrize(("found", "wanted"), [(6, 3), (3, 6), (6, 7), (1, 5)])
def test_bands_are_no_colours(found, wanted):
    with pytest.raises(ValueError, match=f"has {found} channels, where {wanted} are asked for"):
        decode.planes_of(picture(noise([4, 4, found])), wanted, 16)


@pytest.mark.parametrize("filter", ["lanczos", "box"])
@pytest.mark.parametrize("size", [(5, 5), (31, 31)])
def test_colours_that_nobody_sees_do_not_bleed(filter, size):
    rgba = np.zeros([20, 20, 4], np.uint8)
    rgba[:, :, 1] = 255  # green that is not seen
    rgba[5:15, 5:15] = (200, 30, 40, 255)
    made = np.asarray(decode.planes_of(picture(rgba), 4, 8).resize(size, decode.FILTERS[filter]))
    there = made[made[..., 3] > 0][:, :3].astype(int)
    np.testing.assert_allclose(there, np.broadcast_to([200, 30, 40], there.shape), atol=1)
    assert (made[made[..., 3] == 0] == [255, 255, 255, 0]).all()
    assert 0 < (made[..., 3] > 0).mean() < 1


def test_planes_are_resized_as_pil_does_it():
    pixels = noise([20, 20, 3], np.uint8)
    expected = np.asarray(Image.fromarray(pixels).resize((9, 9), Image.Resampling.LANCZOS))
    made = decode.planes_of(picture(pixels), 3, 8).resize((9, 9), Image.Resampling.LANCZOS)
    np.testing.assert_allclose(np.asarray(made).astype(int), expected, atol=1)


def test_16_bits_survive_resizing():
    """A ramp in steps of less than a byte is still one."""
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint16) + 20000, [64, 64])[..., None]
    made = np.asarray(
        decode.planes_of(picture(ramp), 1, 16).resize((32, 32), decode.FILTERS["box"])
    )
    np.testing.assert_allclose(
        made[:, :, 0], np.broadcast_to(ramp[0, ::2, 0] + 0.5, [32, 32]), atol=0.5
    )


@pytest.mark.parametrize("orientation", range(2, 9))
def test_deep_colours_are_turned_upright(orientation):
    """As PIL turns their upper bytes."""
    pixels = noise([4, 6, 3])
    file = io.BytesIO()
    upper = Image.fromarray((pixels >> 8).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    upper.save(file, "png", exif=exif)
    deep = decode.numbers_of(decode.open_image(file), 3)
    np.testing.assert_array_equal(deep, ImageOps.exif_transpose(Image.open(file)))


def test_creatures_have_no_ground_where_alpha_is_asked_for(tmp_path):
    dataset = opened("creatures:20", tmp_path, resolution=16, channels=4)
    drawn = draw(creature(7), 16, alpha=True)
    found = dataset.images([7])[0]
    np.testing.assert_array_equal(found[..., 3], drawn[..., 3])
    there = drawn[..., 3] > 0
    np.testing.assert_array_equal(found[there], drawn[there])
    assert opened("creatures:20", tmp_path, resolution=16, channels=2).shape.channels == 2
    with refused("channels=5"):
        opened("creatures:20", tmp_path, resolution=16, channels=5)


def test_digits_in_other_channels():
    grey = open_dataset(DataConfig("digits")).images([3])
    deep = open_dataset(DataConfig("digits", channels=4, bits=16)).images([3])
    np.testing.assert_array_equal(deep[..., :3], grey.astype(int).repeat(3, axis=3) * 257)
    assert (deep[..., 3] == 65535).all()


@pytest.mark.parametrize("change", [{"bits": 16}, {"channels": 2}])
def test_sets_of_other_numbers_have_other_fingerprints(change):
    plain = open_dataset(DataConfig("digits"))
    assert open_dataset(DataConfig("digits", **change)).fingerprint != plain.fingerprint


def test_fingerprints_of_8_bits_stay():
    """Runs know their images by them."""
    assert open_dataset(DataConfig("digits")).fingerprint == "7d7da69adb7b1062"


def test_deep_tfds_sets(tmp_path):
    import tensorflow_datasets as tfds

    pixels = noise([3, 16, 16, 3])
    source = write(tmp_path / "set", pixels)
    opened(source, tmp_path)
    (prepared,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    examples = tfds.builder_from_directory(prepared).as_dataset(split="train")
    for example, image in zip(examples, pixels, strict=True):
        assert example["image"].dtype == tf.uint16
        np.testing.assert_array_equal(example["image"], image)


def tiff(pixels, deflated, order):
    """A TIFF of one strip of samples that lie beside each other, uint8 or uint16 [H, W, C]."""
    height, width, channels = pixels.shape
    data = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(order)).tobytes()
    data = zlib.compress(data) if deflated else data
    bits = 8 * pixels.itemsize
    # Tag -> (type, values): 3 is 16 bits, 4 is 32.
    tags = {
        256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * channels),
        259: (3, [8 if deflated else 1]), 262: (3, [2]), 273: (4, [8]), 277: (3, [channels]),
        278: (4, [height]), 279: (4, [len(data)]), 284: (3, [1]),
    }  # fmt: skip
    if channels > 3:
        tags[338] = 3, [2] + [0] * (channels - 4)  # alpha, then anything
    start = 8 + len(data) + len(data) % 2
    table, beyond = struct.pack(order + "H", len(tags)), b""
    for tag, (kind, values) in tags.items():
        raw = struct.pack(order + f"{len(values)}{' HL'[kind - 2]}", *values)
        if len(raw) > 4:
            place = start + 2 + 12 * len(tags) + 4 + len(beyond)
            beyond += raw
            raw = struct.pack(order + "L", place)
        table += struct.pack(order + "HHL", tag, kind, len(values)) + raw.ljust(4, b"\0")
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "L", start)
    return io.BytesIO(head + data.ljust(start - 8, b"\0") + table + bytes(4) + beyond)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_colours_of_16_bits_in_tiff(channels, deflated, order):
    pixels = noise([5, 7, channels])
    image = decode.open_image(tiff(pixels, deflated, order))
    assert (decode.channels_of(image), decode.bits_of(image)) == (channels, 16)
    np.testing.assert_array_equal(decode.numbers_of(image, channels), pixels)


def test_samples_that_pil_does_not_read_say_what_does(monkeypatch):
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(ValueError, match=r"pip install 'ada_tf\[tiff\]'"):
        decode.open_image(tiff(noise([5, 7, 6]), False, "<"))


@pytest.mark.parametrize(("axes", "samples"), [("YXS", 6), ("SYX", 6), ("YX", 1)])
def test_samples_come_from_tifffile(axes, samples, monkeypatch):
    """What it gives is looked at before its pixels are read."""
    pixels = noise([5, 7, samples])
    stored = {"YXS": pixels, "SYX": np.moveaxis(pixels, 2, 0), "YX": pixels[..., 0]}[axes]
    page = types.SimpleNamespace(
        axes=axes, imagelength=5, imagewidth=7, samplesperpixel=samples, dtype=pixels.dtype,
        asarray=lambda: stored,
    )  # fmt: skip
    reader = types.SimpleNamespace(TiffFile=lambda stream: types.SimpleNamespace(pages=[page]))
    monkeypatch.setitem(sys.modules, "tifffile", reader)
    file = tiff(noise([5, 7, 6]), False, "<")
    np.testing.assert_array_equal(decode.numbers_of(decode.open_image(file), samples), pixels)
    page.samplesperpixel = 1000
    with pytest.raises(ValueError, match="1000 channels"):
        decode.open_image(file)
    page.axes = "TZYX"
    with pytest.raises(ValueError, match="axes TZYX"):
        decode.open_image(file)


def test_pages_of_several_sizes_are_refused(tmp_path):
    pages = [Image.new("L", (8, 8)), Image.new("L", (8, 9)), Image.new("L", (8, 8))]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with open(tmp_path / "a.tif", "rb") as file, pytest.raises(ValueError, match="several sizes"):
        decode.numbers_of(decode.open_image(file), 3)


def test_other_tiffs_show_their_first_page(tmp_path):
    pixels = noise([3, 16, 16, 6])
    dataset = opened(write(tmp_path / "set", pixels, ".tif"), tmp_path)
    np.testing.assert_array_equal(dataset.images(range(3)), pixels[..., :1])
