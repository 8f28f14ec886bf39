import errno
import functools
import json
import os
import pathlib
import shutil

import numpy as np
import PIL.Image
import pytest

from ada_tf.cli import _projecting, generate, project
from ada_tf.images import save_png, to_uint8
from ada_tf.inference.generate import generate as pictures_of
from ada_tf.inference.generate import synthesize
from ada_tf.inference.latents import read_ws
from ada_tf.inference.open_networks import load_generator
from tests.cli.programs import flags_of, run
from tests.sentences import refused

FEW = ("--steps=12", "--starts=20", "--tries=2")
call = functools.partial(run, program=project)


def contents(folder) -> dict:
    files = (path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def targets(plain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("targets")
    for name, image in zip("ab", pictures_of(plain[1], seeds=[5, 6]), strict=True):
        save_png(to_uint8(image), folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def projected(plain, targets, tmp_path_factory):
    """Two pictures, one after the other, and tuned."""
    out = tmp_path_factory.mktemp("projected") / "out"
    both = f"{targets}/a.png,{targets}/b.png"
    options = [plain[0], f"--target={both}", *FEW, "--tune", "--tune_steps=5", "--tune_lr=0.01"]
    call(*options, f"--outdir={out}")
    return options, out


def test_a_folder_for_each_picture_and_what_sums_up(plain, targets, projected):
    out = projected[1]
    assert sorted(path.name for path in out.iterdir()) == [
        "a", "b", "projected_w.npz", "report.json", "self_check",
    ]  # fmt: skip
    ws = read_ws(out / "projected_w.npz", plain[1])
    assert ws.shape == (2, 6, 8)
    np.testing.assert_array_equal(read_ws(out / "b" / "projected_w.npz", plain[1]), ws[1:])
    tuned, _ = load_generator(out / "b" / "network")
    expected = [synthesize(network, ws[1:])[0] for network in (plain[1], tuned)]
    target = np.asarray(PIL.Image.open(targets / "b.png"))
    strip = np.asarray(PIL.Image.open(out / "b" / "projection.png"))
    assert strip.shape == (16, 48, 3)
    for shown, wanted in zip(
        np.split(strip, 3, axis=1), [target, *map(to_uint8, expected)], strict=True
    ):
        assert np.abs(shown.astype(int) - wanted).max() <= 1
    report = json.loads((out / "report.json").read_text())
    assert report["distance"] == "a pyramid of pixels"
    assert list(report["pictures"]) == ["a", "b"]
    for record in report["pictures"].values():
        assert record["tuned_psnr"] > record["psnr"]
        assert record["tuned_distance"] < record["distance"]
    assert report["self_check"]["asked"]["target"] == "seed 1"


def test_finished_pictures_are_not_done_again_and_come_out_the_same(
    projected, tmp_path, monkeypatch, capsys
):
    options, out = projected
    interrupted = tmp_path / "out"
    shutil.copytree(out, interrupted)
    shutil.rmtree(interrupted / "b")
    (interrupted / "projected_w.npz").unlink()
    (interrupted / "report.json").unlink()
    (interrupted / ".unfinished-x" / "network").mkdir(parents=True)
    call(*options, f"--outdir={interrupted}")
    assert contents(interrupted) == contents(out)
    said = capsys.readouterr().out
    assert "\nb: " in said
    assert "\na: " not in said
    assert "Self-check: the picture of seed 1, " in said

    def refuse(*_, **__):
        raise AssertionError("projected again")

    monkeypatch.setattr(_projecting, "Projector", refuse)
    call(*options, f"--outdir={interrupted}")
    assert contents(interrupted) == contents(out)


def test_a_full_disk_leaves_nothing_half_made(projected, tmp_path, monkeypatch):
    options, out = projected
    again = tmp_path / "out"
    shutil.copytree(out, again)
    shutil.rmtree(again / "b")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(_projecting, "save_grid", full)
    with refused("No space left"):
        call(*options, f"--outdir={again}")
    assert not [*again.glob(".unfinished*")]
    assert (again / "a").is_dir()


def test_what_was_asked_otherwise_is_not_replaced(projected, targets):
    options, out = projected
    before = contents(out)
    with refused("outdir=", "self_check"):
        call(*options, "--space=w+", f"--outdir={out}")
    with refused("outdir="):
        call(*options, "--tune_steps=6", f"--outdir={out}")
    with refused("outdir="):
        call(*options, f"--target={targets}/a.png", f"--outdir={out}")
    assert contents(out) == before


def test_another_picture_of_the_same_name_is_seen(projected, targets, tmp_path):
    options, out = projected
    shutil.copy(targets / "b.png", tmp_path / "a.png")
    with refused("outdir="):
        call(*options, f"--target={tmp_path}/a.png,{targets}/b.png", f"--outdir={out}")


def test_other_programs_read_the_latents(plain, projected, tmp_path):
    network, out = projected[1] / "a" / "network", tmp_path / "out"
    call(network, f"--ws={projected[1]}/projected_w.npz", f"--outdir={out}", program=generate)
    assert len(list(out.iterdir())) == 2


def test_conditional_generators(conditional, tmp_path):
    save_png(np.full([20, 30, 3], 90, np.uint8), tmp_path / "grey.png")
    options = [conditional[0], f"--target={tmp_path}/grey.png", *FEW, f"--outdir={tmp_path}/out"]
    with refused("class"):
        call(*options)
    call(*options, "--class=2", "--noself_check")
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "self_check" not in report
    assert report["pictures"]["grey"]["asked"]["label"] == 2


def test_mistakes_are_said_before_the_work(plain, targets, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    for given in (
        [],
        [f"--target={tmp_path}/a.png"],
        [f"--target={targets}/a.png,{tmp_path}/a.png"],
        [f"--target={tmp_path}/self_check.png"],
        [f"--target={targets}/a.png", "--distance=lpips", f"--cache_dir={tmp_path}"],
        [f"--target={targets}/a.png", "--lr=inf"],
    ):
        with refused():
            call(plain[0], *given, f"--outdir={out}")
    assert not out.exists()
    out.write_text("a file")
    with refused("outdir="):  # before the network
        call(str(targets), f"--target={targets}/a.png", f"--outdir={out}")


@pytest.mark.parametrize(
    ("found", "word"), [(31, "it comes back"), (25, "alike"), (12, "not found again")]
)
def test_the_verdict(found, word):
    flags = flags_of(project, "creatures", "--target=a.png", "--outdir=out")
    assert word in _projecting.verdict(found, flags)
