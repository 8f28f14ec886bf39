"""Usefulness from folders and runs to a verdict."""

import dataclasses
import json

import numpy as np
import PIL.Image
import pytest

from ada_tf.cli import _command_line
from ada_tf.cli import evaluate as program
from ada_tf.data import DataConfig, open_dataset
from ada_tf.inference.open_networks import load_generator
from ada_tf.metrics import evaluate
from ada_tf.metrics.evaluate import open_like, open_reals, open_run
from ada_tf.metrics.usefulness import task_network
from ada_tf.metrics.usefulness import usefulness as module
from ada_tf.metrics.usefulness.usefulness import usefulness
from tests.data import samples
from tests.data.samples import quiet
from tests.inference.runs import save_run
from tests.sentences import refused

SIDE = 8


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(task_network, "LOOKS", 4)
    monkeypatch.setattr(task_network, "STEPS", 12)


def folder(path, count: int, seed: int, names=("dark", "light")):
    """Noise around a grey of each class."""
    draw = np.random.RandomState(seed)
    for number, name in enumerate(names):
        (path / name).mkdir(parents=True)
        grey = 90 if number % 2 == 0 else 166
        for n in range(count):
            pixels = draw.normal(grey, 40, [SIDE, SIDE]).clip(0, 255).astype(np.uint8)
            PIL.Image.fromarray(pixels).save(path / name / f"{n}.png")
    return path


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures")
    return {
        "data": folder(path / "real", 6, 0),
        "held_out": folder(path / "test", 60, 1),
        "good": folder(path / "good", 150, 2),
        "others": folder(path / "others", 6, 4, ("dark", "green")),
    }


def told(folders, generated: str):
    return usefulness(
        None, folders["data"], task="classify", generated=folders[generated],
        held_out=folders["held_out"], repeats=2, log=quiet,
    )  # fmt: skip


def test_the_program_writes_numbers_and_a_figure(folders, tmp_path, capsys):
    argv = [
        "ada-evaluate", "--task=classify", f"--data={folders['data']}",
        f"--generated={folders['good']}", f"--held_out={folders['held_out']}",
        f"--outdir={tmp_path}", "--repeats=2", "--json",
    ]  # fmt: skip
    program.main(_command_line.parse(program.Flags, argv))
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "usefulness.json").read_text())
    assert printed["measure"] == "balanced accuracy"
    assert printed["arms"][-1]["score"] > 0.7  # of right pictures, alone
    assert [arm["share"] for arm in printed["arms"]] == [0, 0, 0, 0.25, 0.5, 0.75, 1]
    assert sum(arm["chosen"] for arm in printed["arms"]) == 2
    with PIL.Image.open(tmp_path / "usefulness.png") as figure:
        assert figure.width > 300


def test_classes_are_known_by_name(tmp_path):
    every = folder(tmp_path / "every", 3, 0, ("dark", "grey", "light"))
    real = open_dataset(DataConfig(str(every), cond=True, resolution=SIDE), log=quiet)
    given = folder(tmp_path / "some", 3, 1, ("grey", "light"))
    some = open_like(real, given, {}, quiet, cond=True)
    assert some.label_space.class_names == ("grey", "light")
    assert module._labels(some, real.label_space, "generated").tolist() == [1] * 3 + [2] * 3


def test_held_out_pictures_are_cut_as_those_of_the_run(folders, tmp_path):
    for name in ("dark", "light"):
        (tmp_path / name).mkdir()
        samples.noise(1, (SIDE, 2 * SIDE), "L").save(tmp_path / name / "0.png")
    whole = {"cond": True, "resolution": SIDE, "crop": "resize"}
    config = DataConfig(str(folders["data"]), **whole)
    tested = open_reals(config, tmp_path, quiet, cond=True).training.validation
    alone = open_dataset(DataConfig(str(tmp_path), channels=1, **whole), log=quiet)
    np.testing.assert_array_equal(tested.images([0, 1]), alone.images([0, 1]))
    assert tested.labels.tolist() == [0, 1]


def test_strange_classes_are_refused(folders):
    with refused("green"):
        told(folders, "others")


def test_too_few_pictures_are_refused(folders, tmp_path):
    folder(tmp_path / "few", 2, 0)
    with refused("few", "4 pictures"):
        told({**folders, "few": tmp_path / "few"}, "few")


def test_no_held_out_pictures_are_refused(folders):
    with refused("held_out"):
        usefulness(None, folders["data"], task="classify", generated=folders["good"], log=quiet)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("task", {"task": "sort"}),
        ("repeats", {"task": "classify", "repeats": 1}),
        ("network", {"task": "classify", "generated": "b"}),
    ],
)
def test_wrong_arguments_are_refused(name, given):
    with refused(name):
        usefulness("a", log=quiet, **given)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    names = tuple(map(str, range(10)))
    save_run(path, channels=1, classes=10, names=names)
    return path


def test_a_generator_makes_pictures_of_the_labels_of_training(run):
    generator, _ = load_generator(run)
    config = DataConfig("digits", cond=True, resolution=16, subset=40)
    training = open_dataset(config, log=quiet)
    pixels, labels = module._generated(generator, training, 30, 1.0, seed=0)
    assert pixels.shape == (30, 16, 16, 1)
    assert set(labels) <= set(training.labels)
    again, same = module._generated(generator, training, 30, 1.0, seed=0)
    np.testing.assert_array_equal(pixels, again)
    np.testing.assert_array_equal(labels, same)
    assert (module._generated(generator, training, 30, 1.0, seed=1)[0] != pixels).any()


def test_each_generated_picture_has_its_label(monkeypatch):
    """Also in parts, the last of which is not full."""
    made = []

    def generate(generator, *, seeds, labels, **_):
        assert len(seeds) == len(labels)
        made.extend(labels)
        return np.zeros([len(seeds), SIDE, SIDE, 1], np.float32)

    monkeypatch.setattr(module, "generate", generate)
    monkeypatch.setattr(module, "_AT_A_TIME", 8)
    training = open_dataset(DataConfig("digits", cond=True, resolution=16, subset=40), log=quiet)
    pixels, labels = module._generated(None, training, 20, 1.0, seed=0)
    assert len(pixels) == 20
    assert made == labels.tolist()


def test_other_data_are_not_split_as_those_of_the_run(run, monkeypatch):
    """The pictures that it held out are others."""
    checkpoint, generator, config, folder = open_run(run)
    config = dataclasses.replace(config, validation=30)
    monkeypatch.setattr(evaluate, "open_run", lambda _: (checkpoint, generator, config, folder))
    with refused("--validation"):
        usefulness(run, task="classify", log=quiet)


def test_a_run_without_labels_is_refused(tmp_path):
    save_run(tmp_path, channels=1)
    with refused("--cond"):
        usefulness(tmp_path, task="classify", log=quiet)


def test_a_run_that_held_nothing_out_is_refused(run):
    with refused("--validation"):
        usefulness(run, task="classify", log=quiet)


def test_large_pictures_are_averaged():
    pictures = np.arange(2 * 130 * 200, dtype=np.float32).reshape(2, 130, 200, 1)
    seen = module._seen(pictures)
    assert seen.shape == (2, 43, 66, 1)
    assert seen[0, 0, 0, 0] == pictures[0, :3, :3].mean()
    np.testing.assert_array_equal(module._seen(pictures[:, :64]), pictures[:, :64])


@pytest.mark.parametrize("beside", ["--metrics=kid1k", "--copies=100", "--features=lite0"])
def test_a_task_goes_alone(beside):
    with refused("task=classify"):
        _command_line.parse(program.Flags, ["ada-evaluate", "x", "--task=classify", beside])
