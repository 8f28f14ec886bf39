"""ada-inspect: what files of every program say, and whether they are the same when made again."""

import functools
import json
import pathlib

import numpy as np
import PIL.Image
import pytest

from ada_tf.cli import directions, film, generate, inspect_file, mix, project
from ada_tf.images import save_png
from ada_tf.inference import generate as generate_
from ada_tf.marked_files import read_mark
from ada_tf.marking import COMPOSITE, GENERATED
from ada_tf.models.weights_hash import hash_of
from tests.cli.programs import run
from tests.sentences import refused

inspect = functools.partial(run, program=inspect_file)


def status(*arguments) -> int:
    try:
        inspect(*arguments)
    except SystemExit as end:
        return end.code
    return 0


@pytest.fixture(scope="module")
def made(plain, tmp_path_factory):
    """What programs make of one network: their folder."""
    out = tmp_path_factory.mktemp("made")
    network = plain[0]
    run(network, "--seeds=3,5", "--trunc=0.7", "--grid", f"--outdir={out}", program=generate)
    run(network, "--rows=1", "--cols=2", "--styles=coarse", f"--outdir={out}/mix", program=mix)
    walk = ["--seeds=1,2", "--seconds=1", "--fps=3"]
    run(network, *walk, f"--out={out}/walk.webp", program=film)
    run(network, *walk, f"--out={out}/walk.gif", program=film)
    return out


def test_files_of_programs_are_made_again(plain, made, capsys):
    files = [
        made / name
        for name in ("seed0005.png", "grid.png", "mix/grid.png", "mix/seed0001-seed0002.png", "walk.webp", "walk.gif")
    ]  # fmt: skip
    assert status(*files, "--json", f"--network={plain[0]}") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in found] == list(map(str, files))
    for one in found:
        assert one["same"] is True
        assert one["source"] == GENERATED
        assert one["network"] == f"{plain[0].name} images-0"
        assert one["sha256"] == hash_of(plain[1])
    assert found[0]["flags"] == {"trunc": "0.7", "seeds": "5"}
    assert found[1]["flags"] == {"seeds": "3,5", "trunc": "0.7", "grid": "true"}


def test_a_picture_that_was_changed_is_not_the_same(plain, made, tmp_path, capsys):
    with PIL.Image.open(made / "seed0003.png") as image:
        pixels = np.array(image)
    pixels[0, 0, 0] ^= 4
    changed = tmp_path / "seed0003.png"
    save_png(pixels, changed, read_mark(made / "seed0003.png"))
    assert status(changed, f"--network={plain[0]}") == 1
    assert "of the numbers differ, by at most 4" in capsys.readouterr().out


def test_what_is_said_in_words(made, tmp_path, capsys):
    save_png(np.zeros([2, 2, 3], np.uint8), tmp_path / "photo.png")
    assert status(made / "seed0003.png", tmp_path / "photo.png") == 1
    said = capsys.readouterr().out
    assert "seed0003.png: generated, by ada_tf " in said
    assert "made by: ada-generate RUN --trunc=0.7 --seeds=3\n" in said
    assert f"{tmp_path}/photo.png: does not say that it was generated\n" in said
    assert status(made / "seed0003.png") == 0


def test_nothing_is_said_where_that_is_asked_for(plain, tmp_path, made, capsys):
    run(
        plain[0],
        "--seeds=3",
        "--trunc=0.7",
        "--mark=none",
        f"--outdir={tmp_path}",
        program=generate,
    )
    assert (
        "mark=none: nothing in the files says that they were generated.\n"
        in capsys.readouterr().out
    )
    assert read_mark(tmp_path / "seed0003.png") is None
    pixels = [np.array(PIL.Image.open(folder / "seed0003.png")) for folder in (tmp_path, made)]
    np.testing.assert_array_equal(*pixels)


def test_latents_of_files_are_named_by_their_hash(plain, made, tmp_path, capsys):
    ws = tmp_path / "secret-user" / "me.npz"
    ws.parent.mkdir()
    np.savez(ws, w=np.zeros([2, plain[1].num_ws, plain[1].w_dim], np.float32))
    run(plain[0], "--seeds=4", f"--ws={ws}", f"--outdir={tmp_path}", program=generate)
    picture = tmp_path / "me01.png"
    assert b"secret-user" not in picture.read_bytes()
    assert "ws_sha256" in dict(read_mark(picture).flags)
    assert dict(read_mark(tmp_path / "seed0004.png").flags) == {"seeds": "4"}
    assert status(picture, f"--network={plain[0]}", f"--ws={ws}") == 0
    with refused("ws"):
        status(picture, f"--network={plain[0]}")
    with refused("ws"):
        (tmp_path / "other.npz").write_text("another file")
        status(picture, f"--network={plain[0]}", f"--ws={tmp_path}/other.npz")


def test_a_projection_stands_beside_what_is_real(plain, made, tmp_path):
    few = ["--steps=2", "--starts=4", "--tries=1", "--noself_check"]
    run(plain[0], f"--target={made}/seed0003.png", *few, f"--outdir={tmp_path}", program=project)
    (picture,) = tmp_path.glob("seed0003/*.png")
    assert read_mark(picture).source == COMPOSITE
    with refused("does not say how it is made again"):
        status(picture, f"--network={plain[0]}")


def test_strips_of_directions_say_what_they_are(plain, tmp_path):
    few = ["--methods=sefa", "--count=1", "--seeds=1"]
    run(plain[0], *few, f"--outdir={tmp_path}", program=directions)
    assert read_mark(tmp_path / "sefa0.png").sha256 == hash_of(plain[1])


def test_another_network_is_refused(made, conditional):
    with refused("network=", "give its own"):
        status(made / "seed0003.png", f"--network={conditional[0]}")


def test_mistakes(tmp_path):
    with refused("FILE is missing"):
        inspect()
    with refused("none.png"):
        inspect(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("no picture")
    with refused("text.png"):
        inspect(tmp_path / "text.png")


def test_no_path_is_in_a_mark(made):
    for path in made.rglob("*.*"):
        content = path.read_bytes()
        for part in pathlib.Path(made).parts[1:3]:
            assert part.encode() not in content


HOSTILE = {
    "code": ("use", "{folder}/evil.py"),
    "a file of flags": ("flagfile", "{folder}/flags"),
    "a path": ("ws", "{folder}/me.npz"),
    "another folder": ("outdir", "{folder}/elsewhere"),
    "another network": ("network", "{folder}"),
    "no flag": ("nothing", "1"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_strangers_file_gives_no_flag_but_those_of_a_picture(kind, plain, made, tmp_path):
    """What a file says of itself may come from anybody: it runs no code and writes nowhere."""
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (tmp_path / "flags").write_text(f"--use={tmp_path}/evil.py")
    name, text = HOSTILE[kind]
    mark = read_mark(made / "seed0003.png").replace([(name, text.format(folder=tmp_path))])
    save_png(np.zeros([16, 16, 3], np.uint8), tmp_path / "a.png", mark)
    with refused("a.png", name):
        status(tmp_path / "a.png", f"--network={plain[0]}")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("file", ["..", "", "other.png", "/etc/passwd"])
def test_a_file_that_the_call_does_not_write_is_refused(file, plain, made, tmp_path):
    mark = read_mark(made / "seed0003.png").replace(file=file)
    save_png(np.zeros([16, 16, 3], np.uint8), tmp_path / "a.png", mark)
    with refused("a.png"):
        status(tmp_path / "a.png", f"--network={plain[0]}")


LARGE = {
    "seeds": {"seeds": "0-999999"},
    "a grid": {"seeds": "0-9999,7", "grid": "true"},
    "seconds": {"seeds": "1", "seconds": "10000"},
    "frames a second": {"seeds": "1", "seconds": "11", "fps": "1000"},
    "films at once": {"seeds": "1", "grid": "64x64", "seconds": "1"},
    "rows and columns": {"rows": "0-99", "cols": "0-99", "styles": "coarse"},
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_strangers_file_asks_for_no_more_than_a_moment(kind, plain, made, tmp_path, monkeypatch):
    """Nothing is even looked for: what is refused is refused before the network is opened."""
    flags = LARGE[kind]
    film_ = kind in ("seconds", "frames a second", "films at once")
    command = "ada-film" if film_ else "ada-mix" if "rows" in flags else "ada-generate"
    mark = read_mark(made / "seed0003.png").without("seeds", "trunc")
    mark = mark.replace(flags.items(), command=command, file="film.webp" if film_ else "grid.png")
    save_png(np.zeros([16, 16, 3], np.uint8), tmp_path / "a.png", mark)
    monkeypatch.setattr("ada_tf.inference.open_networks.open_trained", None)
    with refused("a.png"):
        status(tmp_path / "a.png", f"--network={plain[0]}")


@pytest.mark.parametrize("bound", ["MOST_PIXELS", "MOST_OF_FRAME"])
def test_a_strangers_file_asks_for_no_larger_pictures(bound, plain, made, monkeypatch):
    """The pictures of the walk are three, of 16 x 16."""
    monkeypatch.setattr("ada_tf.inference.generate.generator_of", None)
    most = 16 * 16 * (3 if bound == "MOST_PIXELS" else 1)
    monkeypatch.setattr(inspect_file, bound, most - 1)
    with refused("walk.webp"):
        status(made / "walk.webp", f"--network={plain[0]}")
    monkeypatch.setattr(inspect_file, bound, most)
    with pytest.raises(TypeError):  # the generator is asked for
        status(made / "walk.webp", f"--network={plain[0]}")


def test_a_network_is_loaded_once(plain, made, monkeypatch):
    loaded, load = [], generate_.generator_of
    monkeypatch.setattr(generate_, "generator_of", lambda *a: loaded.append(a) or load(*a))
    assert status(made / "seed0003.png", made / "walk.gif", f"--network={plain[0]}") == 0
    assert len(loaded) == 1
