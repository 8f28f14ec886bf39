import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import ada_tf
from ada_tf.images import to_uint8
from ada_tf.inference.generate import generate, map_latents, synthesize
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop.export.folders import check_format, describe
from ada_tf.interop.export.saved_model import _latents, export_saved_model
from tests.inference.runs import NETWORK, run_config, save_run
from tests.sentences import refused

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}

# Loads an export where neither ada_tf nor Keras objects of ours exist, and saves what it renders.
STRANGER = """
import sys
sys.modules["ada_tf"] = None
import numpy as np, tensorflow as tf
folder, inputs, outputs = sys.argv[1:]
model = tf.saved_model.load(folder)
x = {k: tf.constant(v) for k, v in np.load(inputs).items()}
images = model.signatures["serving_default"](**x)["images"]
np.save(outputs, images.numpy())
"""


def in_json(values):
    return json.loads(json.dumps(values))


@dataclasses.dataclass
class Exported:
    """An export, the generator it came from, and the loaded model (which must stay referenced)."""

    path: object
    generator: object
    model: object

    def __call__(self, name, **inputs):
        rows = {len(value) for value in inputs.values() if np.ndim(value)}
        tensors = {
            k: tf.constant(np.broadcast_to(v, rows) if np.ndim(v) == 0 else v)
            for k, v in inputs.items()
        }
        (result,) = self.model.signatures[name](**tensors).values()
        return result.numpy()


def export(folder, **options):
    save_run(folder / "run", **options)
    generator, config = load_generator(folder / "run")
    path = export_saved_model(generator, folder / "deep" / "exported", config)
    return Exported(path, generator, tf.saved_model.load(str(path)))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return export(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    return export(tmp_path_factory.mktemp("conditional"), resolution=8, channels=1, classes=3)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("psi", [1.0, 0.5])
def test_serving_default_is_the_generator(plain, count, psi):
    z = latents_from_seeds(range(count), 8)
    expected = plain.generator(z, truncation_psi=psi, noise_mode="const").numpy()
    images = plain("serving_default", z=z, truncation_psi=np.float32(psi))
    assert images.shape == (count, 16, 16, 3)
    np.testing.assert_allclose(images, expected, **TOLERANCE)


def test_mapping_then_synthesis_is_the_generator(plain):
    z = latents_from_seeds([4, 5], 8)
    ws = plain("mapping", z=z, truncation_psi=np.float32(0.6))
    np.testing.assert_allclose(ws, plain.generator.map(z, None, 0.6).numpy(), **TOLERANCE)
    expected = plain.generator(z, truncation_psi=0.6).numpy()
    np.testing.assert_allclose(plain("synthesis", ws=ws), expected, **TOLERANCE)


def test_generated_images_depend_on_their_seed_alone(plain):
    psi = np.float32(1)
    seeds = np.array([7, 2**40, 7, -3], np.int64)
    images = plain("generate", seeds=seeds, truncation_psi=psi)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[0], images[2])
    for i in (1, 3):
        alone = plain("generate", seeds=seeds[i : i + 1], truncation_psi=psi)
        # A batch of another size may round another way, which can move a byte by one.
        difference = np.abs(images[i].astype(int) - alone[0])
        assert difference.max() <= 1
        assert difference.mean() < 0.01
        assert np.abs(images[i].astype(int) - images[0]).max() > 10


def test_generated_latents_are_normal_and_images_quantised_like_images(plain):
    z = tf.function(_latents)(tf.range(4000, dtype=tf.int64), 8)
    assert z.shape == (4000, 8)
    # 4 standard errors of the mean and of the variance of 32000 draws
    np.testing.assert_allclose(np.mean(z), 0, atol=4 / np.sqrt(32000))
    np.testing.assert_allclose(np.var(z), 1, atol=4 * np.sqrt(2 / 32000))
    np.testing.assert_allclose(np.corrcoef(np.transpose(z)), np.eye(8), atol=4 / np.sqrt(4000))

    floats = plain("serving_default", z=z[:2].numpy(), truncation_psi=np.float32(1))
    images = plain("generate", seeds=np.arange(2), truncation_psi=np.float32(1))
    assert np.abs(to_uint8(floats).astype(int) - images).max() <= 1
    assert np.mean(to_uint8(floats) != images) < 0.01


def test_classes(conditional):
    z, labels = latents_from_seeds([1, 2], 8), np.array([2, 0], np.int32)
    expected = conditional.generator(z, tf.one_hot(labels, 3)).numpy()
    inputs = {"label": labels, "truncation_psi": np.float32(1)}
    images = conditional("serving_default", z=z, **inputs)
    np.testing.assert_allclose(images, expected, **TOLERANCE)
    ws = conditional("mapping", z=z, **inputs)
    np.testing.assert_allclose(conditional("synthesis", ws=ws), expected, **TOLERANCE)
    seeds = np.array([5, 5], np.int64)
    drawn = conditional("generate", seeds=seeds, **inputs)
    assert drawn.shape == (2, 8, 8, 1)
    assert np.any(drawn[0] != drawn[1])


def test_truncation_pulls_to_the_mean_of_the_class_or_of_all(conditional, tmp_path):
    generator, z = conditional.generator, latents_from_seeds([1, 2, 3], 8)
    labels = np.array([2, 0, 2], np.int32)
    _, config = load_generator(conditional.path.parent.parent / "run")
    path = export_saved_model(generator, tmp_path / "global", config, truncation="global")
    of_all = Exported(path, generator, tf.saved_model.load(str(path)))
    one_hot = tf.one_hot(labels, 3)
    for psi in (0.0, 0.5, 1.0):
        inputs = {"z": z, "label": labels, "truncation_psi": np.float32(psi)}
        expected = map_latents(generator, z, labels=labels, truncation_psi=psi)
        np.testing.assert_allclose(conditional("mapping", **inputs), expected, **TOLERANCE)
        expected = generator.map(z, one_hot, psi)
        np.testing.assert_allclose(of_all("mapping", **inputs), expected, **TOLERANCE)
    with refused("truncation='mean'"):
        export_saved_model(generator, tmp_path / "x", config, truncation="mean")
    assert [p.name for p in tmp_path.iterdir()] == ["global"]


@pytest.fixture(scope="module")
def with_attributes(tmp_path_factory):
    ranges = {"smiling": (0.0, 1.0, 1.0), "age": (-1.0, 0.25, 3.0)}
    folder = tmp_path_factory.mktemp("attributes")
    return export(folder, resolution=8, channels=1, classes=2, names=("cat", "dog"), ranges=ranges)


@pytest.mark.parametrize("psi", [0.0, 0.5, 1.0])
def test_vectors_are_pulled_to_the_mean_of_their_label(with_attributes, psi):
    generator, z = with_attributes.generator, latents_from_seeds([1, 2, 3], 8)
    labels = np.array([[1, 0, 0, 3], [0.5, 0.5, 1, -1], [0, 1, 1, 0.25]], np.float32)
    expected = map_latents(generator, z, labels=labels, truncation_psi=psi)
    if psi == 0:
        assert np.abs(expected[0] - expected[1]).max() > 1e-3
    inputs = {"labels": labels, "truncation_psi": np.float32(psi)}
    found = with_attributes("mapping", z=z, **inputs)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    images = with_attributes("serving_default", z=z, **inputs)
    np.testing.assert_allclose(images, synthesize(generator, expected), rtol=1e-3, atol=1e-4)
    seeds = np.array([5, 5, 5], np.int64)
    assert with_attributes("generate", seeds=seeds, **inputs).shape == (3, 8, 8, 1)


def test_an_export_keeps_the_names_of_its_labels(with_attributes):
    record = json.loads((with_attributes.path / "ada_tf.json").read_text())
    assert record["class_names"] == ["cat", "dog"]
    assert record["attributes"] == ["smiling", "age"]
    assert record["attribute_ranges"] == [[0, 1, 1], [-1, 0.25, 3]]


@pytest.mark.parametrize("label", [3, -1])
def test_a_class_that_does_not_exist_is_an_error(conditional, label):
    z = latents_from_seeds([1], 8)
    with pytest.raises(tf.errors.InvalidArgumentError, match="class numbers of 0 to 2"):
        conditional(
            "serving_default", z=z, label=np.array([label], np.int32), truncation_psi=np.float32(1)
        )


def test_a_process_without_ada_tf_renders_the_same(conditional, tmp_path):
    inputs = {
        "z": latents_from_seeds(range(5), 8),
        "label": np.array([0, 1, 2, 1, 0], np.int32),
        "truncation_psi": np.full(5, 0.8, np.float32),
    }
    np.savez(tmp_path / "inputs.npz", **inputs)
    arguments = [str(conditional.path), str(tmp_path / "inputs.npz"), str(tmp_path / "images.npy")]
    # -I: neither the current folder nor PYTHONPATH is searched.
    subprocess.run([sys.executable, "-I", "-c", STRANGER, *arguments], check=True, timeout=120)
    expected = generate(
        conditional.generator, inputs["z"], labels=inputs["label"], truncation_psi=0.8
    )
    np.testing.assert_allclose(np.load(tmp_path / "images.npy"), expected, **TOLERANCE)


def test_low_precision_networks_export(tmp_path):
    network = dataclasses.replace(NETWORK, num_low_precision=1, conv_clamp=256.0)
    exported = export(tmp_path, resolution=8, network=network)
    z = latents_from_seeds([1, 2], 8)
    expected = exported.generator(z).numpy()
    images = exported("serving_default", z=z, truncation_psi=np.float32(1))
    # float16 keeps 11 bits; the order of sums differs between a graph and eager execution
    np.testing.assert_allclose(images, expected, rtol=4e-3, atol=4e-3)


def test_an_export_says_what_it_is_and_not_where_it_was_trained(plain):
    _, config = load_generator(plain.path.parent.parent / "run")
    written = json.loads((plain.path / "ada_tf.json").read_text())
    assert written == in_json(describe(config))
    assert (written["format"], written["ada_tf"]) == (2, ada_tf.__version__)
    assert written["network"]["z_dim"] == 8
    shown = {"resolution": 16, "channels": 3, "bits": None, "mirror": False}
    assert written["data"] == shown


def test_an_export_of_another_version(plain, tmp_path):
    """One of 0.1 computes the same; what a newer one means nobody knows yet."""
    check_format(plain.path)
    check_format(tmp_path)  # of somebody else
    record = json.loads((plain.path / "ada_tf.json").read_text())
    (tmp_path / "ada_tf.json").write_text(json.dumps(record | {"format": 3, "ada_tf": "9.9"}))
    with refused("ada_tf", "9.9"):
        check_format(tmp_path)
    (tmp_path / "ada_tf.json").write_text("[]")
    with refused("ada_tf.json"):
        check_format(tmp_path)
    del record["format"], record["ada_tf"]
    (tmp_path / "ada_tf.json").write_text(json.dumps(record))
    check_format(tmp_path)


def test_an_export_tells_no_folders(tmp_path):
    config = run_config()
    data = dataclasses.replace(config.data, source=str(tmp_path), cache_dir=str(tmp_path))
    config = dataclasses.replace(config, data=data, resume=str(tmp_path / "faces.pkl"))
    text = json.dumps(describe(config))
    assert str(tmp_path) not in text
    assert json.loads(text)["resume"] == "faces.pkl"  # whose licence may go with it


def test_existing_folders_are_kept(plain, tmp_path):
    _, config = load_generator(plain.path.parent.parent / "run")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "thesis.txt").write_text("years of work")
    with refused():
        export_saved_model(plain.generator, taken, config)
    with refused("SavedModel"):
        export_saved_model(plain.generator, taken, config, overwrite=True)
    with refused():
        export_saved_model(plain.generator, taken / "thesis.txt", config)
    assert [p.name for p in tmp_path.rglob("*")] == ["taken", "thesis.txt"]

    with refused():
        export_saved_model(plain.generator, plain.path, config)
    (plain.path / "ada_tf.json").write_text("old")
    export_saved_model(plain.generator, plain.path, config, overwrite=True)
    assert json.loads((plain.path / "ada_tf.json").read_text()) == in_json(describe(config))
    assert [p.name for p in plain.path.parent.iterdir()] == ["exported"]
