"""What NumPy writes is read as NumPy reads it; what else there may be is in tests/hostile."""

import numpy as np
import pytest

from ada_tf.npz_file import read_arrays
from tests.sentences import refused

ARRAYS = {
    "plain": np.arange(6.0).reshape(2, 3),
    "columns first": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "scalar": np.float32(3),
    "empty": np.zeros([0, 3]),
    "one side": np.arange(3, dtype=np.float16),
    "big endian": np.arange(3, dtype=">i4"),
    "truths": np.array([True, False]),
    "a/b": np.zeros([1] * 5, np.uint8),
}


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_come_back(tmp_path, write):
    write(tmp_path / "a.npz", **ARRAYS)
    found = read_arrays(tmp_path / "a.npz")
    assert list(found) == list(ARRAYS)
    for name, expected in ARRAYS.items():
        assert found[name].dtype == expected.dtype
        np.testing.assert_array_equal(found[name], expected)


def test_texts_are_read_where_they_are_asked_for(tmp_path):
    np.savez(tmp_path / "a.npz", names=np.array(["a", "Lächeln", ""]), one=np.array("笑"))
    found = read_arrays(tmp_path / "a.npz", texts=True)
    assert found["names"].tolist() == ["a", "Lächeln", ""]
    assert found["one"].tolist() == "笑"
    with refused("a.npz"):
        read_arrays(tmp_path / "a.npz")


def test_no_file(tmp_path):
    with refused("none.npz"):
        read_arrays(tmp_path / "none.npz")
