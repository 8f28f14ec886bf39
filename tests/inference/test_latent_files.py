import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.inference.latents import read_ws, save_ws

WS = np.random.RandomState(0).randn(3, 6, 8)


def test_what_was_saved_is_read(plain, tmp_path):
    save_ws(tmp_path / "a.npz", WS, noise=np.zeros(3))
    found = read_ws(tmp_path / "a.npz", plain[1])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, WS.astype(np.float32))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_files_of_others(plain, tmp_path):
    np.savez(tmp_path / "a.npz", w=WS[:1])  # float64
    np.testing.assert_array_equal(read_ws(tmp_path / "a.npz", plain[1]), np.float32(WS[:1]))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"ws": WS}, "holds no array 'w'; give a file of ada-project"),
        ({"w": WS[:, :5]}, r"holds w of shape \[3, 5, 8\], float64, .* floats \[N, 6, 8\], N at least 1"),
        ({"w": WS[0]}, r"holds w of shape \[6, 8\]"),
        ({"w": np.float32(1)}, r"holds w of shape \[\]"),
        ({"w": WS[:0]}, r"holds w of shape \[0, 6, 8\]"),
        ({"w": WS.astype(int)}, "int64, where this generator takes floats"),
        ({"w": np.full_like(WS, np.nan)}, "holds NaN or infinity in w"),
        ({"w": WS * 1e300}, "holds NaN or infinity in w"),
    ],
)  # fmt: skip
def test_what_does_not_fit(plain, tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(UserError, match=words):
        read_ws(tmp_path / "a.npz", plain[1])


def test_what_cannot_be_read_or_written(plain, tmp_path):
    with pytest.raises(UserError, match="a.npz cannot be read as an .npz file"):
        read_ws(tmp_path / "a.npz", plain[1])
    with pytest.raises(UserError, match="a.npz cannot be written: No such file"):
        save_ws(tmp_path / "none" / "a.npz", WS)
