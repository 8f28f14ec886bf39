"""The compile cache: on where there is a card, in a folder that a stale program cannot be found in."""

import os
import stat

import pytest

from ada_tf.training import xla_cache
from tests.sentences import refused

KNOWS = xla_cache.knows  # most tests need not try


@pytest.fixture
def card(tmp_path, monkeypatch):
    """A fake nvidia-smi and a cache root of its own."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()

    def set_card(text):
        program.write_text(f"#!/bin/sh\necho '{text}'\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    set_card("Some Card, 580.1, 81559 MiB")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setattr(xla_cache, "knows", lambda flags: True)
    return set_card


def test_on_with_a_card(card, tmp_path):
    folder = xla_cache.enable(started=False)
    assert folder.startswith(str(tmp_path / "cache" / "ada_tf" / "xla"))
    assert os.path.isdir(folder)
    assert f"--tf_xla_persistent_cache_directory={folder}" in os.environ["TF_XLA_FLAGS"]


def test_another_driver_or_setting_gets_another_folder(card, monkeypatch):
    cases = (("a", ["1"]), ("b", ["1"]), ("a", ["2"]))
    folders = {xla_cache.cache_folder(*case) for case in cases}
    folders.add(xla_cache.cache_folder("a", ["1"], "--xla_gpu_autotune_level=0"))
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=1")
    folders.add(xla_cache.cache_folder("a", ["1"]))
    assert len(folders) == 5


def test_another_cudnn_gets_another_folder(card, monkeypatch, tmp_path):
    """Installed by pip, or a file of the system that the usual name points to."""
    library, found = tmp_path / "libcudnn.so.9", []
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path}:")
    for version in ("9.1.0", "9.2.0"):
        (tmp_path / f"libcudnn.so.{version}").touch()
        library.unlink(missing_ok=True)
        library.symlink_to(f"libcudnn.so.{version}")
        found.append(xla_cache.library_versions())
        (tmp_path / f"libcudnn.so.{version}").unlink()
    assert found[0] != found[1]
    package = tmp_path / "nvidia_cudnn_cu12-9.2.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Name: nvidia-cudnn-cu12\nVersion: 9.2.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "nvidia-cudnn-cu12 9.2.0" in xla_cache.library_versions()
    assert any(line.startswith("tensorflow ") for line in xla_cache.library_versions())


def test_off_without_a_card(card, tmp_path):
    (tmp_path / "bin" / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    assert xla_cache.enable(started=False) is None
    assert os.environ["TF_XLA_FLAGS"] == os.environ["XLA_FLAGS"] == ""


def test_flags_of_the_user_come_last(card, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_enable_triton_gemm=true")
    xla_cache.enable(started=False)
    ours, theirs = os.environ["XLA_FLAGS"].split()
    assert (ours, theirs) == (xla_cache.COMPILER_FLAGS, "--xla_gpu_enable_triton_gemm=true")


def test_tensorflow_knows_the_flags(card):
    xla_cache.enable(started=False)
    assert KNOWS({name: os.environ[name] for name in ("XLA_FLAGS", "TF_XLA_FLAGS")})


@pytest.mark.parametrize("name", ["XLA_FLAGS", "TF_XLA_FLAGS"])
def test_a_version_that_does_not_know_them_ends_another_process(name):
    assert not KNOWS({name: "--xla_no_such_flag=1"})


def test_such_a_version_goes_without(card, monkeypatch):
    tried = []
    monkeypatch.setattr(xla_cache, "knows", lambda flags: tried.append(flags))
    assert xla_cache.enable(started=False) is None
    assert os.environ["TF_XLA_FLAGS"] == os.environ["XLA_FLAGS"] == ""
    assert xla_cache.COMPILER_FLAGS in tried[0]["XLA_FLAGS"]


def test_they_are_tried_once(card, monkeypatch):
    folder = xla_cache.enable(started=False)
    for name in ("XLA_FLAGS", "TF_XLA_FLAGS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(xla_cache, "knows", lambda flags: pytest.fail("tried again"))
    assert xla_cache.enable(started=False) == folder


def test_a_folder_of_the_users_own_stays(card, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_persistent_cache_directory=/mine")
    assert xla_cache.enable(started=False) is None
    assert os.environ["TF_XLA_FLAGS"] == "--tf_xla_persistent_cache_directory=/mine"


def test_hidden_cards_do_not_count(card, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert xla_cache.enable(started=False) is None


def test_too_late_after_tensorflow_has_started(card):
    assert xla_cache.enable() is None  # the tests have imported it
    assert os.environ["TF_XLA_FLAGS"] == ""


@pytest.mark.parametrize("name", ["XLA_FLAGS", "TF_XLA_FLAGS"])
def test_a_flag_of_the_users_at_which_tensorflow_ends_is_said(card, monkeypatch, name):
    monkeypatch.setenv(name, "--no_such_flag=1")
    monkeypatch.setattr(
        xla_cache, "knows", lambda flags: "no_such" not in (os.environ | flags)[name]
    )
    with refused(f"{name}="):
        xla_cache.enable(started=False)


def test_a_tensorflow_that_starts_with_no_flags_is_not_blamed_on_the_user(card, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_autotune_level=0")
    monkeypatch.setattr(xla_cache, "knows", lambda flags: False)
    assert xla_cache.enable(started=False) is None
