"""A network folder: what is written is read, whole or not at all, and what else there may be is refused."""

import dataclasses
import json
import os
import resource

import numpy as np
import pytest

from ada_tf import formats
from ada_tf.formats import OtherFormat
from ada_tf.images import to_uint8
from ada_tf.interop import network_folder
from ada_tf.interop.export.card import README
from ada_tf.interop.network_folder import FILE, WEIGHTS, About, is_one, read, write
from ada_tf.models.families import GENERATORS
from tests.interop.networks import built, images_of, make_network, published
from tests.sentences import refused

ABOUT = {
    "origin": "https://example.org/photos.pkl",
    "sha256": "0123456789abcdef",
    "licence": "CC BY-NC 4.0",
    "kimg": 25000.0,
}


@pytest.fixture(scope="module")
def network():
    return make_network(**ABOUT)


@pytest.fixture
def folder(network, tmp_path):
    return write(network, tmp_path / "photos")


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize(("dtype", "levels"), [("float32", 0), ("float16", 1)])
def test_what_is_written_is_read(dtype, levels, classes, tmp_path):
    network = make_network(classes=classes, class_names=("a", "b", "ü")[:classes], **ABOUT)
    folder = tmp_path / "new" / "photos"
    assert not is_one(folder)
    assert write(network, folder, dtype) == folder
    assert is_one(folder)
    found = read(folder)
    assert (found.architecture, found.about) == (network.architecture, network.about)
    assert found.weights.keys() == network.weights.keys()
    for group, arrays in network.weights.items():
        assert found.weights[group].keys() == arrays.keys()
        assert found.count(group) == sum(array.size for array in arrays.values()) > 1000
        for name, array in arrays.items():
            assert found.weights[group][name].dtype == np.float32
            np.testing.assert_array_equal(found.weights[group][name], array.astype(dtype))
    ours, theirs = (to_uint8(images_of(one)).astype(int) for one in (network, found))
    assert ours.std() > 10
    assert np.abs(ours - theirs).max() <= levels
    discriminator = built(found.architecture, "discriminator")
    found.restore(discriminator=discriminator)
    for name, array in published(discriminator).items():
        np.testing.assert_array_equal(array, found.weights["discriminator"][name])


def test_the_file_has_the_names_and_layouts_of_published_weights(network, tmp_path):
    write(network, tmp_path / "photos", np.float16)
    with np.load(tmp_path / "photos" / WEIGHTS) as arrays:
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float16)}
        shapes = {name: array.shape for name, array in arrays.items()}
    assert len(shapes) == sum(map(len, network.weights.values()))
    # [out, in, k, k], and [out, in]
    assert shapes["G_ema.synthesis.b4.const"] == (8, 4, 4)
    assert shapes["G_ema.synthesis.b8.conv0.weight"] == (8, 8, 3, 3)
    assert shapes["G_ema.synthesis.b8.torgb.weight"] == (1, 8, 1, 1)
    assert shapes["G_ema.mapping.w_avg"] == (8,)
    assert shapes["D.b8.fromrgb.weight"] == (8, 1, 1, 1)
    assert shapes["D.b4.fc.weight"] == (8, 8 * 4 * 4)


def test_it_says_its_format(folder):
    values = json.loads((folder / FILE).read_text())
    assert values["format"] == formats.NETWORK.number
    assert values["about"]["licence"] == "CC BY-NC 4.0"


def test_people_read_where_it_comes_from(folder):
    lines = (folder / README).read_text().splitlines()
    assert "# tiny" in lines
    assert "license: cc-by-nc-4.0" in lines
    assert "ada-generate photos --seeds=0-15 --grid --outdir=out" in lines
    assert "ada-train --resume=photos --data=photos/" in lines
    for line in (
        "- Origin: https://example.org/photos.pkl",
        "- SHA-256 of the origin: 0123456789abcdef",
        "- Licence: CC BY-NC 4.0",
        "- Trained: 25000 kimg",
        "- Holds: generator (average), discriminator",
    ):
        assert line in lines
    assert any("8x8 grey images, for" in line for line in lines)


def test_what_is_not_known_is_not_said(tmp_path):
    write(make_network(["generator"], channels=3, classes=3, kimg=0.0), tmp_path / "photos")
    text = (tmp_path / "photos" / README).read_text()
    assert "8x8 RGB images, 3 classes, for" in text
    assert "\n- Trained: 0 kimg\n- Holds: generator\n\n" in text
    assert "- Licence: not said; ask whoever published it\n" in text
    assert "Origin" not in text
    assert "license" not in text
    assert "--resume=photos --resume_partial" in text  # there is no discriminator to go on with


def test_names_that_are_no_text(network, tmp_path):
    """Paths may hold bytes that are no UTF-8, and what a stranger says of a network lines."""
    about = About(name=os.fsdecode(b"\xff"), licence="a\n- Origin: b")
    write(dataclasses.replace(network, about=about), tmp_path / os.fsdecode(b"\xfe"))
    assert read(tmp_path / os.fsdecode(b"\xfe")).about == about
    text = (tmp_path / os.fsdecode(b"\xfe") / README).read_text()
    assert "\n# \\udcff\n" in text
    assert 'license: other\nlicense_name: "a\\n- Origin: b"\n' in text
    assert "\n- Licence: a\\n- Origin: b\n" in text


def contents(folder) -> dict:
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def test_a_folder_that_holds_something_is_left_alone(network, folder, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("work of years")
    (tmp_path / "file").write_text("x")
    before = contents(tmp_path)
    for name in ("thesis", "photos", "file"):
        with refused(name):
            write(network, tmp_path / name)
    assert contents(tmp_path) == before


def test_an_empty_folder_is_taken(network, tmp_path):
    (tmp_path / "photos").mkdir()
    assert is_one(write(network, tmp_path / "photos"))
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_an_address_is_no_folder(network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with refused("out='https://x.org/photos'"):
        write(network, "https://x.org/photos")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("size", [100, 20_000])
def test_a_full_disk_leaves_nothing(network, tmp_path, size, there):
    """A limit on file sizes stands for the full disk."""
    if there:
        (tmp_path / "photos").mkdir()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
    try:
        with refused():
            write(network, tmp_path / "photos")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert [path.name for path in tmp_path.rglob("*")] == ["photos"] * there


@pytest.mark.parametrize("part", [FILE, README])
def test_a_fault_at_the_last_file_leaves_nothing(network, tmp_path, monkeypatch, part):
    def failing(self, *arguments, **options):
        if self.name == part:
            raise OSError(28, "No space left on device")
        return original(self, *arguments, **options)

    original = network_folder.pathlib.Path.write_text
    monkeypatch.setattr(network_folder.pathlib.Path, "write_text", failing)
    with refused():
        write(network, tmp_path / "photos")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["b4.out.bias", "b4.fc.weight"])
@pytest.mark.parametrize(
    ("value", "dtype"), [(np.nan, "float32"), (-np.inf, "float32"), (70000.0, "float16")]
)
def test_numbers_that_the_file_could_not_hold_are_not_written(tmp_path, name, value, dtype):
    """One is enough."""
    network = make_network()
    network.weights["discriminator"][name].flat[-1] = value
    with refused(dtype):
        write(network, tmp_path / "photos", dtype)
    assert list(tmp_path.iterdir()) == []
    network.weights["discriminator"][name].flat[-1] = 70000.0
    assert read(write(network, tmp_path / "photos")).count("discriminator")


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        (["generator_ema"], "generator"),
        (["generator"], "generator_ema"),
        (["generator", "generator_ema"], "generator"),
        (["generator", "generator_ema"], "generator_ema"),
    ],
)
def test_one_generator_stands_in_for_the_other(held, asked, tmp_path):
    network = make_network(held)
    taken = network.weights[asked if asked in held else held[0]]
    generator = built(network.architecture, asked)
    read(write(network, tmp_path / "photos")).restore(**{asked: generator})
    for name, array in published(generator).items():
        np.testing.assert_array_equal(array, taken[name])


@pytest.mark.parametrize(
    ("held", "asked", "missing"),
    [
        ("generator_ema", "discriminator", "discriminator"),
        ("discriminator", "generator", "generator"),
        ("discriminator", "generator_ema", "generator"),
    ],
)
def test_a_missing_network_is_a_sentence(held, asked, missing, tmp_path):
    network = make_network([held])
    with refused(missing):
        network.restore(**{asked: built(network.architecture, asked)})
    folder = write(network, tmp_path / "photos")
    with refused(folder, missing):
        read(folder).restore(**{asked: built(network.architecture, asked)})


def arrays(change):
    """A change of the arrays of a folder, given by name, in place."""

    def changed(folder):
        with np.load(folder / WEIGHTS) as file:
            values = dict(file)
        change(values)
        np.savez(folder / WEIGHTS, **values)

    return changed


def renamed(old, new):
    return arrays(lambda values: values.update({new: values.pop(old)}))


def array(value, name="G_ema.mapping.fc0.weight"):
    return arrays(lambda values: values.update({name: value}))


def text(content):
    return lambda folder: (folder / FILE).write_text(content)


def described(change):
    """A change of network.json, given as a dictionary, in place."""

    def changed(folder):
        values = json.loads((folder / FILE).read_text())
        change(values)
        (folder / FILE).write_text(json.dumps(values))

    return changed


def architecture(**values):
    return described(lambda found: found["architecture"].update(values))


def shape(**values):
    return described(lambda found: found["architecture"]["shape"].update(values))


def about(**values):
    return described(lambda found: found["about"].update(values))


BROKEN = {
    "no weights": (lambda f: (f / WEIGHTS).unlink(), WEIGHTS),
    "no archive": (lambda f: (f / WEIGHTS).write_text("x"), WEIGHTS),
    "another group": (renamed("D.b4.out.bias", "E.b4.out.bias"), WEIGHTS),
    "a name without group": (renamed("D.b4.out.bias", "bias"), WEIGHTS),
    "whole numbers": (array(np.zeros([8, 8], int)), WEIGHTS),
    "another name": (
        renamed("G_ema.mapping.fc0.weight", "G_ema.mapping.fc9.weight"),
        "",
    ),
    "a long name": (array(np.zeros(1), f"D.{'x' * 10**4}"), ""),
    "a name of lines": (array(np.zeros(1), "D." + "\n" * 99), ""),
    "too few": (
        arrays(lambda values: values.pop("D.b4.out.bias")), ""
    ),
    **{
        f"shape {shape} for {name}": (
            array(np.zeros(shape), name),
            "",
        )
        for name in ("G_ema.mapping.fc0.weight", "G_ema.synthesis.b8.conv0.weight", "D.b4.fc.weight")
        for shape in ([], [8], [3, 8], [8, 8, 3], [8, 128, 1, 1])
    },
    "empty": (text(""), FILE),
    "cut": (text('{"format": 1,'), FILE),
    "a list": (text("[]"), FILE),
    "no format": (described(lambda v: v.pop("format")), FILE),
    "no architecture": (described(lambda v: v.pop("architecture")), FILE),
    "no origin": (described(lambda v: v.pop("about")), FILE),
    "no name": (described(lambda v: v["about"].pop("name")), FILE),
    "height 2^40": (shape(height=2**40), FILE),
    "side 15": (shape(height=15, width=15), FILE),
    "unknown": (architecture(evil=1), FILE),
    "class names": (about(class_names=[["a"], 2]), FILE),
    "name": (about(name=7), FILE),
    "kimg": (about(kimg=float("nan")), FILE),
}  # fmt: skip


def load(folder):
    """Read all of it, and load what it holds."""
    network = read(folder)
    network.restore(**{group: built(network.architecture, group) for group in network.weights})


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_one_sentence_that_names_the_file(case, folder):
    change, file = BROKEN[case]
    change(folder)
    with refused() as caught:
        load(folder)
    assert str(caught.value).startswith(f"{folder / file} ")
    assert len(str(caught.value).replace(str(folder), "")) < 400
    assert str(caught.value).isprintable()


def test_a_newer_format_is_told(folder):
    described(lambda values: values.update(format=99, ada_tf="9.9"))(folder)
    with pytest.raises(OtherFormat, match=r"network.json was written by a newer ada_tf \(9.9\)"):
        read(folder)


def test_more_than_float32_holds_is_infinite_without_a_warning(folder):
    array(np.full([8, 8], 1e300))(folder)
    assert np.isinf(read(folder).weights["generator_ema"]["mapping.fc0.weight"]).all()


def test_no_folder(tmp_path):
    with refused("none/network.json"):
        read(tmp_path / "none")


def test_another_family_is_refused_in_a_sentence(network, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(GENERATORS, "small", GENERATORS["stylegan2"])
    of = network.architecture
    small = dataclasses.replace(of, network=dataclasses.replace(of.network, generator="small"))
    with refused("'small'", "stylegan2"):
        write(dataclasses.replace(network, architecture=small), tmp_path / "other")
    assert not (tmp_path / "other").exists()
    record = json.loads((folder / FILE).read_text())
    record["architecture"]["network"]["generator"] = "small"
    (folder / FILE).write_text(json.dumps(record))
    with refused("'small'", "stylegan2"):
        read(folder)
