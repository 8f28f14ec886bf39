"""The Inception network of 2015-12-05 and the files its weights come in."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.metrics.features import inception
from ada_tf.metrics.features.feature_network import hash_of, load_network
from ada_tf.metrics.features.inception import CONVOLUTIONS, build_inception
from tests.interop.torch_writer import write_stream, write_zip
from tests.sentences import refused


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
    weights = inception.read_inception(pth)
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
    inception.save_inception(tmp_path / "w.npz", weights)
    assert hash_of(inception.read_inception(tmp_path / "w.npz")) == hash_of(weights)

    renamed = {}  # names that are known nowhere, in the order of the graph
    for i, (name, _, _) in enumerate(CONVOLUTIONS):
        renamed[f"layers.c{i}.weight"] = state[f"{name}.conv.weight"]
        for ours, theirs in (("gamma", "weight"), ("beta", "bias"), ("mean", "running_mean"),
                             ("var", "running_var")):  # fmt: skip
            renamed[f"layers.c{i}.{ours}"] = state[f"{name}.bn.{theirs}"]
    renamed["output.weight"] = state["fc.weight"]
    write_zip(tmp_path / "w.pt", renamed, script=True)
    assert hash_of(inception.read_inception(tmp_path / "w.pt")) == hash_of(weights)


def test_weights_in_the_layout_of_the_published_torchscript_file(state, tmp_path):
    """inception-2015-12-05.pt: modules as the graph names them, the last two blocks flat, no scale."""
    tree = {}
    for name, tf_name, _ in CONVOLUTIONS:
        block, *places = tf_name.split("/")
        if block in ("mixed_9", "mixed_10"):
            places = ["_".join(places)]
        module = tree
        for place in (block, *places):
            module = module.setdefault(place, {})
        module["weight"] = state[f"{name}.conv.weight"]
        for theirs, part in (("beta", "bias"), ("mean", "running_mean"), ("var", "running_var")):
            module[theirs] = state[f"{name}.bn.{part}"]
    assert list(tree["mixed_1"]) == ["conv", "tower", "tower_1", "tower_2"]
    write_zip(
        tmp_path / "w.pt", {"layers": tree, "output": {"weight": state["fc.weight"]}}, script=True
    )
    unscaled = {n: np.ones_like(v) if n.endswith("bn.weight") else v for n, v in state.items()}
    write_zip(tmp_path / "w.pth", unscaled)
    found = inception.read_inception(tmp_path / "w.pt")
    assert hash_of(found) == hash_of(inception.read_inception(tmp_path / "w.pth"))


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
    found = inception.read_inception(tmp_path / "graph.pb")
    assert hash_of(found) == hash_of(inception.read_inception(tmp_path / "w.pth"))
    del graph.node[:]
    add("conv/conv2d_params", np.zeros([3, 3, 3, 32], np.float32))
    (tmp_path / "graph.pb").write_bytes(graph.SerializeToString())
    with refused():
        inception.read_inception(tmp_path / "graph.pb")


def test_other_and_damaged_files(pth, state, tmp_path):
    write_zip(tmp_path / "other.pth", {"features.0.weight": np.zeros([4, 3, 3, 3], np.float32)})
    with refused("2015-12-05"):
        inception.read_inception(tmp_path / "other.pth")
    swapped = inception_state(CONVOLUTIONS[:5] + CONVOLUTIONS[:4:-1])
    swapped = {name.replace("conv.weight", "weight"): value for name, value in swapped.items()}
    write_zip(tmp_path / "swapped.pt", swapped)
    with refused():
        inception.read_inception(tmp_path / "swapped.pt")
    for name, content in (
        ("cut.pth", pth.read_bytes()[:5000]),
        ("cut.npz", b"PK"),
        ("cut.pb", b"!"),
    ):
        (tmp_path / name).write_bytes(content)
        with refused():
            inception.read_inception(tmp_path / name)
    write_zip(
        tmp_path / "nan.pth", {**state, "Conv2d_1a_3x3.bn.bias": np.full(32, np.nan, np.float32)}
    )
    with refused("NaN", "Conv2d_1a_3x3.bias"):
        inception.read_inception(tmp_path / "nan.pth")


def test_inception_is_the_published_graph(pth):
    model = build_inception()
    # The trainable weights of Inception v3 without classifier, then 1008 classes without bias.
    assert model.count_params() == 21_768_352 + 2048 * 1008
    network = load_network("inception", {"inception": pth})
    outputs = network(np.zeros([2, 32, 32, 1], np.uint8))
    assert outputs["features"].shape == (2, 2048)
    assert outputs["probabilities"].shape == (2, 1008)
    np.testing.assert_allclose(outputs["probabilities"].sum(axis=1), 1, rtol=1e-5)


def test_the_clean_one_has_its_own_resize_name_and_statistics(pth):
    networks = [load_network(name, {"inception": pth}) for name in ("inception", "inception_clean")]
    ours, clean = networks
    assert (ours.end, clean.end) == ("_inception", "_clean")
    assert clean.title == (
        "Inception of 2015-12-05, resized as clean-fid does (not the published file)"
    )
    x = np.random.default_rng(0).integers(0, 256, [1, 400, 400, 3]).astype(np.uint8)
    assert np.abs(ours(x)["features"] - clean(x)["features"]).max() > 0
    fitting = x[:, :299, :299]
    np.testing.assert_allclose(
        ours(fitting)["features"], clean(fitting)["features"], rtol=1e-4, atol=1e-5
    )
