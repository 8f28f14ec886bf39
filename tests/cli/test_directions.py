import functools
import json

import numpy as np
import PIL.Image
import pytest

from ada_tf.cli import directions, film, generate, mix
from ada_tf.images import to_uint8
from ada_tf.inference.directions import FILE, read_directions, steered
from ada_tf.inference.drawn_labels import drawn_labels
from ada_tf.inference.find_directions import direction_between, find_directions
from ada_tf.inference.generate import map_latents, synthesize
from ada_tf.inference.latents import save_ws
from ada_tf.inference.w_samples import SAMPLES
from ada_tf.label_space import LabelSpace
from tests.cli.programs import read, run
from tests.inference.runs import save_run
from tests.sentences import refused

call = functools.partial(run, program=directions)


def assert_same(found, expected):
    assert list(found) == list(expected)
    for name, one in expected.items():
        np.testing.assert_array_equal(found[name].vector, one.direction.vector)
        np.testing.assert_array_equal(found[name].layers, one.direction.layers)
        assert found[name].deviation == pytest.approx(one.direction.deviation)


@pytest.fixture(scope="module")
def found(plain, tmp_path_factory):
    """The folder of directions of `plain`, two of each method."""
    out = tmp_path_factory.mktemp("found") / "dirs"
    call(plain[0], f"--outdir={out}", "--count=2", "--seeds=4,5")
    return out


def test_a_strip_and_numbers_for_each_direction(plain, found):
    names = ["sefa0", "sefa1", "pca0", "pca1"]
    files = [f"{name}.{ending}" for name in names for ending in ("png", "json")]
    assert {p.name for p in found.iterdir()} == {*files, FILE}
    assert_same(read_directions(found), find_directions(plain[1], count=2))
    strip = read(found / "pca1.png")
    assert strip.shape == (2 * 16, 8 * 16, 3)
    one = read_directions(found)["pca1"]
    moved = steered(map_latents(plain[1], seeds=[5]), {"pca1": one}, {"pca1": -3.0})
    corner = to_uint8(synthesize(plain[1], moved))[0]
    assert np.abs(strip[16:, :16].astype(int) - corner).max() <= 1
    numbers = json.loads((found / "pca1.json").read_text())
    assert (numbers["method"], numbers["layers"]) == ("pca", list(range(6)))
    assert numbers["deviation"] == pytest.approx(one.deviation)
    rows = strip.reshape(2, 16, 8, 16, 3).astype(float)
    change = np.abs(rows[:, :, 6] - rows[:, :, 0]).mean()
    assert numbers["change"]["levels"] == pytest.approx(change, rel=1e-5)


def test_the_same_call_writes_the_same_bytes(plain, found, tmp_path, capsys):
    for out in (tmp_path / "a", tmp_path / "b"):
        call(plain[0], f"--outdir={out}", "--count=2", "--seeds=4,5", "--batch=3")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert (tmp_path / "a" / FILE).read_bytes() == (found / FILE).read_bytes()
    said = capsys.readouterr().out
    assert said.count("levels, most at the ") == 8
    assert f"Wrote 4 directions to {tmp_path / 'a'}\n" in said


def test_another_call_adds_and_replaces_only_when_asked(plain, tmp_path):
    options = [plain[0], f"--outdir={tmp_path}", "--seeds=1", "--count=1"]
    call(*options, "--methods=sefa")
    call(*options, "--methods=pca", "--styles=coarse,4-5")
    assert list(read_directions(tmp_path)) == ["sefa0", "pca0@coarse+4-5"]
    assert read_directions(tmp_path)["pca0@coarse+4-5"].layers.tolist() == [1, 1, 1, 0, 1, 1]
    with refused("outdir=", "sefa0.png"):
        call(*options, "--methods=sefa")
    (tmp_path / "sefa0.png").unlink()
    before = (tmp_path / FILE).read_bytes()
    with refused("outdir=", "sefa0"):
        call(*options, "--methods=sefa")
    call(*options, "--methods=sefa", "--overwrite")
    assert (tmp_path / FILE).read_bytes() == before
    assert (tmp_path / "sefa0.png").exists()


def test_directions_are_kept_in_the_run(tmp_path, capsys):
    generator = save_run(tmp_path / "run").generator_ema
    call(tmp_path / "run", "--methods=pca", "--count=1", "--seeds=1")
    kept = read_directions(tmp_path / "run" / "directions")
    options = [tmp_path / "run", "--seeds=7", "--direction=pca0:-2", "--trunc=0.5"]
    call(*options, f"--outdir={tmp_path / 'out'}", program=generate)
    ws = steered(map_latents(generator, seeds=[7], truncation_psi=0.5), kept, {"pca0": -2.0})
    difference = read(tmp_path / "out/seed0007.png").astype(int) - to_uint8(
        synthesize(generator, ws)
    )
    assert np.abs(difference).max() <= 1


def test_pushed_in_generate_mix_and_film(plain, found, tmp_path):
    network, generator = plain
    push = [f"--directions={found}", "--direction=pca0:1.5,sefa1:-1"]
    kept = read_directions(found / FILE, generator)
    ws = steered(map_latents(generator, seeds=[1, 2]), kept, {"pca0": 1.5, "sefa1": -1.0})
    expected = to_uint8(synthesize(generator, ws)).astype(int)
    call(network, *push, "--seeds=1-2", f"--outdir={tmp_path}", program=generate)
    call(network, *push, "--rows=1", "--cols=2", "--styles=0", f"--outdir={tmp_path}", program=mix)
    call(network, *push, "--seeds=1-2", f"--out={tmp_path / 'a.webp'}", "--fps=2", "--seconds=2",
         program=film)  # fmt: skip
    for seed, image in zip((1, 2), expected, strict=True):
        assert np.abs(read(tmp_path / f"seed{seed:04d}.png") - image).max() <= 1
    assert np.abs(read(tmp_path / "row-seed0001.png") - expected[0]).max() <= 1
    assert np.abs(read(tmp_path / "column-seed0002.png") - expected[1]).max() <= 1
    unmoved = to_uint8(synthesize(generator, map_latents(generator, seeds=[1]))).astype(int)[0]
    with PIL.Image.open(tmp_path / "a.webp") as frames:
        frame = np.asarray(frames.convert("RGB")).astype(int)
    assert np.abs(frame - expected[0]).mean() < 0.7 * np.abs(frame - unmoved).mean()  # lossy


def sorted_pictures(folder, seeds):
    folder.mkdir()
    for seed in seeds:
        (folder / f"seed{seed:04d}.png").write_bytes(b"looked at by people alone")
    (folder / "grid.png").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"")
    return folder


def test_sides_are_folders_seeds_or_latents(plain, tmp_path, capsys):
    network, generator = plain
    ws = map_latents(generator, seeds=range(40))
    order = np.argsort(ws[:, 0, 0])
    low, high = sorted(order[:20].tolist()), sorted(order[20:].tolist())
    folder = sorted_pictures(tmp_path / "high", high)
    save_ws(tmp_path / "low.npz", ws[low])
    expected = direction_between(ws[high], ws[low], generator)
    for number, (positive, negative) in enumerate([
        (folder, tmp_path / "low.npz"),
        (",".join(map(str, high)), ",".join(map(str, low))),
    ]):  # fmt: skip
        out = tmp_path / str(number)
        call(network, f"--outdir={out}", f"--positive={positive}", f"--negative={negative}",
             "--name=wide", "--seeds=1")  # fmt: skip
        assert {p.name for p in out.iterdir()} == {"wide.png", "wide.json", FILE}
        one = read_directions(out)["wide"]
        assert one.vector @ expected.direction.vector > 0.9999
        numbers = json.loads((out / "wide.json").read_text())
        assert numbers["score"] == pytest.approx(expected.score, abs=0.03)
        assert numbers["error"] > 0
    assert "warning" not in capsys.readouterr().err
    call(
        network, f"--outdir={out}", "--positive=0-9", "--negative=10-19", "--name=none", "--seeds=1"
    )
    captured = capsys.readouterr()
    assert "where chance is 50%" in captured.out
    assert captured.err.startswith(
        "warning: none tells its sides apart no better than guessing does"
    )


def test_labels_are_drawn_or_given(conditional, tmp_path, capsys):
    network, generator = conditional
    options = [network, "--methods=pca", "--count=1", "--seeds=1,2", "--trunc=0.5"]
    call(*options, f"--outdir={tmp_path / 'all'}")
    call(*options, f"--outdir={tmp_path / 'one'}", "--class=2")
    labels = drawn_labels(LabelSpace(3), SAMPLES)
    for name, label in (("all", labels), ("one", 2)):
        expected = find_directions(generator, ["pca"], count=1, labels=label)
        assert_same(read_directions(tmp_path / name), expected)
        assert read(tmp_path / name / "pca0.png").shape == (2 * 8, 8 * 8)
    sides = ["--positive=1-3", "--negative=4-6", f"--outdir={tmp_path / 'sides'}", "--seeds=1"]
    with refused("class"):
        call(network, *sides)
    call(network, *sides, "--class=2")
    ws = map_latents(generator, seeds=range(1, 7), labels=2)
    expected = direction_between(ws[:3], ws[3:], generator, labels=2)
    assert_same(read_directions(tmp_path / "sides"), {"sides": expected})


def test_attributes_alpha_and_pictures_that_are_no_squares(tmp_path, capsys):
    ranges = {"smiling": (0.0, 1.0, 1.0), "age": (-1.0, 0.25, 3.0)}
    run = tmp_path / "run"
    save_run(run, resolution="24x16", channels=4, classes=2, ranges=ranges)
    options = [run, "--count=1", "--seeds=1-3"]
    call(*options, f"--outdir={tmp_path / 'all'}")
    call(
        *options, f"--outdir={tmp_path / 'one'}", "--class=1", "--label=age:2", "--noise_mode=none"
    )
    for name in ("all", "one"):
        for method in ("sefa0", "pca0"):
            assert read(tmp_path / name / f"{method}.png").shape == (3 * 16, 8 * 24, 3)
    with refused("class"):
        call(*options, f"--outdir={tmp_path / 'no'}", "--label=age:2")


def test_directions_get_other_names(plain, tmp_path, capsys):
    call(plain[0], f"--outdir={tmp_path}", "--count=1", "--seeds=1")
    before, strip = read_directions(tmp_path), (tmp_path / "sefa0.png").read_bytes()
    capsys.readouterr()
    call(f"--outdir={tmp_path}", "--rename=sefa0:smile,pca0:Ärger")
    assert capsys.readouterr().out == "Renamed sefa0 to smile, pca0 to Ärger\n"
    files = {FILE, "smile.png", "smile.json", "Ärger.png", "Ärger.json"}
    assert {p.name for p in tmp_path.iterdir()} == files
    assert (tmp_path / "smile.png").read_bytes() == strip
    after = read_directions(tmp_path)
    assert list(after) == ["smile", "Ärger"]
    (tmp_path / "run").mkdir()
    tmp_path.joinpath("run", "directions").symlink_to(tmp_path)
    call(tmp_path / "run", "--rename=smile:grin")
    assert (tmp_path / "grin.png").read_bytes() == strip
    assert list(read_directions(tmp_path)) == ["grin", "Ärger"]
    np.testing.assert_array_equal(after["smile"].vector, before["sefa0"].vector)


@pytest.mark.parametrize(
    "text",
    [
        "sefa0",
        "sefa0:a,sefa0:b",
        "grin:smile",
        "sefa0:../x",
        "sefa0:pca0",
        "sefa0:a,sefa1:a",
    ],
)
def test_names_that_cannot_be_given(found, text):
    before = {p.name: p.read_bytes() for p in found.iterdir()}
    with refused("rename="):
        call(f"--outdir={found}", f"--rename={text}")
    assert {p.name: p.read_bytes() for p in found.iterdir()} == before


@pytest.mark.parametrize(
    "options",
    [
        ["--methods=ica"],
        ["--methods="],
        ["--styles=9"],
        ["--styles=huge"],
        ["--seeds=0-32"],
        ["--positive=1,2"],
        ["--positive=1-5", "--negative=5-9"],
        ["--positive=1", "--negative=2-9"],
        ["--positive=1,2", "--negative=4,5", "--name=a/b"],
        ["--methods=sefa", "--positive=1,2", "--negative=4,5", "--name=sefa0"],
        [f"--styles={','.join('012345' * 8)}"],
        ["--positive=1,2", "--negative=missing"],
        ["--positive=1,2", "--negative=none.npz"],
        ["--positive=1,2", "--negative=mine"],
        ["--positive=1,2", "--negative=empty"],
    ],
)  # fmt: skip
def test_what_cannot_be_found(plain, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    sorted_pictures(tmp_path / "mine", [1]).joinpath("a.jpg").touch()
    sorted_pictures(tmp_path / "empty", [])
    with refused():
        call(plain[0], f"--outdir={tmp_path / 'out'}", *options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--direction=pca0:1"],
        ["--direction=pca0:1", "--directions=none"],
        ["--directions=none"],
        ["--direction=pca0:1", "--directions=s3://x"],
        ["--direction=pca0", "--directions={}"],
        ["--direction=grin:1", "--directions={}"],
        ["--direction=pca0:1e9", "--directions={}"],
    ],
)  # fmt: skip
def test_pushes_that_cannot_be(plain, found, tmp_path, options):
    given = [option.replace("{}", str(found)) for option in options]
    with refused():
        call(plain[0], "--seeds=1", f"--outdir={tmp_path / 'out'}", *given, program=generate)
    assert not (tmp_path / "out").exists()


def test_a_film_of_no_direction_leaves_no_folder(plain, found, tmp_path):
    push = [f"--directions={found}", "--direction=grin:1", f"--out={tmp_path / 'new' / 'a.webp'}"]
    with refused("direction=grin"):
        call(plain[0], "--seeds=1,2", *push, program=film)
    assert not (tmp_path / "new").exists()


def test_pushes_of_another_network_and_of_a_training(conditional, plain, found, tmp_path):
    push = [f"--directions={found}", "--direction=pca0:1"]
    with refused("6", "8"):
        call(
            conditional[0],
            "--class=1",
            "--seeds=1",
            f"--outdir={tmp_path}",
            *push,
            program=generate,
        )
    with refused("--training"):
        call(plain[0], "--training", f"--out={tmp_path / 'a.webp'}", *push, program=film)
    with refused("6"):
        call(
            conditional[0],
            f"--outdir={found}",
            "--name=x",
            "--methods=pca",
            "--styles=0",
            "--seeds=1",
        )
