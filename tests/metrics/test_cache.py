"""The cache of statistics: what is kept, and for how long."""

import os

import numpy as np

from ada_tf.metrics import cache


def test_what_was_not_used_for_longest_goes_first(tmp_path, monkeypatch):
    size = 10_000
    for age, name in enumerate("abcd"):
        cache.save(tmp_path, name, {"x": np.zeros([size], np.uint8)})
        os.utime(tmp_path / f"{name}.npz", (1000 - age, 1000 - age))  # "d" is the oldest
    assert cache.load(tmp_path, "d")["x"].size == size  # and is the latest in use now
    cache.prune(tmp_path, 2.5 * (tmp_path / "a.npz").stat().st_size)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "d.npz"]


def test_a_full_cache_keeps_what_is_new(tmp_path, monkeypatch):
    monkeypatch.setattr(cache.prune, "__defaults__", (15_000,))
    for name in "ab":
        cache.save(tmp_path, name, {"x": np.zeros([10_000], np.uint8)})
    assert cache.load(tmp_path, "a") is None
    assert cache.load(tmp_path, "b") is not None
