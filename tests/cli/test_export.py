import dataclasses
import functools
import json
import os
import re
import resource
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from ada_tf.cli import export, generate
from ada_tf.errors import UserError
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.interop import network_folder
from ada_tf.interop.export import saved_model
from tests.cli.programs import run
from tests.inference.runs import NETWORK, save_run
from tests.sentences import refused

call = functools.partial(run, program=export)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    return path, save_run(path, resolution=8).generator_ema


def test_export_and_load(run_dir, tmp_path, capsys):
    path, generator = run_dir
    out = tmp_path / "exported"
    call(str(path), f"--out={out}")
    assert capsys.readouterr().out.splitlines()[-1] == f"Wrote {out}"
    z = latents_from_seeds([1, 2, 3], 8)
    model = tf.saved_model.load(str(out))
    images = model.signatures["serving_default"](z=tf.constant(z), truncation_psi=tf.ones(3))
    np.testing.assert_allclose(images["images"], generator(z), rtol=1e-5, atol=1e-5)

    with refused():
        call(str(path), f"--out={out}")
    call(f"--network={path}", f"--out={out}", "--overwrite")
    (out / "thesis.txt").write_text("work of years")
    with refused("thesis.txt", "SavedModel"):
        call(str(path), f"--out={out}", "--overwrite")


def test_a_full_disk_leaves_the_old_export_and_no_half_of_a_new_one(run_dir, tmp_path):
    """A limit on file sizes stands for the full disk: the graph is larger than the variables."""
    out = tmp_path / "exported"
    call(str(run_dir[0]), f"--out={out}")
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    for size in (1000, 100_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
        try:
            with refused():
                call(str(run_dir[0]), f"--out={out}", "--overwrite")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert [p.name for p in tmp_path.iterdir()] == ["exported"]
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("out", ["a[1]/exported", "https://x.org/exported", b"\xff"])
def test_places_from_which_tensorflow_could_not_load_it(run_dir, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    with refused("out="):
        call(str(run_dir[0]), f"--out={os.fsdecode(out)}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("precision", "flags", "computes_in"),
    [
        ("float16", (), {tf.float16, tf.float32}),
        ("float16", ("--fp32",), {tf.float32}),
        ("auto", (), {tf.float32}),  # of a CPU: for any machine
    ],
)
def test_precision_is_that_of_the_training_unless_told(tmp_path, precision, flags, computes_in):
    network = dataclasses.replace(
        NETWORK, precision=precision, num_low_precision=1, conv_clamp=256.0
    )
    save_run(tmp_path / "run", resolution=8, network=network)
    call(str(tmp_path / "run"), f"--out={tmp_path / 'exported'}", *flags)
    written = (tmp_path / "exported" / "saved_model.pb").read_bytes()
    library = SavedModel.FromString(written).meta_graphs[0].graph_def.library
    nodes = [node for function in library.function for node in function.node_def]
    dtypes = {tf.DType(node.attr["T"].type) for node in nodes if node.op == "Conv2D"}
    assert dtypes == computes_in


def test_truncation_is_told_toward_what(conditional, tmp_path):
    z = {"z": tf.constant(latents_from_seeds([1], 8)), "label": tf.constant([2])}
    found = {}
    for flag in (None, "class", "global"):
        out = tmp_path / str(flag)
        call(str(conditional[0]), f"--out={out}", *([f"--trunc_towards={flag}"] if flag else []))
        model = tf.saved_model.load(str(out))
        ws = model.signatures["mapping"](**z, truncation_psi=tf.zeros(1))["ws"]
        found[flag] = ws.numpy()
    np.testing.assert_array_equal(found[None], found["class"])
    w_avg = tf.convert_to_tensor(conditional[1].w_avg)
    np.testing.assert_allclose(found["global"][0, 0], w_avg, rtol=1e-5, atol=1e-5)
    assert np.abs(found["class"] - found["global"]).max() > 0.1
    with refused("--format=savedmodel"):
        call(str(conditional[0]), "--out=x", "--format=network", "--trunc_towards=class")


def call_generate(network, outdir):
    run(network, "--seeds=1,2", f"--outdir={outdir}", program=generate)
    return [np.asarray(Image.open(outdir / f"seed{seed:04d}.png"), int) for seed in (1, 2)]


@pytest.mark.parametrize(("weights", "levels"), [(None, 0), ("float32", 0), ("float16", 1)])
def test_a_network_makes_the_pictures_of_its_run(run_dir, tmp_path, capsys, weights, levels):
    out = tmp_path / "photos"
    given = [f"--weights={weights}"] if weights else []
    call(str(run_dir[0]), "--format=network", f"--out={out}", "--licence=CC BY 4.0", *given)
    assert capsys.readouterr().out.splitlines()[-1] == f"Wrote {out}"
    text = (out / "README.md").read_text()
    for line in ("# photos", "- Origin: ada-train", "- Licence: CC BY 4.0", "- Trained: 0 kimg"):
        assert f"{line}\n" in text
    for path in out.iterdir():  # no folders of whoever trained it
        assert os.fsencode(run_dir[0]) not in path.read_bytes()
    ours, theirs = (
        call_generate(network, tmp_path / name) for network, name in ((run_dir[0], "a"), (out, "b"))
    )
    for a, b in zip(ours, theirs, strict=True):
        assert a.std() > 10
        assert np.abs(a - b).max() <= levels


def test_a_folder_for_hubs_is_the_averaged_generator_alone(run_dir, tmp_path):
    """Which programs read; and a training does that is told to begin a discriminator."""
    out = tmp_path / "photos"
    given = ("--format=keras", f"--out={out}", "--licence=CC0", "--data_licence=CC BY 4.0")
    call(str(run_dir[0]), *given)
    assert {path.name for path in out.iterdir()} == {
        "README.md", "grid.png", "network.json", "weights.npz",
    }  # fmt: skip
    network = network_folder.read(out)
    assert network.weights.keys() == {"generator_ema"}
    assert (network.about.licence, network.about.data_licence) == ("CC0", "CC BY 4.0")
    pictures = [
        call_generate(network, tmp_path / f"p{n}") for n, network in enumerate((run_dir[0], out))
    ]
    np.testing.assert_array_equal(*pictures)
    with Image.open(out / "grid.png") as grid:
        assert grid.size == (4 * 8, 4 * 8)
    text = (out / "README.md").read_text()
    for line in (
        "license: cc0-1.0",
        "- Licence of the pictures: CC BY 4.0",
        "- Holds: generator (average)",
        "ada-train --resume=photos --resume_partial --data=photos/",
    ):
        assert f"{line}\n" in text
    call(str(out), "--format=network", f"--out={tmp_path / 'again'}", "--weights=float16")
    assert network_folder.read(tmp_path / "again").about.data_licence == "CC BY 4.0"


def test_the_card_of_a_run_has_its_scores(run_dir, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(run_dir[0], run)
    score = {"metric": "kid1k_full", "results": {"kid1k_full": 0.5}, "errors": {"kid1k_full": 0.01},
             "kimg": 0.0, "protocol": "1000 images"}  # fmt: skip
    (run / "metric-kid1k_full.jsonl").write_text(json.dumps(score))
    for format in ("savedmodel", "keras"):
        out = tmp_path / format / "1"
        call(str(run), f"--format={format}", f"--out={out}", "--licence=Ask me")
        text = (out / "README.md").read_text()
        for line in (
            'license_name: "Ask me"',
            f"# {format}",  # 1 is a version
            "| kid1k_full | 0.500 ± 0.010 | 1000 images |",
            "- Trained: 0 kimg",
        ):
            assert f"{line}\n" in text
        assert os.fsdecode(tmp_path) not in text  # no folders of whoever trained it


def test_a_saved_model_is_compared_before_it_is_there(run_dir, tmp_path, capsys, monkeypatch):
    out = tmp_path / "models" / "faces" / "1"
    call(str(run_dir[0]), f"--out={out}")
    said = capsys.readouterr().out
    assert re.search(r"^Deviation over 16 seeds: ", said, re.MULTILINE)
    record = json.loads((out / "ada_tf.json").read_text())["export"]
    assert record["deviation"]["largest"] < 1e-5
    assert "Conv2D" in record["operators"]
    monkeypatch.setattr(
        saved_model.Runner, "__call__", lambda self, function, **i: np.zeros([4, 8, 8, 3])
    )
    with pytest.raises(
        UserError, match=r"^format=savedmodel: the pictures differ by .*nothing was written\.$"
    ):
        call(str(run_dir[0]), f"--out={tmp_path / 'models' / 'other'}")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["faces"]


def test_half_a_network_is_half_as_long_and_of_the_same_origin(run_dir, tmp_path):
    """A network folder is exported like a run."""
    whole, half = tmp_path / "whole", tmp_path / "half"
    call(str(run_dir[0]), "--format=network", f"--out={whole}", "--licence=CC BY 4.0")
    about = dataclasses.replace(network_folder.read(whole).about, origin="elsewhere", sha256="ab")
    changed = dataclasses.replace(network_folder.read(whole), about=about)
    network_folder.write(changed, tmp_path / "other")
    call(str(tmp_path / "other"), "--format=network", f"--out={half}", "--weights=float16")
    assert network_folder.read(half).about == dataclasses.replace(about, name="half")
    sizes = [(folder / "weights.npz").stat().st_size for folder in (whole, half)]
    assert sizes[1] < 0.75 * sizes[0]  # the archive itself takes some of so little
    call(str(half), f"--out={tmp_path / 'exported'}")
    assert (tmp_path / "exported" / "saved_model.pb").is_file()


@pytest.mark.parametrize("format", ["network", "onnx", "litert"])
def test_a_full_disk_leaves_nothing_by_half(run_dir, tmp_path, format):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        with refused():
            call(str(run_dir[0]), f"--format={format}", f"--out={tmp_path / 'photos'}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flag", "format"),
    [
        ("--licence=CC0", "web"),
        ("--data_licence=", "web"),
        ("--weights=float16", "savedmodel"),
        ("--batch=1", "savedmodel"),
        ("--fp32", "network"),
        ("--overwrite", "network"),
        ("--fp32", "litert"),
        ("--overwrite", "keras"),
    ],
)
def test_flags_of_other_formats(tmp_path, flag, format):
    """They are refused before the run is looked at: there is none."""
    name = flag.strip("-").partition("=")[0]
    with refused(name, format):
        call(str(tmp_path / "run"), f"--out={tmp_path / 'out'}", f"--format={format}", flag)


def test_other_formats_are_written_and_told(run_dir, tmp_path, capsys):
    for format, file in (("onnx", "faces.mapping.onnx"), ("litert", "faces.tflite")):
        out = tmp_path / format / "faces"
        call(str(run_dir[0]), f"--format={format}", f"--out={out}", "--weights=float16")
        assert (out / file).is_file()
        said = capsys.readouterr().out
        assert re.search(
            r"^Deviation over 16 seeds: \S+ levels of 255 at most, \S+ in the mean\.$",
            said,
            re.MULTILINE,
        )
        assert file in said
        assert "weights in float16" in said
        assert said.splitlines()[-1] == f"Wrote {out}"


def test_what_is_there_is_no_place_for_a_network(run_dir, tmp_path):
    (tmp_path / "thesis.txt").write_text("work of years")
    with refused():
        call(str(run_dir[0]), "--format=network", f"--out={tmp_path}")
    with refused("out='https://x.org/photos'"):
        call(str(run_dir[0]), "--format=network", "--out=https://x.org/photos")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_out_is_needed(run_dir):
    with refused("out"):
        call(str(run_dir[0]))


def test_a_folder_without_checkpoint(tmp_path):
    with refused():
        call(str(tmp_path), f"--out={tmp_path / 'exported'}")
    assert list(tmp_path.iterdir()) == []


MISSING = "error: network is missing; give it, for example --network=runs/00000-photos-auto.\n"


def test_the_program_names_its_missing_argument():
    done = subprocess.run(
        [sys.executable, "-m", "ada_tf.cli.export", "--out=exported"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, MISSING)
