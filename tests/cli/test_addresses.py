"""Programs that are given the address of a network, or the name of a published one."""

import json
import pathlib

import pytest

from ada_tf.cli import (
    blend,
    directions,
    evaluate,
    export,
    film,
    generate,
    import_network,
    mix,
    project,
    train,
)
from ada_tf.errors import UserError
from ada_tf.interop.known_networks import PUBLISHED, Source
from tests.cli.programs import run
from tests.interop.g_ema_writer import write_checkpoint
from tests.sentences import refused
from tests.served import serving

PROGRAMS = {
    generate: ["--seeds=1", "--outdir=out"],
    directions: ["--outdir=out", "--methods=pca", "--count=1"],
    film: ["--seeds=1,2", "--out=a.webp"],
    mix: ["--rows=1", "--cols=2", "--styles=0", "--outdir=out"],
    project: ["--target=a.png", "--outdir=out"],
    blend: ["creatures", "--at=8", "--out=out"],
    export: ["--out=out"],
    import_network: ["--out=out"],
    evaluate: ["--metrics=kid20_full_mnv2"],
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "net.pt"
    write_checkpoint(path)
    return path.read_bytes()


@pytest.fixture
def served(checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(checkpoint, "net.pt") as server:
        source = Source("digits", 16, server.url)
        monkeypatch.setitem(PUBLISHED, "ffhq256", source)
        yield server


def call(program, *arguments):
    run(*arguments, program=program)


@pytest.mark.parametrize("how", ["{}", "--network={}", "ffhq256", "--network=ffhq256"])
def test_images_of_an_address(served, capsys, how):
    call(generate, how.format(served.url), "--seeds=1-2", "--outdir=out")
    assert sorted(path.name for path in pathlib.Path("out").iterdir()) == [
        "seed0001.png",
        "seed0002.png",
    ]
    captured = capsys.readouterr()
    assert captured.out == "Wrote 2 images to out\n"
    assert "Licence: " in captured.err
    assert f"Downloading {served.url} (" in captured.err


@pytest.mark.parametrize("name", [None, "ffhq256"])
def test_a_folder_of_an_address(served, capsys, name):
    call(import_network, name or served.url, "--out=faces")
    written = json.loads(pathlib.Path("faces/network.json").read_text())
    assert written["architecture"]["shape"]["width"] == 16
    assert written["about"]["origin"] == served.url
    assert capsys.readouterr().out.splitlines()[-1] == "Wrote faces"
    call(export, name or served.url, "--format=network", "--out=again")
    assert pathlib.Path("again/weights.npz").exists()
    assert len(served.requests) == 1


@pytest.mark.parametrize("name", [None, "ffhq256"])
def test_a_training_from_an_address(served, capsys, name):
    for _ in range(2):
        call(
            train,
            "--preset=tiny",
            "--data=digits",
            f"--resume={name or served.url}",
            "--dry_run",
            "--json",
        )
        captured = capsys.readouterr()
        assert json.loads(captured.out)["augment"]["kimg"] == 100.0
    assert len(served.requests) == 1
    assert not pathlib.Path("runs").exists()


def test_a_training_from_what_is_no_network_stops_before_the_data_are_opened(served, monkeypatch):
    def opened(*_):
        raise AssertionError("the data are opened")

    monkeypatch.setattr("ada_tf.data.open_dataset", opened)
    served.content = b"no network"
    with refused(served.url):
        call(train, "--preset=tiny", "--data=digits", f"--resume={served.url}")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_file_that_is_not_there(served, program):
    served.status = 404
    with refused(served.url):
        call(program, served.url, *PROGRAMS[program])


def test_mistakes_are_told_before_anything_is_downloaded(served):
    for program, arguments in (
        (generate, ["--seeds=x", "--outdir=out"]),
        (generate, ["--seeds=1", "--outdir=gs://x"]),
        (film, ["--seeds=1,2", "--out=a.avi"]),
        (film, ["--seeds=1,2", "--out=a.webp", "--sweep=x"]),
        (import_network, ["--out=gs://x"]),
        (export, []),
    ):
        with pytest.raises(UserError):
            call(program, served.url, *arguments)
    with pytest.raises(UserError):
        call(train, f"--resume={served.url}", "--data=digits", "--kimg=-5")
    assert served.requests == []


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("given", ["file:///etc/passwd", "gs://a/b", "https:/a/b"])
def test_other_addresses_are_refused(served, program, given):
    with refused(f"='{given}'"):
        call(program, given, *PROGRAMS[program])
