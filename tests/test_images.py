import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from ada_tf.images import (
    as_shown,
    grid_size,
    growing_grid,
    save_grid,
    save_npy,
    save_png,
    tile,
    to_uint8,
    to_uint16,
)
from ada_tf.ops import pixels as in_graphs


@pytest.mark.parametrize(
    ("resolution", "expected"),
    [
        (2048, (7, 4)),
        (1024, (7, 4)),
        (512, (15, 8)),
        (256, (30, 16)),
        (128, (32, 32)),
        (8, (32, 32)),
    ],
)
def test_grid_size(resolution, expected):
    assert grid_size(resolution, resolution) == expected


def test_to_uint8_truncates_and_clips():
    values = np.array([-2, -1, -1 + 1 / 127.5, 0, 0.0039, 0.0040, 0.9999, 1, 5], np.float32)
    expected = np.floor(np.clip(127.5 * values + 128, 0, 255))
    got = to_uint8(values)
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, expected)
    assert got[0] == got[1] == 0
    assert got[3] == 128
    assert got[-1] == 255


def test_bytes_come_back_as_they_were():
    values = np.arange(256)
    for floats in (values / 127.5 - 1, values / np.float32(127.5) - 1, (values - 127.5) / 127.5):
        np.testing.assert_array_equal(to_uint8(floats), values)


def test_tile_is_row_major_and_fills_the_last_row_with_zeros():
    images = np.arange(1, 6).reshape(5, 1, 1, 1) * np.ones([1, 2, 3, 1], int)
    grid = tile(images, columns=3)
    assert grid.shape == (4, 9, 1)
    np.testing.assert_array_equal(grid[::2, ::3, 0], [[1, 2, 3], [4, 5, 0]])
    np.testing.assert_array_equal(grid[0, :, 0], [1, 1, 1, 2, 2, 2, 3, 3, 3])


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_save_grid_keeps_bytes(tmp_path, channels, mode):
    images = np.random.RandomState(0).randint(0, 256, [6, 4, 5, channels], np.uint8)
    save_grid(images, tmp_path / "bytes.png", columns=3)
    save_grid(images.astype(np.float32) / 127.5 - 1, tmp_path / "floats.png", columns=3)
    for name in ("bytes.png", "floats.png"):
        with PIL.Image.open(tmp_path / name) as picture:
            assert picture.mode == mode
            read = np.asarray(picture).reshape(8, 15, channels)
        np.testing.assert_array_equal(read, tile(images, 3))


def test_save_grid_takes_the_nearest_byte_and_clips(tmp_path):
    values = np.array([-3, -1, -0.0001, 0.0001, 0.5, 1, 3], np.float32)
    save_grid(values.reshape(-1, 1, 1, 1), tmp_path / "grid.png", columns=len(values))
    with PIL.Image.open(tmp_path / "grid.png") as picture:
        read = np.asarray(picture)
    np.testing.assert_array_equal(read, [[0, 0, 127, 128, 191, 255, 255]])


def test_a_failure_keeps_the_old_image_and_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    save_png(np.zeros([2, 2, 3], np.uint8), path)
    before = path.read_bytes()

    def half_a_file(self, target, **kwargs):
        target.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(PIL.Image.Image, "save", half_a_file)
    with pytest.raises(OSError, match="disk full"):
        save_png(np.ones([2, 2, 3], np.uint8), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_16_bits_come_back_as_they_were():
    values = np.arange(65536, dtype=np.uint16)
    signed = in_graphs.to_signed(tf.constant(values))
    assert (signed[0], signed[-1]) == (-1, 1)
    np.testing.assert_array_equal(to_uint16(signed), values)
    np.testing.assert_array_equal(in_graphs.to_uint16(signed), values)
    np.testing.assert_array_equal(to_uint16(np.array([-3.0, 5.0])), [0, 65535])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 9])
def test_what_is_shown(channels, dtype):
    white = np.iinfo(dtype).max
    shape = [2, 4, 5, channels]
    images = np.random.RandomState(0).randint(0, white + 1, shape).astype(dtype)
    expected = images / white * 255
    if channels in (2, 4):
        opacity = images[..., -1:] / white
        expected = expected[..., :-1] * opacity + 255 * (1 - opacity)
    found = as_shown(images)
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found, expected[..., :3], atol=0.51)
    floats = in_graphs.as_rgb(in_graphs.to_signed(tf.constant(images)))
    assert floats.shape[-1] == 3
    np.testing.assert_allclose(
        127.5 * (floats + 1), np.broadcast_to(expected[..., :3], floats.shape), atol=0.01
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_bytes_of_grey_and_rgb_are_shown_as_they_are(channels):
    images = np.zeros([2, 4, 4, channels], np.uint8)
    assert as_shown(images) is images


def test_arrays_are_written_whole(tmp_path):
    image = np.arange(4 * 5 * 7, dtype=np.uint16).reshape(4, 5, 7)
    save_npy(image, tmp_path / "a.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), image)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npy"]


def test_grids_lie_on_white(tmp_path):
    images = np.zeros([4, 2, 2, 4], np.uint8)
    save_grid(images, tmp_path / "grid.png", columns=2)
    with PIL.Image.open(tmp_path / "grid.png") as grid:
        assert (grid.mode, grid.getextrema()) == ("RGB", ((255, 255),) * 3)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("columns", [1, 3, 7])
def test_a_grid_that_grows_is_the_same(tmp_path, channels, columns):
    images = np.random.RandomState(0).uniform(-1.2, 1.2, [7, 4, 5, channels]).astype(np.float32)
    save_grid(images, tmp_path / "whole.png", columns)
    with growing_grid(tmp_path / "grown.png", 7, columns) as add:
        for part in np.split(images, [2, 3]):
            add(part)
    pixels = [np.asarray(PIL.Image.open(tmp_path / f"{n}.png")) for n in ("whole", "grown")]
    np.testing.assert_array_equal(*pixels)


def test_a_grid_that_is_not_finished_is_none(tmp_path):
    def interrupted():
        with growing_grid(tmp_path / "a.png", 4, 2) as add:
            add(np.zeros([3, 4, 4, 3], np.float32))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_grid_that_grows_keeps_no_more_than_a_row(tmp_path):
    noise = np.random.RandomState(0).randint(0, 256, [4, 64, 64, 3], np.uint8)
    with growing_grid(tmp_path / "a.png", 400, 4) as add:
        for _ in range(100):
            add(noise)
        (path,) = tmp_path.iterdir()  # noise cannot be compressed
        assert path.stat().st_size > 0.9 * 100 * noise.nbytes
