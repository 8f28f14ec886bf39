"""Latents of files, --ws, in ada-generate."""

import functools

import numpy as np
import pytest

from ada_tf.cli import _generator, generate
from ada_tf.cli._generator import OfImages
from ada_tf.images import to_uint8
from ada_tf.inference.generate import map_latents, synthesize
from ada_tf.inference.latents import save_ws
from tests.cli.programs import read, run
from tests.sentences import refused

call = functools.partial(run, program=generate)


@pytest.fixture
def files(plain, tmp_path):
    """Two files, of two latents and of one."""
    ws = map_latents(plain[1], seeds=[1, 2, 3])
    for name, part in {"me": ws[:2], "you": ws[2:]}.items():
        save_ws(tmp_path / f"{name}.npz", part)
    return f"--ws={tmp_path / 'me.npz'},{tmp_path / 'you.npz'}", to_uint8(synthesize(plain[1], ws))


@pytest.mark.parametrize("seeds", [["--seeds=7,8"], []])
def test_they_come_after_the_seeds(plain, files, tmp_path, seeds):
    flag, images = files
    out = tmp_path / "out"
    call(plain[0], *seeds, flag, f"--outdir={out}", "--grid", "--trunc=0.5", "--noise_mode=const")
    names = ["me00.png", "me01.png", "you00.png"]
    of_seeds = ["seed0007.png", "seed0008.png"] if seeds else []
    assert sorted(p.name for p in out.iterdir()) == sorted([*names, *of_seeds, "grid.png"])
    for name, image in zip(names, images, strict=True):  # not truncated
        assert np.abs(read(out / name).astype(int) - image).max() <= 1
    grid = read(out / "grid.png")
    assert grid.shape == (32, 48 if seeds else 32, 3)
    last = grid[16:, 16:32] if seeds else grid[16:, :16]
    assert np.abs(last.astype(int) - images[-1]).max() <= 1


def test_they_are_made_a_part_at_a_time(conditional, tmp_path, monkeypatch):
    save_ws(tmp_path / "a.npz", map_latents(conditional[1], seeds=[1, 2], labels=2))
    options = [conditional[0], "--seeds=5-9", "--class=1", "--trunc=0.5", f"--ws={tmp_path}/a.npz"]
    call(*options, f"--outdir={tmp_path / 'all'}")
    made = []
    whole = OfImages.seeds_to_ws
    monkeypatch.setattr(_generator, "AT_A_TIME", 2)
    monkeypatch.setattr(
        OfImages, "seeds_to_ws", lambda v, g, seeds, c: made.append(seeds) or whole(v, g, seeds, c)
    )
    call(*options, f"--outdir={tmp_path / 'parts'}")
    assert made == [[5, 6], [7, 8], [9]]
    paths = sorted((tmp_path / "all").iterdir())
    assert len(paths) == 7
    for path in paths:
        found = read(tmp_path / "parts" / path.name).astype(int)
        assert np.abs(found - read(path)).max() <= 1


def test_a_conditional_generator_needs_no_class_for_them(conditional, tmp_path):
    save_ws(tmp_path / "a.npz", map_latents(conditional[1], seeds=[1], labels=2))
    call(conditional[0], f"--ws={tmp_path / 'a.npz'}", f"--outdir={tmp_path / 'out'}")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a00.png"]
    with refused("class=1", "latents of files hold their label"):
        call(conditional[0], f"--ws={tmp_path / 'a.npz'}", "--class=1", f"--outdir={tmp_path}")


def test_nothing_is_overwritten(plain, files, tmp_path):
    (tmp_path / "me01.png").write_text("precious")
    with refused("outdir=", "me01.png"):
        call(plain[0], files[0], f"--outdir={tmp_path}")
    assert (tmp_path / "me01.png").read_text() == "precious"
    assert not (tmp_path / "me00.png").exists()


def test_two_images_of_a_name(plain, files, tmp_path):
    same = tmp_path / "same"
    same.mkdir()
    save_ws(same / "me.npz", np.zeros([1, 6, 8]))
    with refused("ws=", "me00"):
        call(plain[0], f"{files[0]},{same / 'me.npz'}", f"--outdir={tmp_path / 'out'}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--ws=gs://a/b.npz"],
        ["--ws=nowhere.npz"],
        ["--ws="],
        [],
        ["--ws=a.npz", "--rows=classes"],
    ],
)
def test_what_cannot_be(plain, tmp_path, arguments):
    with refused():
        call(plain[0], *arguments, f"--outdir={tmp_path / 'out'}")
    assert not (tmp_path / "out").exists()


def test_latents_that_make_no_images(plain, tmp_path):
    save_ws(tmp_path / "far.npz", np.full([1, 6, 8], 1e38))
    with refused():
        call(plain[0], f"--ws={tmp_path / 'far.npz'}", f"--outdir={tmp_path / 'out'}")
    assert list((tmp_path / "out").iterdir()) == []
