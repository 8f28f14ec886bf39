"""Films as files: what other programs read of them, in which time, and what of alpha."""

import builtins
import hashlib
import tracemalloc

import av
import numpy as np
import PIL.Image
import pytest

from ada_tf.errors import UserError
from ada_tf.films.film_file import FORMATS, format_of, save_film
from ada_tf.images import as_shown
from tests.sentences import refused

IMAGES = [".webp", ".gif"]


def waves(count, channels, height=33, width=47):
    """Smooth frames of odd sides that move: uint8."""
    y, x = np.mgrid[:height, :width]
    for turn in 2 * np.pi * np.arange(count) / count:
        waves = [np.sin(x / 9 + turn + k) * np.cos(y / 7 - k) for k in range(channels)]
        yield np.uint8(127 + 120 * np.stack(waves, axis=-1))


def read(path):
    """(frames [N, H, W, C], milliseconds of each) by PIL."""
    frames, durations = [], []
    with PIL.Image.open(path) as film:
        assert film.info["loop"] == 0  # without end
        for number in range(film.n_frames):
            film.seek(number)
            frames.append(np.asarray(film.convert("RGBA" if "A" in film.mode else "RGB")))
            durations.append(film.info["duration"])
    return np.stack(frames), durations


def read_mp4(path):
    with av.open(str(path)) as container:
        rate = container.streams.video[0].average_rate
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    return np.stack(frames), rate


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("ending", IMAGES)
def test_frames_are_read_again(ending, channels, tmp_path):
    save_film(waves(5, channels), tmp_path / f"a{ending}", fps=25)
    frames, durations = read(tmp_path / f"a{ending}")
    assert durations == [40] * 5
    wanted = np.stack(list(waves(5, channels)))
    if ending == ".webp" and channels in (2, 4):
        assert frames.shape == (5, 33, 47, 4)
        np.testing.assert_array_equal(frames[..., 3], wanted[..., -1])
        seen = np.float32(wanted[..., -1:]) / 255
        difference = np.abs(frames[..., :3] - np.float32(wanted[..., :-1])) * seen
    else:
        assert frames.shape == (5, 33, 47, 3)
        difference = np.abs(frames - np.float32(as_shown(wanted)))
    assert difference.mean() < 5


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_mp4_is_read_again(channels, tmp_path):
    save_film(waves(5, channels), tmp_path / "a.mp4", fps=30)
    frames, rate = read_mp4(tmp_path / "a.mp4")
    assert frames.shape == (5, 34, 48, 3)
    assert rate == 30
    wanted = np.float32(as_shown(np.stack(list(waves(5, channels)))))
    assert np.abs(frames[:, :33, :47] - wanted).mean() < 5
    np.testing.assert_allclose(np.float32(frames[:, 33]), frames[:, 32], atol=25)


@pytest.mark.parametrize("ending", FORMATS)
def test_plain_colours_stay_what_they_are(ending, tmp_path):
    colours = np.uint8([[250, 10, 10], [10, 240, 20], [20, 30, 250], [200, 200, 40]])
    frame = np.broadcast_to(np.repeat(colours, 16, axis=0), [32, 64, 3])
    save_film([frame] * 3, tmp_path / f"a{ending}", fps=30)
    reader = read_mp4 if ending == ".mp4" else read
    frames, _ = reader(tmp_path / f"a{ending}")
    assert len(frames) == 3
    np.testing.assert_allclose(np.float32(frames[2, 16, 8::16]), colours, atol=4)


@pytest.mark.parametrize(("ending", "unit"), [(".webp", 1), (".gif", 10)])
@pytest.mark.parametrize("fps", [30, 24, 7.5])
def test_durations_add_up(ending, unit, fps, tmp_path):
    save_film(waves(60, 1, 4, 4), tmp_path / f"a{ending}", fps=fps)
    _, durations = read(tmp_path / f"a{ending}")
    assert len(durations) == 60
    assert abs(sum(durations) - 60_000 / fps) <= unit / 2
    assert max(durations) - min(durations) <= unit


@pytest.mark.parametrize("ending", FORMATS)
def test_floats_and_bytes_make_the_same_file(ending, tmp_path):
    for name in ("a", "b"):
        save_film(waves(4, 3), tmp_path / f"{name}{ending}")
    save_film(
        (frame / np.float32(127.5) - 1 for frame in waves(4, 3)), tmp_path / f"c{ending.upper()}"
    )
    sums = {hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert len(sums) == 1
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("ending", FORMATS)
def test_frames_are_not_kept(ending, tmp_path):
    """What 200 frames of 1 MB take is less than what three are."""
    frame = np.zeros([500, 700, 3], np.uint8)

    def frames():
        for number in range(200):
            yield np.roll(frame, number, axis=0) + np.uint8(number)

    save_film([frame] * 2, tmp_path / f"warm{ending}")
    tracemalloc.start()
    save_film(frames(), tmp_path / f"a{ending}")
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert highest < 6 * frame.nbytes


@pytest.mark.parametrize("ending", FORMATS)
def test_what_goes_wrong_leaves_what_was_there(ending, tmp_path):
    path = tmp_path / f"a{ending}"
    path.write_text("precious")

    def broken():
        yield from waves(3, 3)
        raise UserError("the generator stopped.")

    with refused():
        save_film(broken(), path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "precious"
    with refused():
        save_film(waves(3, 3), tmp_path / "no" / path.name)


@pytest.mark.parametrize(
    ("name", "fps"),
    [
        ("a.avi", 30),
        ("a", 30),
        ("a.gif", 51),
        ("a.webp", 0),
        ("a.mp4", float("nan")),
    ],
)
def test_what_no_film_can_be(name, fps):
    with refused():
        format_of(name, fps)


def test_no_frames_and_too_large_ones(tmp_path):
    with refused():
        save_film([], tmp_path / "a.gif")
    for ending, side in ((".webp", 16384), (".gif", 65536), (".mp4", 8193)):
        with refused(side - 1, f"{side}x1"):
            save_film([np.zeros([1, side, 1], np.uint8)], tmp_path / f"a{ending}")
    assert list(tmp_path.iterdir()) == []


def test_without_pyav_there_is_one_sentence(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *more, **options):
        if name == "av":
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with refused("'ada_tf[film]'"):
        save_film(waves(2, 3), tmp_path / "a.mp4")
    save_film(waves(2, 3), tmp_path / "a.webp")
    assert [p.name for p in tmp_path.iterdir()] == ["a.webp"]
