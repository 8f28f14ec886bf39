"""`read_keras_file`: models of strangers, read without running anything of theirs."""

import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from ada_tf.interop.foreign.keras_file import CONFIG, WEIGHTS, read_keras_file
from tests.sentences import refused

layers = keras.layers

# Keras' own, when it saves weights beside NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def functional():
    z = keras.Input([4])
    x = layers.Dense(16, activation="relu", kernel_regularizer="l2")(z)
    x = layers.BatchNormalization()(layers.Reshape([2, 2, 4])(x))
    x = layers.Dropout(0.5)(layers.Conv2DTranspose(3, 4, 2, padding="same")(x))
    return keras.Model(z, keras.ops.tanh(x * 2.0)[:, 0:2])


def nested():
    inner = keras.Sequential([keras.Input([4]), layers.Dense(3), layers.PReLU()])
    z = keras.Input([4])
    return keras.Model(z, layers.Add()([inner(z), inner(z)]))


def spectral():
    return keras.Sequential([keras.Input([4]), layers.SpectralNormalization(layers.Dense(2))])


def mixed():
    policy = keras.DTypePolicy("mixed_float16")
    return keras.Sequential([keras.Input([4]), layers.Dense(3, dtype=policy), layers.LeakyReLU()])


@pytest.mark.parametrize("build", [functional, nested, spectral, mixed])
def test_what_was_saved(build, tmp_path):
    model = build()
    for variable in model.trainable_variables:
        variable.assign(np.random.default_rng(0).normal(size=variable.shape))
    path = tmp_path / "generator.keras"
    model.save(path)
    z = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)
    np.testing.assert_array_equal(read_keras_file(path)(z), model(z))


def test_losses_and_optimizers_are_not_looked_at(tmp_path):
    model = spectral()
    model.compile("adam", loss=keras.losses.MeanSquaredError())
    model.save(tmp_path / "g.keras")
    assert not read_keras_file(tmp_path / "g.keras").compiled


class Own(keras.layers.Layer):
    def call(self, x):
        return x


@keras.saving.register_keras_serializable(package="tests", name="Dense")
class Registered(keras.layers.Dense):
    pass


def changed(config=lambda text: text, members=None, weights=lambda content: content):
    """A builder of the file of an honest model, of which a part is another."""

    def build(folder):
        path = folder / "g.keras"
        spectral().save(path)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts[CONFIG] = config(parts[CONFIG].decode()).encode()
        parts[WEIGHTS] = weights(parts[WEIGHTS])
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in {**parts, **(members or {})}.items():
                archive.writestr(name, content)
        return path

    return build


def saved(*given):
    def build(folder):
        keras.Sequential([keras.Input([4]), *(layer() for layer in given)]).save(folder / "g.keras")
        return folder / "g.keras"

    return build


def with_object(**node):
    """One more argument of the first layer, which is an object."""

    def change(text):
        config = json.loads(text)
        config["config"]["layers"][-1]["config"]["given"] = {"config": {}, **node}
        return json.dumps(config)

    return changed(change)


def with_array(make):
    """One more thing among the weights, made by a function of the file."""

    def change(content):
        stream = io.BytesIO(content)
        with h5py.File(stream, "a") as file:
            make(file)
        return stream.getvalue()

    return changed(weights=change)


def virtual(file):
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "data", shape=(4,))
    file.create_virtual_dataset("virtual", layout)


def deep(text):
    return text[:-1] + ', "more": ' + "[" * 100_000 + "]" * 100_000 + "}"


REFUSED = {
    "a lambda": saved(lambda: layers.Lambda(lambda x: x)),
    "a class of one's own": saved(Own),
    "a registered class": saved(lambda: Registered(3)),
    "a function of Python": with_object(module="builtins", class_name="function", config="exec"),
    "a function of Keras": with_object(module="keras.utils", class_name="get_file"),
    "a module outside of Keras": with_object(module="os", class_name="system"),
    "a listed name of another module": with_object(module="evil", class_name="Dense"),
    "no module": with_object(class_name="Dense"),
    "a lambda as a value": with_object(class_name="__lambda__"),
    "a type of TensorFlow": with_object(class_name="__typespec__"),
    "a name that is none": with_object(module="keras", class_name=["Dense"]),
    "a registered name": with_object(
        module="keras.layers", class_name="Dense", registered_name="tests>Dense"
    ),
    "a vocabulary": saved(lambda: layers.Embedding(4, 4), lambda: layers.Hashing(3)),
    "a path out of the folder": changed(members={"../outside": b"x"}),
    "assets": changed(members={"assets/a": b"x"}),
    "a huge layer": changed(lambda text: text.replace('"units": 2', '"units": 2000000000')),
    "units that are text": changed(lambda text: text.replace('"units": 2', '"units": "2"')),
    "no configuration": changed(lambda text: "{}"),
    "a list": changed(lambda text: "[]"),
    "a deep configuration": changed(deep),
    "a layer as the model": changed(
        lambda text: json.dumps(json.loads(text)["config"]["layers"][-1])
    ),
    "other weights": changed(weights=lambda content: b"x" * len(content)),
    "weights cut short": changed(weights=lambda content: content[:-100]),
    "a link to a file": with_array(
        lambda f: f.__setitem__("away", h5py.ExternalLink("/etc/passwd", "/"))
    ),
    "a link inside": with_array(lambda f: f.__setitem__("away", h5py.SoftLink("/"))),
    "an external array": with_array(
        lambda f: f.create_dataset("ext", [8], "f4", external=[("/etc/passwd", 0, 32)])
    ),
    "a virtual array": with_array(virtual),
    "a circle": with_array(lambda f: f.__setitem__("all", f["/"])),
    "an array larger than the file": with_array(
        lambda f: f.create_dataset("big", [2**30], "f4", chunks=(2**10,))
    ),
    "text among the weights": with_array(lambda f: f.create_dataset("text", data="x")),
}


@pytest.mark.parametrize("row", REFUSED)
def test_what_is_refused(row, tmp_path, monkeypatch):
    build = REFUSED[row]
    path = build(tmp_path)
    before = sorted(tmp_path.parent.rglob("*"))
    with refused("g.keras") as caught:
        read_keras_file(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_bomb(tmp_path):
    path = tmp_path / "g.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CONFIG, "{}")
        archive.writestr("metadata.json", "{}")
        archive.writestr(WEIGHTS, bytes(2**25))
    with refused("16"):
        read_keras_file(path)


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_no_file(content, tmp_path):
    path = tmp_path / "g.keras"
    if content is not None:
        path.write_bytes(content)
    with refused("g.keras"):
        read_keras_file(path)
