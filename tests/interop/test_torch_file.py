import io
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.interop.published.torch_file import read_tensors
from tests.sentences import refused

from .torch_writer import Storage, Tensor, to_pickle, write_stream, write_zip

STATE = OrderedDict(
    [
        ("conv.weight", np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)),
        ("conv.bias", np.array([0.5, -1.5], np.float32)),
        ("steps", np.array(7, np.int64)),
        ("half", np.array([1, 2, 3], np.float16)),
    ]
)


@pytest.mark.parametrize("write", [write_zip, write_stream])
def test_state_dictionary(tmp_path, write):
    write(tmp_path / "weights.pth", STATE)
    found = read_tensors(tmp_path / "weights.pth")
    assert list(found) == list(STATE)
    for name, expected in STATE.items():
        assert found[name].dtype == expected.dtype
        np.testing.assert_array_equal(found[name], expected)


@pytest.mark.parametrize("write", [write_zip, write_stream])
def test_views_of_one_storage(tmp_path, write):
    storage = Storage(np.arange(12, dtype=np.float32))
    tree = {"a": Tensor(storage, 2, (2, 3), (1, 2)), "list": [Tensor(storage, 0, (2,), (5,))]}
    write(tmp_path / "w.pt", tree)
    found = read_tensors(tmp_path / "w.pt")
    np.testing.assert_array_equal(found["a"], [[2, 4, 6], [3, 5, 7]])
    np.testing.assert_array_equal(found["list.0"], [0, 5])


@pytest.mark.parametrize("write", [write_zip, write_stream])
def test_a_container_that_is_met_again_is_passed_over(tmp_path, write):
    """Also one that holds itself: as a tree it would have no end."""
    inner = {"half": STATE["half"]}
    tree = {"first": inner, "second": [inner]}
    tree["third"] = tree
    write(tmp_path / "w.pt", tree)
    assert list(read_tensors(tmp_path / "w.pt")) == ["first.half"]


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("write", [write_zip, write_stream])
def test_nothing_is_executed(tmp_path, write):
    marker = tmp_path / "executed"
    write(tmp_path / "w.pth", {"a": STATE["half"], "b": Call(io.open, str(marker), "w")})
    with pytest.raises(UserError, match=r"asks for (io|_io)\.open, which reading tensors does not"):
        read_tensors(tmp_path / "w.pth")
    assert not marker.exists()


def test_eval_of_a_plain_pickle(tmp_path):
    (tmp_path / "w.pth").write_bytes(pickle.dumps(Call(eval, "1 + 1")))
    with refused("builtins.eval"):
        read_tensors(tmp_path / "w.pth")


@pytest.mark.parametrize("kept", [0, 1, 40, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("write", [write_zip, write_stream])
def test_truncated(tmp_path, write, kept):
    path = tmp_path / "w.pth"
    write(path, STATE)
    content = path.read_bytes()
    size = int(len(content) * kept) if isinstance(kept, float) else kept
    path.write_bytes(content[:size])
    with refused("PyTorch", "torch.save"):
        read_tensors(path)


@pytest.mark.parametrize(
    "content", [b"no weights", b"PK\x03\x04" + bytes(100), struct.pack("<q", 5)]
)
def test_other_files(tmp_path, content):
    (tmp_path / "w.pth").write_bytes(content)
    with refused("PyTorch"):
        read_tensors(tmp_path / "w.pth")


def test_missing(tmp_path):
    with refused():
        read_tensors(tmp_path / "none.pth")


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor(Storage(np.zeros(4, np.float32)), 1, (4,), (1,)),
        Tensor(Storage(np.zeros(4, np.float32)), 0, (2, 2), (4, 1)),
        Tensor(Storage(np.zeros(4, np.float32)), 0, (2,), (-1,)),
        Tensor(Storage(np.zeros(4, np.float32)), -1, (2,), (1,)),
    ],
)
def test_tensors_stay_inside_their_storage(tmp_path, tensor):
    write_zip(tmp_path / "w.pth", {"a": tensor})
    with refused():
        read_tensors(tmp_path / "w.pth")


def test_storage_of_another_size(tmp_path):
    with zipfile.ZipFile(tmp_path / "w.pth", "w") as archive:
        archive.writestr("w/data.pkl", to_pickle({"a": np.zeros(4, np.float32)}, {}))
        archive.writestr("w/data/0", bytes(12))
    with refused("PyTorch", "torch.save"):
        read_tensors(tmp_path / "w.pth")


def test_objects_of_torchscript_are_attributes(tmp_path):
    write_zip(tmp_path / "w.pt", {"module": STATE["half"]}, script=True)
    np.testing.assert_array_equal(read_tensors(tmp_path / "w.pt")["inner.module"], [1, 2, 3])


def test_weights_that_look_like_the_end_of_an_archive(tmp_path):
    end = b"PK\x05\x06" + bytes(18)
    values = np.frombuffer(end + bytes(2), np.float32)
    write_stream(tmp_path / "w.pth", {"a": values})
    np.testing.assert_array_equal(read_tensors(tmp_path / "w.pth")["a"], values)
