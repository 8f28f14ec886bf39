"""Every door of the programs, given hostile files: one sentence, soon, in little memory, and nothing runs.

A row is a file and the door it is given to. What docs/security.md promises of these doors is what
is asserted here.
"""

import functools
import time
import types

import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.files import reading
from ada_tf.inference import latents
from ada_tf.inference.directions import read_directions
from ada_tf.inference.open_networks import load_generator
from ada_tf.inference.read_picture import read_picture
from ada_tf.metrics import cache
from ada_tf.metrics.collect_features import Collector
from ada_tf.metrics.features import declaration, inception, mobilenet, vgg16, vit
from ada_tf.metrics.images.generated import images_of_saved_model
from ada_tf.shape import Shape
from ada_tf.training.runs import run_dir
from tests.hostile import checkpoints, models, networks, pickles, run_pictures, weights
from tests.hostile.memory import Memory

SECONDS = 2.0  # of one core
MEGABYTES = 256  # beyond what the process has already
LENGTH = 400  # characters of the sentence, whose path may be long


@functools.cache
def mobilenet_shapes():
    return mobilenet.shapes_of(mobilenet.build_mobilenet())


def read_mobilenet(path):
    mobilenet.read_mobilenet(path, mobilenet_shapes())


def evaluate(path):
    list(images_of_saved_model(path, batch=4).batches(4))


def read_options(path):
    with reading(path, "options"):
        run_dir.read_options(path.parent)


def small_dinov2(path):
    vit.load_dinov2(path, width=8, depth=1, heads=1)


def small_clip(path):
    vit.load_clip(path, width=8, depth=1, heads=1)


def read_latents(path):
    latents.read_ws(path, types.SimpleNamespace(num_ws=8, w_dim=64))


def read_target(path):
    """As ada-project reads a picture."""
    return read_picture(path, Shape(16, 16, 3))


def written(name, content):
    """A file of these bytes."""

    def build(folder):
        (folder / name).write_bytes(content)
        return folder / name

    return build


def suffixed(suffix, build):
    """The same file by another name, which says what to read it as."""

    def renamed(folder):
        path = build(folder)
        return path.rename(path.with_suffix(suffix))

    return renamed


ROWS = {
    **{f"pth: {n}": (inception.read_inception, b) for n, b in pickles.FILES.items()},
    **{f"npz: {n}": (inception.read_inception, b) for n, b in weights.NPZ.items()},
    **{f"directions: {n}": (read_directions, b) for n, b in (weights.NPZ | weights.DIRECTIONS).items()},
    **{f"ws: {n}": (read_latents, b) for n, b in weights.NPZ.items()},
    **{f"ws: {n}": (read_latents, b) for n, b in weights.LATENTS.items()},
    **{f"pb: {n}": (inception.read_inception, b) for n, b in weights.PB.items()},
    **{f"h5: {n}": (read_mobilenet, b) for n, b in weights.H5.items()},
    **{f"run: {n}": (load_generator, b) for n, b in checkpoints.CHECKPOINTS.items()},
    **{f"network: {n}": (load_generator, b) for n, b in networks.GENERATORS.items()},
    **{f"resume: {n}": (networks.resume, b) for n, b in networks.RESUMED.items()},
    **{f"export: {n}": (networks.export, b) for n, b in networks.EXPORTED.items()},
    **{f"options: {n}": (read_options, b) for n, b in checkpoints.OPTIONS.items()},
    **{f"model: {n}": (evaluate, b) for n, b in models.MODELS.items()},
    **{f"film: {n}": (run_pictures.film, b) for n, b in run_pictures.RUNS.items()},
    "target: no picture": (read_target, written("a.png", b"no picture")),
    "target: half a PNG": (read_target, written("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40)),
    "target: an array of objects": (
        read_target,
        written("a.npy", b"\x93NUMPY\1\0\x46\0{'descr': '|O', 'fortran_order': False, 'shape': (8, 8)}".ljust(80)),
    ),
    "target: an array larger than its file": (
        read_target,
        written("a.npy", b"\x93NUMPY\1\0\x46\0{'descr': '|u1','fortran_order': False,'shape': (9999, 8888)}".ljust(80)),
    ),
    "target: PostScript, which PIL runs": (read_target, written("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n")),
    "vgg16: an .npz": (vgg16.read_vgg16, weights.NPZ["objects"]),
    "vgg16: bombs": (vgg16.read_vgg16, pickles.FILES["lists to visit 2^40 times"]),
    "vgg16: kernel of no sides": (vgg16.read_vgg16, pickles.FILES["kernel of one side"]),
    "dinov2: bombs": (small_dinov2, pickles.FILES["lists to visit 2^40 times"]),
    "clip: bombs": (small_clip, pickles.FILES["tuples to hash 2^40 times"]),
    "features: a deep declaration": (
        declaration.read, written("net.json", b"[" * 50_000)
    ),
    "features: a declaration of a device": (
        declaration.read,
        written("net.json", b'{"file": "/dev/zero", "side": 8, "range": [0, 1]}'),
    ),
    "lpips: bombs": (vgg16.read_lpips, pickles.FILES["tuples to hash 2^40 times"]),
    "lpips: an archive of another kind": (
        vgg16.read_lpips, suffixed(".pth", weights.NPZ["of another network"])
    ),
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("row", ROWS)
def test_one_sentence_soon_in_little_memory_and_nothing_runs(row, tmp_path, monkeypatch):
    door, build = ROWS[row]
    monkeypatch.chdir(tmp_path)  # where attacks leave their mark
    mobilenet_shapes()
    networks.untrained()
    path = build(tmp_path)
    before = {p.name for p in tmp_path.iterdir()}
    memory, start = Memory(), time.process_time()
    with pytest.raises(UserError) as caught:
        door(path)
    seconds, megabytes = time.process_time() - start, memory.grown()
    sentence = str(caught.value).replace(str(tmp_path), "")
    assert sentence.isprintable()
    assert len(sentence) <= LENGTH
    assert seconds <= SECONDS
    assert megabytes <= MEGABYTES
    assert {p.name for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", weights.NPZ)
def test_hostile_statistics_are_made_again(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cache").mkdir()
    weights.NPZ[name](tmp_path).rename(tmp_path / "cache" / "key.npz")
    found = cache.load(tmp_path / "cache", "key")
    for piece in Collector([4], 4).pieces:
        assert found is None or not Collector([4], 4).from_arrays(piece, found)
    assert [p.name for p in tmp_path.iterdir()] == ["cache"]


@pytest.mark.parametrize(
    ("piece", "change"),
    [
        ("moments4", {"count": np.zeros([2])}),
        ("moments4", {"count": np.array(3)}),
        ("moments4", {"sum": np.zeros([2, 2])}),
        ("moments4", {"sum": np.array(1.0)}),
        ("moments4", {"outer": np.zeros([2, 3])}),
        ("features", {"features": np.zeros([3, 2])}),
        ("features", {"features": np.zeros([4])}),
    ],
)
def test_statistics_of_other_shapes_are_made_again(piece, change):
    arrays = {
        "moments4": {
            "count": np.array(4), "sum": np.zeros([2]), "outer": np.zeros([2, 2]),
        },
        "features": {"features": np.zeros([4, 2])},
    }[piece]  # fmt: skip
    assert Collector([4], 4).from_arrays(piece, arrays)
    assert not Collector([4], 4).from_arrays(piece, arrays | change)
    for missing in arrays:
        rest = {name: array for name, array in arrays.items() if name != missing}
        assert not Collector([4], 4).from_arrays(piece, rest)


def test_there_are_many():
    assert len(ROWS) >= 570


def test_honest_files_pass_the_same_doors(tmp_path):
    """What is refused above is refused for its change."""
    (tmp_path / "run").mkdir()
    load_generator(checkpoints.run()(tmp_path / "run"))
    (tmp_path / "folder").mkdir()
    folder = networks.network()(tmp_path / "folder")
    for door in (load_generator, networks.resume, networks.export):
        door(folder)
    evaluate(models.copy(tmp_path))
    run_pictures.film(run_pictures.holding(run_pictures.honest())(tmp_path))
    checkpoints.changed_options(lambda values: None)(tmp_path)
    assert run_dir.read_options(tmp_path).batch == 4
