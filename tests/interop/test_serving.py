"""Exports as TensorFlow Serving uses them, which is not run here: see `rest`."""

import base64
import io
import json

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from ada_tf.images import to_uint8
from ada_tf.inference.generate import generate
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.interop.export.functions import NAMES
from ada_tf.interop.export.saved_model import export_saved_model, signatures
from ada_tf.marked_files import read_mark
from ada_tf.models.weights_hash import hash_of
from ada_tf.png import beginning
from tests.interop import rest
from tests.interop.architectures import ARCHITECTURES, build

CLASSES = "orig, grey, wide, classes"
ATTRIBUTES = "resnet, rgba, tall, attributes"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Name of an architecture -> (generator, loaded SavedModel), each made once."""
    made = {}

    def load(name):
        if name not in made:
            generator, of = build(name)
            path = export_saved_model(
                generator, tmp_path_factory.mktemp("served") / "faces" / "1", of
            )
            made[name] = generator, tf.saved_model.load(str(path))
        return made[name]

    return load


def decoded(answer) -> np.ndarray:
    """Pictures of a list of {"b64": PNG}."""
    files = [io.BytesIO(base64.b64decode(entry["b64"])) for entry in answer]
    return np.stack([np.asarray(PIL.Image.open(file), int) for file in files])


def rows(count=3, classes=False):
    z = latents_from_seeds(range(count), 8)
    psi = np.linspace(0, 1, count)
    found = [{"z": z[i].tolist(), "truncation_psi": psi[i]} for i in range(count)]
    return [row | {"label": i % 3} for i, row in enumerate(found)] if classes else found


def test_rows_are_pictures_each_with_its_own_psi_and_class(loaded):
    generator, model = loaded(CLASSES)
    asked = rows(classes=True)
    answer = json.loads(rest.predict(model.signatures, json.dumps({"instances": asked})))
    for row, found in zip(asked, answer["predictions"], strict=True):
        expected = generate(
            generator, [row["z"]], labels=row["label"], truncation_psi=row["truncation_psi"]
        )
        np.testing.assert_allclose(found, expected[0], rtol=1e-5, atol=1e-5)


def test_columns_are_the_same(loaded):
    _, model = loaded(CLASSES)
    asked = rows(classes=True)
    columns = {name: [row[name] for row in asked] for name in asked[0]}
    one, other = (
        json.loads(rest.predict(model.signatures, json.dumps(body)))
        for body in ({"instances": asked}, {"inputs": columns})
    )
    assert one["predictions"] == other["outputs"]


def test_png_is_the_picture_in_base64(loaded):
    generator, model = loaded(CLASSES)
    asked = rows(classes=True)
    body = {"signature_name": "png", "instances": asked}
    found = decoded(json.loads(rest.predict(model.signatures, json.dumps(body)))["predictions"])
    for row, pixels in zip(asked, found, strict=True):
        expected = generate(
            generator, [row["z"]], labels=row["label"], truncation_psi=row["truncation_psi"]
        )
        difference = np.abs(pixels - to_uint8(expected)[0, :, :, 0])
        assert difference.max() <= 1
        assert (difference > 0).mean() < 0.02


def test_a_picture_of_a_seed_is_that_of_generate(loaded):
    _, model = loaded("skip, rgb")
    body = {
        "signature_name": "generate_png",
        "instances": [{"seeds": 5, "truncation_psi": 0.7}, {"seeds": -6, "truncation_psi": 1}],
    }
    found = decoded(json.loads(rest.predict(model.signatures, json.dumps(body)))["predictions"])
    of = {"seeds": [5, -6], "truncation_psi": [0.7, 1]}
    expected = rest.run(model.signatures["generate"], of)["images"]
    np.testing.assert_array_equal(found, expected)
    assert np.abs(found[0] - found[1]).max() > 10


def test_rows_of_several_requests_can_be_one_batch(loaded):
    """Of vectors, whose mean costs something: rows that are not truncated go with those that are."""
    _, model = loaded(ATTRIBUTES)
    labels = [[0.0, 1.0], [0.5, -1.0], [2.0, 0.0]]
    asked = [row | {"labels": label} for row, label in zip(rows(), labels, strict=True)]
    together, *alone = (
        json.loads(rest.predict(model.signatures, json.dumps({"instances": part})))["predictions"]
        for part in (asked, *([row] for row in asked))
    )
    np.testing.assert_allclose(together, np.concatenate(alone), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [CLASSES, ATTRIBUTES, "skip, rgb"])
def test_every_input_and_output_has_the_rows(loaded, name):
    _, model = loaded(name)
    pictures = {"png", "generate_png"}
    assert model.signatures.keys() == {*NAMES, "serving_default", "generate", *pictures}
    for signature in model.signatures.values():
        specs = signature.structured_input_signature[1].values()
        for spec in (*specs, *signature.structured_outputs.values()):
            assert spec.shape[0] is None


def test_bands_have_no_png():
    (name,) = (name for name in ARCHITECTURES if "bands" in name)
    generator, of = build(name)
    found = signatures(generator, attributes=of.num_attributes > 0)
    assert found.keys() == {*NAMES, "serving_default", "generate"}


@pytest.mark.parametrize("bits", [8, 16])
def test_png_has_the_bits_of_the_pictures_and_says_what_it_is(bits, tmp_path):
    generator, _ = build("skip, rgb")
    png = signatures(generator, bits=bits)["generate_png"]
    seeds = tf.constant([1], tf.int64)
    (file,) = png(seeds=seeds, truncation_psi=tf.constant([1.0]))["png_bytes"].numpy()
    assert file[:8] == beginning(1, 1)[:8]
    assert file[24] == bits  # of IHDR
    (tmp_path / "a.png").write_bytes(file)
    assert read_mark(tmp_path / "a.png").sha256 == hash_of(generator)
