import dataclasses
import json

import numpy as np
import PIL.Image
import pytest

from ada_tf.interop.export.card import GRID, LICENCES, README, Facts, card, write
from ada_tf.label_space import LabelSpace
from ada_tf.models.families import GENERATORS
from tests.interop.architectures import ARCHITECTURES

PLAIN = Facts(name="faces", architecture=ARCHITECTURES["skip, rgb"], space=LabelSpace())
KNOWN = dataclasses.replace(
    PLAIN,
    licence="CC BY 4.0",
    data_licence="CC0",
    images=1234,
    kimg=120.5,
    started_from="creatures",
    p=0.314159,
    scores=(("kid1k_held_lite0", "0.0123 ± 0.0021", "1000 generated images, no truncation"),),
    copies="Of 1,000 generated images 2 look like copies.",
)


def front_matter(text: str) -> dict:
    """What a hub reads: lines of YAML of which texts in JSON are a part."""
    _, block, rest = text.split("---\n", 2)
    assert text.startswith("---\n")
    assert rest.startswith("\n# ")
    found = {}
    for line in block.splitlines():
        if line.startswith("- "):
            found[key].append(line[2:])  # noqa: F821 - of the line before
            continue
        key, value = line.split(":", 1)
        value = value.strip()
        found[key] = json.loads(value) if value.startswith('"') else value or []
    return found


def test_what_a_hub_reads():
    found = front_matter(card(KNOWN, "onnx", "faces"))
    assert found.pop("tags") == ["stylegan2-ada", "gan", "image-generation", "onnx"]
    assert found == {
        "library_name": "ada_tf",
        "license": "cc-by-4.0",
        "pipeline_tag": "unconditional-image-generation",
    }


@pytest.mark.parametrize(
    ("given", "license", "name"),
    [
        ("", None, None),
        ("CC0", "cc0-1.0", None),
        ("Apache-2.0", "apache-2.0", None),
        ("cc by-nc_4.0", "cc-by-nc-4.0", None),
        ("Ask: me", "other", "Ask: me"),
        ('"\\\n# x: - | ü', "other", '"\\\n# x: - | ü'),
    ],
)
def test_licences_are_called_as_hubs_call_them(given, license, name):
    text = card(dataclasses.replace(PLAIN, licence=given), "keras", "faces")
    found = front_matter(text)
    assert (found.get("license"), found.get("license_name")) == (license, name)
    assert license in (None, "other") or license in LICENCES


def test_what_is_known_is_said():
    text = card(KNOWN, "keras", "faces", grid=True)
    for line in (
        "# faces",
        "![Images of sixteen seeds, truncation 0.7](grid.png)",
        "- Pictures: 1,234",
        "- Licence of the pictures: CC0",
        "- Licence: CC BY 4.0",
        "- Started from: creatures",
        "- Trained: 120.5 kimg",
        "- Augmentation at the end: p = 0.31",
        "| kid1k_held_lite0 | 0.0123 ± 0.0021 | 1000 generated images, no truncation |",
        "Of 1,000 generated images 2 look like copies.",
        "## What not to use it for",
    ):
        assert f"\n{line}\n" in text
    assert "16x16 RGB images, for ada_tf" in text


def test_the_family_is_named(monkeypatch):
    """A generator of somebody else's family is no StyleGAN2, for people and for hubs."""
    monkeypatch.setitem(GENERATORS, "small", GENERATORS["stylegan2"])
    of = PLAIN.architecture
    network = dataclasses.replace(of.network, generator="small")
    facts = dataclasses.replace(PLAIN, architecture=dataclasses.replace(of, network=network))
    text = card(facts, "onnx", "faces")
    assert "A generator of the family small for 16x16 RGB images, for ada_tf" in text
    assert front_matter(text)["tags"][0] == "small"
    assert "stylegan2" not in text.lower()
    assert "A StyleGAN2 of 16x16 RGB images, for ada_tf" in card(PLAIN, "onnx", "faces")


def test_what_is_not_known_is_said_not_to_be():
    text = card(PLAIN, "keras", "faces")
    for line in (
        "- Pictures: not known how many",
        "- Licence of the pictures: not said; ask whoever published it",
        "None are known of this state of the generator.",
        "Copies of training pictures were not looked for.",
    ):
        assert f"\n{line}\n" in text
    assert "grid.png" not in text
    assert "kimg" not in text


def test_texts_of_others_are_texts():
    """Names and protocols come from files: they open no line, no cell and no element of HTML."""
    evil = "a\n## b | <script>alert(1)</script>"
    space = LabelSpace(2, (evil, "b"))
    facts = dataclasses.replace(
        KNOWN, name=evil, space=space, data_licence=evil, scores=((evil, evil, evil),), copies=evil
    )
    lines = card(facts, "network", "faces").splitlines()
    plain, code = [], False
    for line in lines:
        code ^= line.startswith("```")
        plain += [] if code else [line]
    assert not any("<script" in line for line in plain)
    assert "## b" not in [line[:4] for line in lines]
    (row,) = (line for line in plain if line.startswith("| a"))
    assert row.count("|") == 4


def test_a_folder_of_versions_gives_no_name():
    text = card(PLAIN, "savedmodel", "1")
    assert "tf.saved_model.load('faces/1')" in text
    assert "'faces/1/1.onnx'" in card(PLAIN, "onnx", "1")
    assert "'photos/photos.tflite'" in card(PLAIN, "litert", "photos")


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_pictures_stand_in_a_grid(tmp_path, channels):
    images = np.zeros([16, 6, 4, channels], np.float32)
    images[5, ..., :3] = 1
    write(tmp_path, PLAIN, "keras", images)
    assert {path.name for path in tmp_path.iterdir()} == {README, GRID}
    with PIL.Image.open(tmp_path / GRID) as grid:
        assert grid.size == (16, 24)
