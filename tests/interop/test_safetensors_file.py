"""What .safetensors say of themselves is refused for the reason that it is wrong for."""

import io
import json

import numpy as np
import pytest

from ada_tf.interop.published import safetensors_file
from ada_tf.interop.published.pickles import Refused
from tests.hostile.safetensors import FILES, one
from tests.interop.safetensors_writer import to_bytes

REASONS = {
    "length of the header": (
        "a header of 2^31", "a header beyond the end", "a header of 5 MB", "ten million names",
    ),
    "more than 16384 tensors": ("100,000 names", "17,000 arrays"),
    "two values of one name": ("one name twice", "one setting twice"),
    "a tensor that is not described": (
        "a description that is a list", "a description that is a number", "no type",
        "more than a description",
    ),
    "weights of the type": ("the type 'I32'", "the type 'BOOL'", "the type ['F32']", "the type None"),
    "a tensor of no shape or place": (
        "a shape of 2^70", "no side by 2^62", "100 sides", "-1 by -1", "a negative side",
        "a truth for a side", "a fraction for a side", "a text for a shape", "no shape",
        "an offset of -4", "an offset of 2^62", "an offset of infinity", "three offsets",
        "one offset", "no offsets",
    ),
    "a tensor of another size than its shape": (
        "a shape of 2^40", "two sides of 2^40", "offsets that turn round",
    ),
    "tensors that overlap or leave gaps": (
        "a gap", "a gap at the start", "arrays that overlap", "arrays in one place",
        "16,000 names of one array",
    ),
    "tensors that do not end with the file": ("too few bytes", "too many bytes"),
}  # fmt: skip


def read(content, folder):
    (folder / "w").write_bytes(content)
    with open(folder / "w", "rb") as stream:
        return safetensors_file.tensors_of(stream)


@pytest.mark.parametrize(
    ("reason", "row"), [(r, row) for r, rows in REASONS.items() for row in rows]
)
def test_reasons(reason, row, tmp_path):
    with pytest.raises((Refused, ValueError), match=reason):
        read(FILES[row], tmp_path)


def test_arrays_come_back(tmp_path):
    arrays = {
        "a": np.arange(6, dtype="f4").reshape(2, 3), "b": np.zeros([0, 5], "f2"),
        "c": np.array(1.5, "f8"), "d": np.array([0x3FC0, 0xC000], "u2"),
    }  # fmt: skip
    found = read(to_bytes(arrays), tmp_path)
    assert list(found) == list(arrays)
    assert found["d"].dtype == np.float32
    np.testing.assert_array_equal(found.pop("d"), [1.5, -2.0])
    for name, array in found.items():
        assert (array.dtype, array.shape) == (arrays[name].dtype, arrays[name].shape)
        np.testing.assert_array_equal(array, arrays[name])


def test_what_starts_as_one():
    assert safetensors_file.is_one(one()[:32])
    assert not safetensors_file.is_one(b"\x80\x04}" + json.dumps({}).encode())
    assert not safetensors_file.is_one(bytes(8) + b"[")
    assert not safetensors_file.is_one(io.BytesIO().read(32))
