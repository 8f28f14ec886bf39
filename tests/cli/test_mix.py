import functools

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.cli import mix
from ada_tf.cli._pictures import grid_of
from ada_tf.images import as_shown, tile, to_uint8
from ada_tf.inference.generate import map_latents, synthesize
from ada_tf.inference.latents import save_ws
from ada_tf.inference.styles import mix_styles
from ada_tf.models.label_vectors import label_means
from tests.cli.programs import read, run
from tests.inference.runs import save_run
from tests.sentences import refused

call = functools.partial(run, program=mix)


def assert_same_picture(picture, image):
    """Rounding in another order may move a byte by one."""
    assert np.abs(picture.astype(int) - image).max() <= 1


def test_a_grid_and_its_images(plain, tmp_path, capsys):
    network, generator = plain
    options = [network, "--rows=1,2", "--cols=3-5", "--styles=0,2", "--trunc=0.7", "--batch=5"]
    call(*options, f"--outdir={tmp_path}")
    expected = to_uint8(mix_styles(generator, [1, 2], [3, 4, 5], [0, 2], truncation_psi=0.7))
    assert_same_picture(read(tmp_path / "grid.png"), tile(expected.reshape(-1, 16, 16, 3), 4))
    names = {f"column-seed{c:04d}": (0, c - 2) for c in (3, 4, 5)}
    names |= {f"row-seed{r:04d}": (r, 0) for r in (1, 2)}
    names |= {f"seed{r:04d}-seed{c:04d}": (r, c - 2) for r in (1, 2) for c in (3, 4, 5)}
    assert {p.stem for p in tmp_path.iterdir()} == {*names, "grid"}
    for name, place in names.items():
        assert_same_picture(read(tmp_path / f"{name}.png"), expected[place])
    assert capsys.readouterr().out == f"Wrote grid.png and 11 images to {tmp_path}\n"


def test_the_same_call_gives_the_same_bytes(plain, tmp_path):
    for name in ("a", "b"):
        call(plain[0], "--rows=1", "--cols=3,4", "--styles=coarse", f"--outdir={tmp_path / name}")
    files = [{p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("a", "b")]
    assert files[0] == files[1]


def test_groups_of_layers(plain, tmp_path):
    call(
        plain[0], "--rows=1", "--cols=3", "--styles=coarse,5", f"--outdir={tmp_path}", "--nosingles"
    )
    assert [p.name for p in tmp_path.iterdir()] == ["grid.png"]
    expected = to_uint8(mix_styles(plain[1], [1], [3], [0, 1, 2, 5]))[1, 1]
    assert_same_picture(read(tmp_path / "grid.png")[16:, 16:], expected)


def test_labels_truncation_and_noise(conditional, tmp_path):
    network, generator = conditional
    arguments = [network, "--rows=1", "--cols=2", "--styles=1", "--noise_mode=none", "--trunc=0.5"]
    call(*arguments, "--class=2", f"--outdir={tmp_path}")
    ws = map_latents(generator, seeds=[1, 2], labels=2, truncation_psi=0.5)
    mean = label_means(generator, [2])
    assert np.abs(ws[0, 0] - mean[0]).max() > 0
    ws[0, 1] = ws[1, 1]
    image = to_uint8(synthesize(generator, ws[:1], noise_mode="none"))[0, :, :, 0]
    assert_same_picture(read(tmp_path / "seed0001-seed0002.png"), image)


def test_latents_of_files(plain, tmp_path):
    network, generator = plain
    ws = map_latents(generator, seeds=[1, 2, 3])
    save_ws(tmp_path / "me.npz", ws[:2])
    out = tmp_path / "out"
    call(network, f"--rows_ws={tmp_path / 'me.npz'}", "--cols=3", "--styles=0", f"--outdir={out}")
    assert {p.stem for p in out.iterdir()} == {
        "grid", "column-seed0003", "row-me00", "row-me01", "me00-seed0003", "me01-seed0003",
    }  # fmt: skip
    ws[1, 0] = ws[2, 0]
    assert_same_picture(
        read(out / "me01-seed0003.png"), to_uint8(synthesize(generator, ws[1:2]))[0]
    )
    save_ws(tmp_path / "me00-me.npz", ws[:1])
    arguments = [f"--rows_ws={tmp_path / 'me.npz'},{tmp_path / 'me00-me.npz'}", "--styles=0"]
    save_ws(tmp_path / "x.npz", ws[:1])
    save_ws(tmp_path / "me00-x.npz", ws[:1])
    with refused("me00-me00-x00.png"):
        call(
            network, *arguments, f"--cols_ws={tmp_path / 'x.npz'},{tmp_path / 'me00-x.npz'}",
            f"--outdir={tmp_path / 'b'}",
        )  # fmt: skip


@pytest.mark.parametrize("taken", ["grid.png", "row-seed0001.png", "seed0001-seed0002.png"])
def test_nothing_is_overwritten(plain, tmp_path, taken):
    (tmp_path / taken).write_text("precious")
    arguments = [plain[0], "--rows=1", "--cols=2", "--styles=0", f"--outdir={tmp_path}"]
    with refused(taken):
        call(*arguments)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [(taken, "precious")]
    call(*arguments, "--overwrite")
    assert read(tmp_path / taken).shape[2] == 3


@pytest.mark.parametrize(
    "flag",
    [
        "--styles=6",
        "--styles=fine",
        "--styles=most",
        "--styles=4-2",
        "--rows=x",
        "--outdir=gs://x",
        "--trunc=nan",
        "--trunc=1e38",
        "--styles=",
        "--cols_ws=none.npz",
    ],
)
def test_what_cannot_be(plain, tmp_path, flag):
    given = {"--rows": "1", "--cols": "2", "--styles": "0", "--outdir": f"{tmp_path / 'out'}"}
    name, _, value = flag.partition("=")
    with refused():
        call(plain[0], *(f"{n}={v}" for n, v in (given | {name: value}).items()))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("missing", ["rows", "cols", "styles", "outdir", "network"])
def test_what_is_missing_is_named(missing):
    names = ("rows", "cols", "styles", "outdir", "network")
    with refused(missing):
        call(*(f"--{name}=1" for name in names if name != missing))


def test_a_grid_is_not_blamed_for_images_that_are_not_made(tmp_path):
    def half():
        with grid_of(tmp_path, 2, 2) as add:
            add(np.zeros([1, 8, 8, 3]))
            raise tf.errors.ResourceExhaustedError(None, None, "no room")

    with pytest.raises(tf.errors.ResourceExhaustedError, match="^no room"):
        half()
    assert list(tmp_path.iterdir()) == []
    with refused("none/grid.png"):
        grid_of(tmp_path / "none", 2, 2).__enter__()


@pytest.mark.parametrize("channels", [2, 4, 6])
def test_alpha_and_bands(channels, tmp_path):
    generator = save_run(tmp_path / "run", resolution="16x24", channels=channels).generator_ema
    arguments = [
        tmp_path / "run",
        "--rows=1",
        "--cols=2",
        "--styles=0",
        f"--outdir={tmp_path / 'o'}",
    ]
    kind = "npy" if channels > 4 else "png"
    if channels > 4:
        with refused("format='png'"):
            call(*arguments)
    call(*arguments, f"--format={kind}")
    images = to_uint8(mix_styles(generator, [1], [2], [0]))
    grid = tile(as_shown(images.reshape(-1, 24, 16, channels)), 2)
    assert_same_picture(read(tmp_path / "o/grid.png").reshape(grid.shape), grid)
    path = tmp_path / f"o/seed0001-seed0002.{kind}"
    assert_same_picture(np.load(path) if channels > 4 else read(path), images[1, 1])
