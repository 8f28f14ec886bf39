"""Pixels are held in memory once, and no more of them than there is room for."""

import numpy as np
import psutil
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig, ImageDataset, open_dataset, stores
from ada_tf.data.stores import ResidentImages
from tests.data import samples

MIB = 2**20


def test_a_tensor_shares_the_memory_of_its_array():
    array = stores.aligned([3, 4, 4, 1])
    assert array.shape == (3, 4, 4, 1)
    assert array.ctypes.data % 64 == 0
    array[:] = 1
    tensor = stores.as_tensor(array)
    array[2] = 7  # nobody may; it shows that there is no copy
    np.testing.assert_array_equal(tensor[2], array[2])


def test_a_prepared_set_is_decoded_into_the_memory_that_it_stays_in(tmp_path, monkeypatch):
    source = tmp_path / "pictures"
    source.mkdir()
    for i in range(3):
        samples.noise(i).save(source / f"{i}.png")
    shared, as_tensor = [], stores.as_tensor
    monkeypatch.setattr(stores, "as_tensor", lambda a: shared.append(as_tensor(a)) or shared[-1])
    config = DataConfig(str(source), resolution=8, cache_dir=str(tmp_path / "cache"))
    dataset = open_dataset(config, samples.quiet)
    assert len(shared) == 1
    assert dataset.store.images is shared[0]


def test_streams_keep_no_copy():
    count, pixels = 1000, stores.aligned([1000, 256, 256, 3])  # 188 MiB
    pixels[:] = np.arange(count, dtype=np.uint8)[:, None, None, None]
    store = ResidentImages(stores.as_tensor(pixels), "some")
    dataset = ImageDataset("some", store, np.arange(count), np.zeros(count, bool))
    before = psutil.Process().memory_info().rss
    strategy = tf.distribute.get_strategy()
    for batches in (dataset.batches(4), dataset.distribute(strategy, 4)):
        for batch, _ in zip(batches, range(5), strict=False):
            assert batch["images"].shape == (4, 256, 256, 3)
    assert psutil.Process().memory_info().rss - before < 60 * MIB


@pytest.mark.parametrize(
    ("limit", "use", "room"),
    [("max\n", "5\n", 500), ("300\n", "100\n", 100), ("9000\n", "1\n", 500), (None, None, 500),
     ("50\n", "80\n", 0)],
)  # fmt: skip
def test_there_is_room_for_half_of_what_is_free(tmp_path, monkeypatch, limit, use, room):
    """Of the machine, or of the container if that has less."""
    free = type("Free", (), {"available": 1000})
    monkeypatch.setattr(stores.psutil, "virtual_memory", lambda: free)
    paths = tmp_path / "max", tmp_path / "current"
    for path, text in zip(paths, (limit, use), strict=True):
        if text is not None:
            path.write_text(text)
    monkeypatch.setattr(stores, "_CGROUPS", [paths])
    assert stores.memory_for_pixels() == room
