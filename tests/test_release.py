"""What a release holds: built from the repository, looked into, installed nowhere."""

import email
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

import ada_tf

ROOT = pathlib.Path(__file__).resolve().parent.parent
STUBS = {p.relative_to(ROOT).as_posix() for p in (ROOT / "ada_tf").rglob("*.pyi")}
SOURCES = {p.relative_to(ROOT).as_posix() for p in (ROOT / "ada_tf").rglob("*.py")}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(names in the wheel, its metadata, names in the source archive)."""
    copy = tmp_path_factory.mktemp("release") / "repository"
    # What git does not know is no part of a release, and must not become one by lying about.
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, tracked.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    # Each in a process of its own, as pip does it; setuptools prints more than is of use.
    for kind in ("bdist_wheel", "sdist"):
        build = [sys.executable, "setup.py", "--quiet", kind, "--dist-dir", "dist"]
        subprocess.run(build, cwd=copy, check=True, capture_output=True)
    (wheel,) = (copy / "dist").glob("*.whl")
    (archive,) = (copy / "dist").glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        about = email.message_from_bytes(file.read(metadata))
    with tarfile.open(archive) as file:
        inside = {name.partition("/")[2] for name in file.getnames()}
    return names, about, inside


def test_the_wheel_holds_the_package_alone(built):
    names, about, _ = built
    assert {name for name in names if name.endswith(".py")} == SOURCES
    assert {name for name in names if name.endswith(".pyi")} == STUBS
    assert "ada_tf/py.typed" in names
    assert "ada_tf/interop/networks/creatures/weights.npz" in names
    assert any(name.endswith("/LICENSE") for name in names)
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"ada_tf"}
    name = about["Name"].replace("-", "_")  # tools spell it either way
    assert (name, about["Version"]) == ("ada_tf", ada_tf.__version__)


def test_the_wheel_says_what_it_needs(built):
    _, about, _ = built
    needs = about.get_all("Requires-Dist")
    assert about["Requires-Python"]
    assert any(need.startswith("tensorflow") for need in needs)
    assert set(about.get_all("Provides-Extra")) >= {"gpu", "test", "docs"}
    assert not any(need.startswith("pytest") and "extra" not in need for need in needs)
    assert about.get_payload().startswith("# ada_tf")


def test_the_source_archive_builds_it_again(built):
    _, _, inside = built
    assert inside >= SOURCES | {"setup.py", "setup.cfg", "README.md", "LICENSE", "ada_tf/py.typed"}
    assert not any(name.startswith(("tests/", "experiments/", "runs/")) for name in inside)
