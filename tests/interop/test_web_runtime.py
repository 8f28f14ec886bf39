"""Where onnxruntime-web is looked for, and what is not taken for it."""

import json
import os

import pytest

from ada_tf.interop.explorer import web_page
from tests.sentences import refused


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch):
    monkeypatch.delenv(web_page.VARIABLE, raising=False)


def package(folder, version="1.30.0", name=web_page.PACKAGE):
    """A package whose files hold their names."""
    (folder / "dist").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": name, "version": version}))
    for build in web_page.BUILDS.values():
        for file in build:
            (folder / "dist" / file).write_text(file)
    return folder


def test_it_is_found_where_node_finds_it(tmp_path, monkeypatch):
    found = package(tmp_path / "node_modules" / web_page.PACKAGE)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert web_page.find_runtime(beside=[tmp_path / "a" / "b"]) == found
    assert web_page.find_runtime(found) == web_page.find_runtime(tmp_path) == found
    monkeypatch.setenv(web_page.VARIABLE, str(found))
    assert web_page.find_runtime() == found
    other = package(tmp_path / "other")
    assert web_page.find_runtime(other) == other  # what is given goes first


def test_it_is_missing_in_a_sentence(tmp_path, monkeypatch):
    with refused("runtime"):
        web_page.find_runtime(beside=[tmp_path])
    with refused("runtime="):
        web_page.find_runtime(tmp_path)
    monkeypatch.setenv(web_page.VARIABLE, str(tmp_path))
    with refused(f"{web_page.VARIABLE}="):
        web_page.find_runtime()


def test_what_is_read(tmp_path):
    read = web_page.read_runtime(package(tmp_path / "package", "1.30.0-dev.2026<b>"))
    assert read.version == "1.30.0-dev.2026b"  # it is shown
    for name, build in web_page.BUILDS.items():
        assert read.builds[name] == tuple(file.encode() for file in build)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "package.json").write_text("[]"),
        lambda folder: (folder / "package.json").write_text("{"),
        lambda folder: (folder / "package.json").write_text('{"name": "left-pad"}'),
        lambda folder: (folder / "package.json").write_text('{"name": 1, "version": []}'),
        lambda folder: (folder / "dist" / "ort-wasm-simd-threaded.wasm").unlink(),
        lambda folder: _pipe(folder / "dist" / "ort.wasm.bundle.min.mjs"),
    ],
)
def test_what_is_damaged(damage, tmp_path):
    folder = package(tmp_path / "package")
    damage(folder)
    with refused("onnxruntime-web"):
        web_page.read_runtime(folder)


@pytest.mark.parametrize("version", ["1.23.9", "0.99.1", "1.x", ""])
def test_what_is_too_old(version, tmp_path):
    with refused("1.24"):
        web_page.read_runtime(package(tmp_path / "package", version))


def _pipe(path):
    path.unlink()
    os.mkfifo(path)
