"""What looks like a published network of ours and is another is named, and refused."""

import numpy as np
import pytest

import ada_tf
from ada_tf.interop.published import published_file
from tests.interop import published_networks, published_writer
from tests.interop.published_writer import easy, module, tf1_network, to_pickle
from tests.sentences import refused

OF = published_networks.architecture()


@pytest.fixture(scope="module")
def networks():
    return published_networks.build(OF)


def refuse(folder, content, *words):
    (folder / "n.pkl").write_bytes(to_pickle(content))
    with refused("n.pkl", *words):
        published_file.read(folder / "n.pkl")


def generator(*parts, **attributes):
    """A generator of which the synthesis has these parts."""
    layers = {part: module("Layer") for part in parts}
    synthesis = module("SynthesisNetwork", {}, modules=layers)
    settings, _ = published_writer.pytorch_settings(OF)
    return module(
        "Generator", settings, modules={"synthesis": synthesis, "mapping": module("MappingNetwork")},
        **attributes,
    )  # fmt: skip


@pytest.mark.parametrize("part", ["input", "L0_36_512"])
def test_stylegan3(part, tmp_path):
    content = {"G": None, "D": None, "G_ema": generator(part)}
    refuse(tmp_path, content)


@pytest.mark.parametrize("name", ["ProjectedDiscriminator", "SingleDisc", "StyleGANXL", ""])
def test_discriminators_of_others(name, networks, tmp_path):
    """Its generator is ours all the same, and comes alone."""
    content = published_writer.pytorch(OF, networks) | {"D": module(name)}
    (tmp_path / "n.pkl").write_bytes(to_pickle(content))
    found = published_file.read(tmp_path / "n.pkl")
    assert found.weights.keys() == {"generator", "generator_ema"}
    assert (name or "nameless network") in found.left_out


def test_generators_of_others(networks, tmp_path):
    content = published_writer.pytorch(OF, networks)
    refuse(tmp_path, content | {"G_ema": module("FastGAN")})
    refuse(tmp_path, content | {"G": module("FastGAN")})
    refuse(tmp_path, content | {"G": [1]})


def test_settings_without_names(tmp_path):
    content = {"G_ema": generator("b4", _init_args=(512,))}
    refuse(tmp_path, content)
    content = {"G_ema": generator("b4", _init_kwargs=3)}
    refuse(tmp_path, content)


def test_a_setting_is_named_with_the_file(networks, tmp_path):
    g, _ = published_writer.pytorch_settings(OF)
    g["synthesis_kwargs"]["use_noise"] = False
    content = {"G_ema": published_writer.to_module("Generator", g, {})}
    refuse(tmp_path, content)


def test_two_generators_of_different_settings(networks, tmp_path):
    content = published_writer.pytorch(OF, networks)
    g, _ = published_writer.pytorch_settings(published_networks.architecture(z_dim=9))
    other = published_writer.to_module("Generator", g, {})
    refuse(tmp_path, content | {"G": other})


def test_single_networks_and_other_contents(networks, tmp_path):
    content = published_writer.pytorch(OF, networks)
    refuse(tmp_path, content["D"])
    refuse(tmp_path, {"D": content["D"]})
    refuse(tmp_path, {"a": 1, "b": 2})
    refuse(tmp_path, [1, 2])
    refuse(tmp_path, (1, 2, 3))
    refuse(tmp_path, ())
    refuse(tmp_path, 5)


@pytest.mark.parametrize("shape", [(), (3,), (10, 10, 3), (10, 10, 3, 4), (1,) * 6])
def test_weights_of_other_shapes(shape, networks, tmp_path):
    arrays = published_writer.arrays_of(networks["generator_ema"])
    arrays["synthesis.b8.conv1.weight"] = np.zeros(shape, np.float32)
    g, _ = published_writer.pytorch_settings(OF)
    (tmp_path / "n.pkl").write_bytes(
        to_pickle({"G_ema": published_writer.to_module("Generator", g, arrays)})
    )
    with refused("n.pkl", "synthesis.b8.conv1.weight"):
        ada_tf.load_generator(tmp_path / "n.pkl")


# --- TensorFlow 1


def tf1(networks, change):
    content = published_writer.tf1(OF, networks)
    for network in content:
        change(network.__dict__)
    return content


@pytest.mark.parametrize("function", ["G_style", "D_basic"])
def test_stylegan1(function, networks, tmp_path):
    content = tf1(networks, lambda state: state.update(build_func_name=function))
    refuse(tmp_path, content)


@pytest.mark.parametrize("version", [2, 3, None, "5"])
def test_versions_before_4(version, networks, tmp_path):
    content = tf1(networks, lambda state: state.update(version=version))
    shown = version if isinstance(version, int) else 0
    refuse(tmp_path, content, shown)


def test_functions_of_others(networks, tmp_path):
    content = tf1(networks, lambda state: state.update(build_func_name="G_progressive"))
    refuse(tmp_path, content)
    content = tf1(networks, lambda state: state.update(build_func_name=[1]))
    refuse(tmp_path, content)


@pytest.mark.parametrize(
    "variable", ["PAGAN/weight", "4x4/Conv/weight_sn", "lod", "16x16/Conv0/weight_sn"]
)
def test_variables_of_methods_that_were_compared(variable, networks, tmp_path):
    g, d, ema = published_writer.tf1(OF, networks)
    ema.__dict__["variables"].append((variable.replace("lod", "lods"), 1.0))
    refuse(tmp_path, (g, d, ema), variable)
    g, d, ema = published_writer.tf1(OF, networks)
    d.__dict__["variables"].append((variable, 1.0))
    (tmp_path / "n.pkl").write_bytes(to_pickle((g, d, ema)))
    found = published_file.read(tmp_path / "n.pkl")
    assert "discriminator" not in found.weights
    assert variable in found.left_out


def test_settings_of_methods_that_were_compared(networks, tmp_path):
    content = tf1(networks, lambda state: state["static_kwargs"].update(adaptive_dropout=0.5))
    refuse(tmp_path, content)


def test_another_number_of_networks(networks, tmp_path):
    content = published_writer.tf1(OF, networks)
    refuse(tmp_path, content[:2])
    refuse(tmp_path, content[0])


def test_states_that_are_none(networks, tmp_path):
    content = tf1(networks, lambda state: state.update(static_kwargs=[1]))
    refuse(tmp_path, content)
    content = tf1(networks, lambda state: state.update(variables=[("a",)]))
    refuse(tmp_path, content)
    content = tf1(networks, lambda state: state.update(variables=[("a", "b")]))
    refuse(tmp_path, content)
    content = tf1(networks, lambda state: state.update(components=easy({"a": 3})))
    refuse(tmp_path, content)
    nothing = tf1_network("G_main", {})
    nothing.__dict__ = {}
    refuse(tmp_path, (nothing,) * 3)
