"""ada-film in this process: what its flags ask the library for, and what it refuses."""

import functools

import av
import numpy as np
import PIL.Image
import pytest

from ada_tf.cli import film
from ada_tf.images import save_grid, tile, to_uint8
from ada_tf.inference import latents
from ada_tf.inference.generate import generate, map_latents
from ada_tf.training.runs.run_dir import write_options
from tests.cli.programs import run
from tests.inference.runs import run_config, save_run
from tests.sentences import refused

call = functools.partial(run, program=film)


def read(path):
    with PIL.Image.open(path) as picture:
        frames = []
        for number in range(picture.n_frames):
            picture.seek(number)
            frames.append(np.asarray(picture.convert("RGBA" if "A" in picture.mode else "RGB")))
    return np.stack(frames)


def assert_shows(frame, image):
    """256 colours and WebP change a picture a little."""
    assert np.abs(frame.astype(int) - to_uint8(image)).mean() < 15


@pytest.fixture(scope="module")
def attributes(tmp_path_factory):
    run = tmp_path_factory.mktemp("attributes") / "run"
    ranges = {"smiling": (0.0, 1.0, 1.0), "age": (-1.0, 0.25, 3.0)}
    names = ("cat", "big/dog")
    model = save_run(run, resolution="16x8", channels=4, classes=2, names=names, ranges=ranges)
    return run, model.generator_ema


def test_a_walk(plain, tmp_path, capsys):
    out = tmp_path / "new" / "walk.gif"
    arguments = [plain[0], "--seeds=1-3", "--seconds=1.5", "--fps=4", "--trunc=0.7", "--batch=4"]
    call(*arguments, f"--out={out}")
    assert capsys.readouterr().out == f"Wrote 6 frames, 1.5 s, to {out}\n"
    frames = read(out)
    assert len(frames) == 6
    stops = generate(plain[1], seeds=[1, 2, 3], truncation_psi=0.7)
    for frame, stop in zip(frames[::2], stops, strict=True):
        assert_shows(frame, stop)
    with refused("out=", "walk.gif"):
        call(*arguments, f"--out={out}")
    before = out.read_bytes()
    call(*arguments, f"--out={out}", "--overwrite")
    assert out.read_bytes() == before


def test_a_grid_with_a_sweep(plain, tmp_path):
    call(
        plain[0], "--seeds=1-6", "--grid=3x2", "--sweep=0,1", "--seconds=1", "--fps=4",
        "--path=straight", f"--out={tmp_path / 'a.gif'}",
    )  # fmt: skip
    frames = read(tmp_path / "a.gif")
    assert frames.shape == (4, 32, 48, 3)
    for number, psi in ((0, 0), (2, 1)):
        images = generate(plain[1], seeds=range(1, 7), truncation_psi=psi)
        assert_shows(frames[number], tile(images, 3))


def test_mp4_and_a_circle(plain, tmp_path):
    call(plain[0], "--seeds=3", "--path=circle", "--seconds=0.2", f"--out={tmp_path / 'a.mp4'}")
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 30
    assert len(frames) == 6
    assert frames[0].shape == (16, 16, 3)


def test_class_to_class(conditional, tmp_path):
    options = ["--seeds=4", "--seconds=1", "--fps=6", f"--out={tmp_path / 'a.gif'}", "--overwrite"]
    call(conditional[0], *options, "--class=2/0/1")
    stops = generate(conditional[1], seeds=[4] * 3, labels=[2, 0, 1])
    for frame, stop in zip(read(tmp_path / "a.gif")[::2], stops, strict=True):
        assert_shows(frame, np.repeat(stop, 3, axis=2))
    call(conditional[0], *options, "--class=2/0:0.5,1:0.5", "--path=slerp")
    half = generate(conditional[1], seeds=[4], labels=np.float32([0.5, 0.5, 0]))[0]
    assert_shows(read(tmp_path / "a.gif")[3], np.repeat(half, 3, axis=2))
    with refused("class=7"):
        call(conditional[0], *options, "--class=1/7")


def test_attribute_to_attribute_with_alpha_in_no_square(attributes, tmp_path):
    run, generator = attributes
    options = ["--seeds=4", "--seconds=1", "--fps=4", f"--out={tmp_path / 'a.webp'}"]
    call(run, *options, "--class=big/dog", "--label=age:-1/age:3")  # a name may have a slash
    frames = read(tmp_path / "a.webp")
    assert frames.shape == (4, 8, 16, 4)
    stops = generate(generator, seeds=[4, 4], labels=np.float32([[0, 1, 1, -1], [0, 1, 1, 3]]))
    alpha = to_uint8(stops[..., 3]).astype(int)
    assert np.abs(alpha[0] - alpha[1]).max() > 5
    assert np.abs(frames[::2, :, :, 3] - alpha).max() <= 1


def test_stops_of_a_file(plain, tmp_path):
    latents.save_ws(tmp_path / "me.npz", map_latents(plain[1], seeds=[8, 9]))
    out = tmp_path / "a.gif"
    options = [
        "--seconds=1",
        "--fps=6",
        f"--out={out}",
        "--overwrite",
        f"--ws={tmp_path / 'me.npz'}",
    ]
    call(plain[0], *options)
    for frame, stop in zip(read(out)[::3], generate(plain[1], seeds=[8, 9]), strict=True):
        assert_shows(frame, stop)
    call(plain[0], *options, "--seeds=1")
    for frame, stop in zip(read(out)[::2], generate(plain[1], seeds=[1, 8, 9]), strict=True):
        assert_shows(frame, stop)
    with refused("path='slerp'"):
        call(plain[0], *options, "--path=slerp")


def test_a_training(tmp_path, capsys):
    run = tmp_path / "run"
    run.mkdir()
    write_options(run, run_config(resolution=8))
    for level in range(5):
        images = np.full([12, 8, 8, 3], 50 * level, np.uint8)
        save_grid(images, run / f"fakes{200 * level:06d}.png", columns=4)
    out = tmp_path / "a.gif"
    call(run, "--training", "--seconds=2", f"--out={out}", "--grid=2x1")
    assert capsys.readouterr().out == f"Wrote 5 frames, 2 s, to {out}\n"
    frames = read(out)
    assert frames.shape == (5, 8, 16, 3)
    np.testing.assert_allclose(frames.mean(axis=(1, 2, 3)), 50 * np.arange(5))
    call(run, "--training", "--seconds=2", "--fps=1.5", f"--out={out}", "--overwrite")
    np.testing.assert_allclose(read(out).mean(axis=(1, 2, 3)), [0, 100, 200])
    with refused("--training"):
        call(run, "--training", "--seeds=1", f"--out={tmp_path / 'b.gif'}")
    with refused("0", "fakes*.png"):
        call(tmp_path, "--training", f"--out={tmp_path / 'b.gif'}")


@pytest.mark.parametrize("channels", [2, 6])
def test_what_grids_show_films_show(channels, tmp_path):
    save_run(tmp_path / "run", resolution=8, channels=channels)
    call(tmp_path / "run", "--seeds=1,2", "--seconds=0.1", f"--out={tmp_path / 'a.webp'}")
    assert read(tmp_path / "a.webp").shape == (3, 8, 8, 4 if channels == 2 else 3)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--out=a.avi"],
        [],
        ["--out=s3://a.gif"],
        ["--out=a.gif", "--fps=60"],
        ["--out=a.gif", "--seconds=0.01"],
        ["--out=a.gif", "--seconds=inf"],
        ["--out=a.gif", "--seconds=1e9"],
        ["--out=a.gif"],
        ["--out=a.gif", "--seeds=1", "--grid=3"],
        ["--out=a.gif", "--seeds=1", "--grid=0x3"],
        ["--out=a.gif", "--seeds=1", "--grid=999x999"],
        ["--out=a.gif", "--seeds=1", "--sweep=1"],
        ["--out=a.gif", "--seeds=1", "--sweep=nan,1"],
        ["--out=a.gif", "--seeds=1", "--sweep=0,1", "--trunc=1"],
        ["--out=a.gif", "--seeds=1"],
        ["--out=a.gif", "--seeds=1-4", "--grid=3x1"],
        ["--out=a.gif", "--seeds=1,2", "--path=circle"],
    ],
)  # fmt: skip
def test_what_is_refused(arguments, plain, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with refused():
        call(plain[0], *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("trunc", ["nan", "1e38"])
def test_a_truncation_that_makes_no_images(trunc, plain, tmp_path):
    with refused("trunc="):
        call(plain[0], "--seeds=4,5", f"--trunc={trunc}", f"--out={tmp_path / 'a.webp'}")
    assert list(tmp_path.iterdir()) == []
