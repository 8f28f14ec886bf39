"""A directory of a stranger names classes, files and formats; nothing of it is believed."""

import json
import os
import re
import shutil
import struct
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.sources import tfds_sets
from ada_tf.errors import UserError
from tests.data import samples

CORE = "tensorflow_datasets.core.features."
IMAGE = {"pythonClassName": f"{CORE}image_feature.Image", "image": {"shape": {}, "dtype": "uint8"}}
EVIL = {"pythonClassName": "evilmod.Image", "image": {"shape": {}, "dtype": "uint8"}}
OLD_EVIL = {"type": "evilmod.Image", "content": {}, "proto_cls": ""}


def features(**inner) -> dict:
    """What `features.json` of a dictionary of features says."""
    return {
        "pythonClassName": f"{CORE}features_dict.FeaturesDict",
        "featuresDict": {"features": inner},
    }


def sequence(inner) -> dict:
    return {"pythonClassName": f"{CORE}sequence_feature.Sequence", "sequence": {"feature": inner}}


def in_text(inner) -> dict:
    """A feature whose content is JSON inside a text."""
    content = json.dumps({"feature": inner, "length": None})
    return {"pythonClassName": f"{CORE}sequence_feature.Sequence", "jsonFeature": {"json": content}}


def named(name: str) -> dict:
    return features(image={**EVIL, "pythonClassName": name})


EVASIONS = {
    "plain": features(image=EVIL),
    "on top": EVIL,
    "beside an image": features(image=IMAGE, other=EVIL),
    "in a sequence": features(image=sequence(sequence(EVIL))),
    "other spelling": features(image={**EVIL, "python_class_name": "evilmod.Image"}),
    "only the other spelling": features(image={"python_class_name": "evilmod.Image", "image": {}}),
    "before TFDS 4.4": OLD_EVIL,
    "before TFDS 4.4, nested": {
        "type": f"{CORE}features_dict.FeaturesDict",
        "content": {"image": OLD_EVIL},
    },
    "in a text": features(image=in_text(OLD_EVIL)),
    "in a text in a text": features(image=in_text(in_text(EVIL))),
    "upper case": named("EVILMOD.Image"),
    "dots": named("evilmod.sub.Image"),
    "no dot": named("evilmod"),
    "relative": named("..evilmod.Image"),
    "a module of TFDS that is none": named(f"{CORE}evilmod.Image"),
    "a class of TFDS that is none": named(f"{CORE}image_feature.Evil"),
    "another part of TFDS": named("tensorflow_datasets.testing.test_utils.DummyDataset"),
    "TFDS with an end": named(f"{CORE}image_feature.Image\0evilmod.Image"),
    "space": named(" evilmod.Image"),
    "look-alike": named(f"{CORE}image_feature.Im\u0430ge"),
    "empty": named(""),
    "library": named("os.path"),
    "a file of names": {
        "type": f"{CORE}class_label_feature.ClassLabel",
        "content": {"names_file": "/etc/passwd"},
    },
    "labels from a file": {
        "type": f"{CORE}labeled_image.LabeledImage",
        "content": {"labels": "/etc/passwd"},
    },
    "so many classes": features(
        label={
            "pythonClassName": f"{CORE}class_label_feature.ClassLabel",
            "classLabel": {"numClasses": "1000000000"},
        }
    ),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A directory that TFDS has written, of images in two classes."""
    root = tmp_path_factory.mktemp("published")
    info = tfds.core.DatasetInfo(
        builder=tfds.core.DatasetIdentity(
            name="pets", version="1.0.0", data_dir=str(root), module_name="pets"
        ),
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(),
                "label": tfds.features.ClassLabel(names=["cat", "dog"]),
                "boxes": tfds.features.Sequence({"bbox": tfds.features.BBoxFeature()}),
                "type": tfds.features.Text(),
                "labels": tfds.features.Tensor(shape=(2,), dtype=np.float32),
                "size": tfds.features.Scalar(dtype=np.int64),
            }
        ),
    )
    writer = tfds.core.SequentialWriter(info, max_examples_per_shard=2)
    writer.initialize_splits(["train"])
    examples = [
        {
            "image": np.asarray(samples.noise(seed)),
            "label": seed % 2,
            "boxes": [{"bbox": tfds.features.BBox(0.0, 0.0, 1.0, 1.0)}],
            "type": "x",
            "labels": [0, 1],
            "size": seed,
        }
        for seed in range(3)
    ]
    writer.add_examples({"train": examples})
    writer.close_all()
    return root


@pytest.fixture
def folder(published, tmp_path, monkeypatch):
    """A copy of the directory, and beside it a module that could be imported."""
    (tmp_path / "evilmod.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield shutil.copytree(published, tmp_path / "pets")
    assert "evilmod" not in sys.modules


def _open(source, **wishes):
    cache = {"cache_dir": str(wishes.pop("cache"))} if "cache" in wishes else {}
    return open_dataset(DataConfig(str(source), **cache, **wishes), samples.quiet)


def _refusal(source, **wishes) -> str:
    with pytest.raises(UserError) as caught:
        _open(source, **wishes)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 500
    return message


def test_what_tfds_writes_is_accepted(folder, tmp_path):
    dataset = _open(folder, cache=tmp_path / "cache", cond=True)
    assert dataset.class_names == ("cat", "dog")
    np.testing.assert_array_equal(dataset.labels, [0, 1, 0])
    np.testing.assert_array_equal(dataset.images([2])[0], samples.reference(samples.noise(2), 20))


@pytest.mark.parametrize("name", [name for name in dir(tfds.features) if name in (
    "Audio", "BBoxFeature", "ClassLabel", "Dataset", "FeaturesDict", "Image", "LabeledImage", "Scalar",
    "Sequence", "Tensor", "Text", "Translation", "TranslationVariableLanguages", "Video",
)])  # fmt: skip
def test_every_feature_of_tfds_is_on_the_list(name):
    cls = getattr(tfds.features, name)
    assert f"{cls.__module__}.{cls.__name__}" in tfds_sets.CLASSES


@pytest.mark.parametrize("place", ["features.json", "dataset_info.json"])
@pytest.mark.parametrize("evasion", EVASIONS)
def test_no_class_of_a_stranger_is_imported(folder, evasion, place):
    if place == tfds_sets.FEATURES:
        (folder / place).write_text(json.dumps(EVASIONS[evasion]))
    else:
        info = json.loads((folder / place).read_text())
        (folder / place).write_text(json.dumps({**info, "features": EVASIONS[evasion]}))
    message = _refusal(folder)
    assert str(folder / place) in message
    assert re.search(r"names the (class|file)|more than 100000", message)


def test_no_class_of_a_stranger_is_imported_by_name(folder, tmp_path):
    target = tmp_path / "data" / "pets" / "big" / "1.0.0"
    shutil.copytree(folder, target)
    (target / "features.json").write_text(json.dumps(EVASIONS["plain"]))
    for name in ("tfds:pets/big", "tfds:pets/big:1.0.0"):
        assert "names the class 'evilmod.Image'" in _refusal(name, data_dir=str(tmp_path / "data"))


@pytest.mark.parametrize("name", ["../../elsewhere", "/etc", "", "..", 7, None])
def test_the_usual_configuration_is_inside_the_folder(folder, tmp_path, name):
    outside = tmp_path / "elsewhere" / "1.0.0"
    shutil.copytree(folder, outside)
    marked = tmp_path / "data" / "pets" / ".config"
    marked.mkdir(parents=True)
    (marked / "metadata.json").write_text(json.dumps({"default_config_name": name}))
    message = _refusal("tfds:pets", data_dir=str(tmp_path / "data"))
    assert "metadata.json cannot be read as the name of a configuration" in message


def test_the_highest_wanted_version_is_taken(folder, tmp_path):
    data, cache = tmp_path / "data", tmp_path / "cache"
    for version in ("1.0.0", "1.10.0", "1.9.0", "2.0.0", "x"):
        copy = shutil.copytree(folder, data / "pets" / version)
        info = json.loads((copy / "dataset_info.json").read_text())
        (copy / "dataset_info.json").write_text(json.dumps({**info, "version": version}))
    for wanted, found in (("1.*.*", "1.10.0"), ("1.9.0", "1.9.0"), ("*.*.*", "2.0.0")):
        _open(f"tfds:pets:{wanted}", data_dir=str(data), cache=cache)
        (report,) = cache.glob("*/data_report.txt")
        assert f"source: {data / 'pets' / found}\n" in report.read_text()
        shutil.rmtree(cache)


TEXTS = {
    "the same key twice": '{"pythonClassName": "x.Y", "pythonClassName": "x.Y"}',
    "deep": '{"a":' * 100_000,
    "deep in a text": json.dumps({"json": '{"json":' * 50_000}),
    "deep enough to be read": '{"a":' * 900 + "1" + "}" * 900,
    "a list": "[]",
    "nothing": "",
    "UTF-16": json.dumps(features(image=IMAGE)).encode("utf-16"),
    "no text": b"\xff\xfe\x00",
    "null": b"null",
    "zeros": bytes(100),
}


@pytest.mark.parametrize("name", ["features.json", "dataset_info.json"])
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_description_is_a_sentence(folder, name, text):
    content = TEXTS[text]
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert str(folder) in _refusal(folder)


@pytest.mark.parametrize("name", ["features.json", "dataset_info.json", "label.labels.txt"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "loop", "giant"])
def test_descriptions_are_regular_files_of_a_size(folder, name, kind):
    (folder / name).unlink()
    {
        "pipe": os.mkfifo,
        "device": lambda path: path.symlink_to("/dev/zero"),
        "folder": os.mkdir,
        "loop": lambda path: path.symlink_to(path),
        "giant": lambda path: path.write_bytes(b"") or os.truncate(path, 2**40),
    }[kind](folder / name)
    assert name in _refusal(folder)


def test_a_description_may_be_a_link(folder, tmp_path):
    (folder / "features.json").rename(tmp_path / "real.json")
    (folder / "features.json").symlink_to(tmp_path / "real.json")
    assert _open(folder, cache=tmp_path / "cache").num_images == 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "../../elsewhere"),
        ("name", "/etc/passwd"),
        ("name", ""),
        ("name", 7),
        ("fileFormat", "riegeli"),
        ("file_format", "parquet"),
        ("alternativeFileFormats", ["tfrecord", "bagz"]),
        ("splits", [{"name": "../train", "shardLengths": ["3"]}]),
        ("splits", [{"name": "train", "filepathTemplate": "/etc/{SPLIT}"}]),
        ("splits", [{"name": "train", "filepath_template": "../{SPLIT}"}]),
        ("splits", [{"name": "train", "filepathTemplate": "{SPLIT:>1000000000}"}]),
        ("splits", [{"name": "train", "filepathTemplate": "{SPLIT.__class__}"}]),
        ("splits", 7),
        ("splits", [7]),
        ("version", "one"),
    ],
)  # fmt: skip
def test_files_are_those_of_the_folder(folder, key, value):
    info = json.loads((folder / "dataset_info.json").read_text())
    (folder / "dataset_info.json").write_text(json.dumps({**info, key: value}))
    assert str(folder) in _refusal(folder)


@pytest.mark.parametrize("length", [2**40, 2**63 - 1, 2**64 - 1, 10**6])
def test_a_record_longer_than_its_file_does_not_end_the_process(folder, tmp_path, length):
    """TensorFlow believes a length whose checksum is right, and crashes."""
    (first, _) = sorted(folder.glob("*.tfrecord-*"))
    head = struct.pack("<Q", length)
    crc = _crc32c(head)
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF  # as TFRecord files store it
    first.write_bytes(head + struct.pack("<I", masked) + b"abc")
    assert "cut short" in _refusal(folder, cache=tmp_path / "cache")


def _crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)  # the polynomial of Castagnoli
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize("damage", ["lost", "pipe", "flip", "labels"])
def test_damaged_records_are_a_sentence(folder, tmp_path, damage):
    first = min(folder.glob("*.tfrecord-*"))
    data = bytearray(first.read_bytes())
    data[-100] ^= 1
    if damage == "labels":
        info = json.loads((folder / "features.json").read_text())
        info["featuresDict"]["features"]["label"]["classLabel"]["numClasses"] = "1"
        (folder / "features.json").write_text(json.dumps(info))
        (folder / "label.labels.txt").write_text("cat\n")
    else:
        first.unlink()
    if damage == "pipe":
        os.mkfifo(first)
    if damage == "flip":
        first.write_bytes(data)
    assert str(folder) in _refusal(folder, cache=tmp_path / "cache")
    assert not [path for path in tmp_path.glob("cache/*") if path.is_dir()]
