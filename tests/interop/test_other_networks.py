"""What looks like a published network of ours and is another is named, and refused."""

import numpy as np
import pytest

import ada_tf
from ada_tf.errors import UserError
from ada_tf.interop.published import published_file
from tests.interop import published_networks, published_writer
from tests.interop.published_writer import easy, module, tf1_network, to_pickle

OF = published_networks.architecture()


@pytest.fixture(scope="module")
def networks():
    return published_networks.build(OF)


def refuse(folder, content, sentence):
    (folder / "n.pkl").write_bytes(to_pickle(content))
    with pytest.raises(UserError, match=sentence) as caught:
        published_file.read(folder / "n.pkl")
    assert str(caught.value).endswith(
        "; it was not loaded: give a .pkl of StyleGAN2-ADA or a .pt with g_ema."
    )


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
    refuse(tmp_path, content, "holds a network of StyleGAN3, which is another kind of generator;")


@pytest.mark.parametrize("name", ["ProjectedDiscriminator", "SingleDisc", "StyleGANXL", ""])
def test_discriminators_of_others(name, networks, tmp_path):
    content = published_writer.pytorch(OF, networks) | {"D": module(name)}
    refuse(tmp_path, content, f"holds a {name or 'nameless network'}, no Discriminator;")


def test_generators_of_others(networks, tmp_path):
    content = published_writer.pytorch(OF, networks)
    refuse(tmp_path, content | {"G_ema": module("FastGAN")}, "holds a FastGAN, no Generator;")
    refuse(tmp_path, content | {"G": module("FastGAN")}, "holds a FastGAN, no Generator;")
    refuse(tmp_path, content | {"G": [1]}, "holds a generator that is no network;")


def test_settings_without_names(tmp_path):
    content = {"G_ema": generator("b4", _init_args=(512,))}
    refuse(tmp_path, content, "holds a Generator whose settings have no names;")
    content = {"G_ema": generator("b4", _init_kwargs=3)}
    refuse(tmp_path, content, "holds a Generator without settings;")


def test_a_setting_is_named_with_the_file(networks, tmp_path):
    g, _ = published_writer.pytorch_settings(OF)
    g["synthesis_kwargs"]["use_noise"] = False
    content = {"G_ema": published_writer.to_module("Generator", g, {})}
    refuse(tmp_path, content, "holds a generator.* with use_noise=False, where ours have True;")


def test_two_generators_of_different_settings(networks, tmp_path):
    content = published_writer.pytorch(OF, networks)
    g, _ = published_writer.pytorch_settings(published_networks.architecture(z_dim=9))
    other = published_writer.to_module("Generator", g, {})
    refuse(tmp_path, content | {"G": other}, "two generators that are of different settings;")


def test_single_networks_and_other_contents(networks, tmp_path):
    content = published_writer.pytorch(OF, networks)
    refuse(tmp_path, content["G_ema"], "holds one Module, and no networks of StyleGAN2;")
    refuse(tmp_path, {"a": 1, "b": 2}, "holds a dictionary of a, b, and no networks of")
    refuse(tmp_path, [1, 2], "holds one list, and no networks of StyleGAN2;")
    refuse(tmp_path, (1, 2, 3), "holds one tuple, and no networks of StyleGAN2;")
    refuse(tmp_path, (), "holds one tuple, and no networks of StyleGAN2;")
    refuse(tmp_path, 5, "holds one int, and no networks of StyleGAN2;")


@pytest.mark.parametrize("shape", [(), (3,), (10, 10, 3), (10, 10, 3, 4), (1,) * 6])
def test_weights_of_other_shapes(shape, networks, tmp_path):
    arrays = published_writer.arrays_of(networks["generator_ema"])
    arrays["synthesis.b8.conv1.weight"] = np.zeros(shape, np.float32)
    g, _ = published_writer.pytorch_settings(OF)
    (tmp_path / "n.pkl").write_bytes(
        to_pickle({"G_ema": published_writer.to_module("Generator", g, arrays)})
    )
    sentence = r"^n\.pkl does not fit: weight synthesis\.b8\.conv1\.weight has shape .*, the network needs \(10, 10, 3, 3\)\.$"
    with pytest.raises(UserError, match=sentence):
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
    refuse(tmp_path, content, "holds a network of StyleGAN1, which is another kind of generator;")


@pytest.mark.parametrize("version", [2, 3, None, "5"])
def test_versions_before_4(version, networks, tmp_path):
    content = tf1(networks, lambda state: state.update(version=version))
    shown = version if isinstance(version, int) else 0
    refuse(tmp_path, content, f"holds networks of version {shown}, where 4 is the oldest")


def test_functions_of_others(networks, tmp_path):
    content = tf1(networks, lambda state: state.update(build_func_name="G_progressive"))
    refuse(tmp_path, content, "holds a network built by G_progressive, no G_main;")
    content = tf1(networks, lambda state: state.update(build_func_name=[1]))
    refuse(tmp_path, content, "holds a network built by nobody, no G_main;")


@pytest.mark.parametrize(
    "variable", ["PAGAN/weight", "4x4/Conv/weight_sn", "lod", "16x16/Conv0/weight_sn"]
)
def test_variables_of_methods_that_were_compared(variable, networks, tmp_path):
    g, d, ema = published_writer.tf1(OF, networks)
    d.__dict__["variables"].append((variable, 1.0))
    refuse(tmp_path, (g, d, ema), f"holds the variable {variable}, which StyleGAN2 does not have;")


def test_settings_of_methods_that_were_compared(networks, tmp_path):
    content = tf1(networks, lambda state: state["static_kwargs"].update(adaptive_dropout=0.5))
    refuse(tmp_path, content, "holds a generator with adaptive_dropout=0.5;")


def test_another_number_of_networks(networks, tmp_path):
    content = published_writer.tf1(OF, networks)
    refuse(tmp_path, content[:2], "holds 2 networks of TensorFlow, where G, D and Gs belong;")
    refuse(tmp_path, content[0], "holds one Network, and no networks of StyleGAN2;")


def test_states_that_are_none(networks, tmp_path):
    content = tf1(networks, lambda state: state.update(static_kwargs=[1]))
    refuse(tmp_path, content, "holds a network without settings;")
    content = tf1(networks, lambda state: state.update(variables=[("a",)]))
    refuse(tmp_path, content, "holds a variable without a name;")
    content = tf1(networks, lambda state: state.update(variables=[("a", "b")]))
    refuse(tmp_path, content, "holds a variable that is no array;")
    content = tf1(networks, lambda state: state.update(components=easy({"a": 3})))
    refuse(tmp_path, content, "holds a part of a network that is none;")
    nothing = tf1_network("G_main", {})
    nothing.__dict__ = {}
    refuse(tmp_path, (nothing,) * 3, "holds a network built by nobody, no G_main;")
