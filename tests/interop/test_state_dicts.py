"""Whole networks of torch.save, state dicts under official names and .safetensors: all come back."""

import numpy as np
import pytest

import ada_tf
from ada_tf.interop.published import published_file
from tests.interop import (
    g_ema_writer,
    published_networks,
    published_writer,
    safetensors_writer,
    torch_writer,
)
from tests.interop.published_writer import arrays_of, to_pickle
from tests.sentences import refused

ARCHITECTURES = {
    "plain": {},
    "resnet and orig": {"generator_architecture": "resnet", "discriminator_architecture": "orig"},
    "orig and skip": {"generator_architecture": "orig", "discriminator_architecture": "skip"},
    "classes": {"classes": 4, "discriminator_mapping_layers": 2},
    "classes without layers": {
        "classes": 3, "discriminator_mapping_layers": 0, "discriminator_mapping_lr": 0.1,
    },
    "grey at 64 pixels": {"resolution": 64, "channels": 1},
    "a wide discriminator": {"discriminator_channel_base": 192, "discriminator_channel_max": 14},
}  # fmt: skip
GROUPS = {"generator_ema": "G_ema", "generator": "G", "discriminator": "D"}


def states(networks) -> dict:
    """Prefix -> state dict, with the filters that the official program keeps in it."""
    filters = {"synthesis.b8.resample_filter": np.ones([4, 4], np.float32)}
    return {prefix: arrays_of(networks[group]) | filters for group, prefix in GROUPS.items()}


def flat(groups: dict) -> dict:
    return {f"{prefix}.{n}": a for prefix, arrays in groups.items() for n, a in arrays.items()}


def written(folder, kind, of, networks):
    """A file of these networks."""
    path = folder / "n.bin"
    if kind in ("zip of modules", "stream of modules"):
        content = published_writer.pytorch(of, networks, saved=True)
        del content["augment_pipe"]
        write = torch_writer.write_zip if kind.startswith("zip") else torch_writer.write_stream
        write(path, content)
    elif kind == "state dicts":
        torch_writer.write_zip(path, {"epoch": 3, **states(networks)})
    else:
        path.write_bytes(safetensors_writer.to_bytes(flat(states(networks))))
    return path


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize(
    "kind", ["zip of modules", "stream of modules", "state dicts", "safetensors"]
)
def test_images_and_logits(kind, name, tmp_path):
    of = published_networks.architecture(**ARCHITECTURES[name])
    networks = published_networks.build(of)
    found = published_file.read(written(tmp_path, kind, of, networks))
    assert found.architecture == of
    assert found.about.licence == published_file.NVIDIA
    read = published_networks.restored(found)
    for group in ("generator", "generator_ema"):
        expected = published_networks.images(networks[group], of)
        images = published_networks.images(read[group], of)
        np.testing.assert_allclose(images, expected, rtol=0, atol=1e-6 * np.abs(expected).max())
    expected = networks["discriminator"](images, published_networks.labels(of, 3))
    logits = read["discriminator"](images, published_networks.labels(of, 3))
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-5)


OF = published_networks.architecture()


@pytest.fixture(scope="module")
def networks():
    return published_networks.build(OF)


def assert_average(path, network):
    found = published_file.read(path)
    assert found.weights.keys() == {"generator_ema"}
    assert found.architecture.shape == OF.shape
    for name, array in arrays_of(network).items():
        np.testing.assert_array_equal(found.weights["generator_ema"][name], array)


def test_one_generator_is_the_average(networks, tmp_path):
    path, g = tmp_path / "n.pt", networks["generator"]
    torch_writer.write_zip(path, arrays_of(g))
    assert_average(path, g)
    torch_writer.write_zip(path, {"G": arrays_of(g)})
    assert_average(path, g)
    path.write_bytes(safetensors_writer.to_bytes(arrays_of(g)))
    assert_average(path, g)
    torch_writer.write_zip(path, published_writer.pytorch(OF, networks, saved=True)["G"])
    assert_average(path, g)
    path.write_bytes(to_pickle(published_writer.pytorch(OF, networks)["G"]))
    assert_average(path, g)
    path.write_bytes(to_pickle({"G": published_writer.pytorch(OF, networks)["G"]}))
    assert_average(path, g)


def test_the_other_names_in_safetensors(networks, tmp_path):
    state = g_ema_writer.checkpoint(networks, average=True)
    kept = flat({"g_ema": state["g_ema"]}) | {"latent_avg": state["latent_avg"]}
    (tmp_path / "n.safetensors").write_bytes(safetensors_writer.to_bytes(kept))
    found = published_file.read(tmp_path / "n.safetensors")
    images = published_networks.images(published_networks.restored(found)["generator_ema"], OF)
    expected = published_networks.images(networks["generator_ema"], OF)
    np.testing.assert_allclose(images, expected, rtol=0, atol=1e-6 * np.abs(expected).max())
    assert found.about.licence == published_file.CONVERTED


@pytest.mark.parametrize(
    ("convert", "atol"),
    [
        (np.float16, 2e-3),
        (np.float64, 0),
        (lambda a: (np.asarray(a, "<f4").view("<u4") >> 16).astype("<u2"), 2e-2),
    ],
    ids=["float16", "float64", "bfloat16"],
)
def test_other_floats(convert, atol, networks, tmp_path):
    arrays = arrays_of(networks["generator"])
    content = safetensors_writer.to_bytes({n: convert(a) for n, a in arrays.items()})
    (tmp_path / "n.safetensors").write_bytes(content)
    weights = published_file.read(tmp_path / "n.safetensors").weights["generator_ema"]
    for name, array in arrays.items():
        assert weights[name].dtype == np.float32
        np.testing.assert_allclose(weights[name], array, rtol=atol, atol=atol)


def without_d(path, networks, *words):
    """The generators come without the discriminator, and it is said why."""
    found = published_file.read(path)
    assert found.weights.keys() >= {"generator_ema"}
    assert "discriminator" not in found.weights
    for word in words:
        assert word in found.left_out
    images = published_networks.images(published_networks.restored(found)["generator_ema"], OF)
    expected = published_networks.images(networks["generator_ema"], OF)
    np.testing.assert_allclose(images, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


def test_a_generator_without_a_discriminator_that_ours_cannot_be(networks, tmp_path):
    path = tmp_path / "n.pkl"
    content = published_writer.pytorch(OF, networks)
    _, d = published_writer.pytorch_settings(OF)
    other = published_writer.to_module("Discriminator", d | {"cmap_dim": 7}, {})
    path.write_bytes(to_pickle(content | {"D": other}))
    without_d(path, networks, "cmap_dim=7")
    path.write_bytes(to_pickle(content | {"D": published_writer.module("ProjectedDiscriminator")}))
    without_d(path, networks, "ProjectedDiscriminator")
    g, d, ema = published_writer.tf1(OF, networks)
    d.__dict__["variables"].append(("PAGAN/weight", 1.0))
    path.write_bytes(to_pickle((g, d, ema)))
    without_d(path, networks, "PAGAN/weight")
    g, d, ema = published_writer.tf1(OF, networks)
    d.__dict__["static_kwargs"]["adaptive_dropout"] = 0.5
    path.write_bytes(to_pickle((g, d, ema)))
    without_d(path, networks, "adaptive_dropout=0.5")
    torch_writer.write_zip(path, states(networks) | {"D": {"b4.conv.weight": np.zeros(3, "f4")}})
    without_d(path, networks, "layers are missing")
    d = arrays_of(networks["discriminator"])
    d["b4.conv.weight"] = d["b4.conv.weight"][:, :-1]  # no minibatch-std
    torch_writer.write_zip(path, states(networks) | {"D": d})
    without_d(path, networks, "minibatch-std")
    with refused("n.pkl"):
        ada_tf.read_network(path).restore(discriminator=networks["discriminator"])


def change(name, value):
    def changed(arrays):
        if value is None:
            return {n: a for n, a in arrays.items() if not n.startswith(name)}
        return arrays | {name: np.zeros(value, np.float32)}

    return changed


REFUSED = {
    "no mapping": change("mapping.", None),
    "no mean of w": change("mapping.w_avg", None),
    "a mean of w of no sides": change("mapping.w_avg", ()),
    "no images": change("synthesis.b16.torgb.", None),
    "a flat first layer": change("mapping.fc0.weight", (3,)),
    "flat labels": change("mapping.embed.weight", (3,)),
    "more labels than inputs": change("mapping.embed.weight", (100, 3)),
    "odd widths": change("synthesis.b8.conv1.weight", (7, 7, 3, 3)),
    "a flat layer": change("synthesis.b8.conv1.weight", ()),
    "five channels": change("synthesis.b16.torgb.weight", (5, 8, 1, 1)),
    "a side of 15": change("synthesis.b15.conv1.weight", (8, 8, 3, 3)),
    "no resolution between": change("synthesis.b8.", None),
    "other weights": change("synthesis.b8.conv1.bias", (3,)),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("kind", ["zip", "safetensors"])
def test_what_is_no_network_is_one_sentence(kind, name, networks, tmp_path):
    arrays = REFUSED[name](arrays_of(networks["generator"]))
    path = tmp_path / "n.pt"
    if kind == "zip":
        torch_writer.write_zip(path, arrays)
    else:
        path.write_bytes(safetensors_writer.to_bytes(arrays))
    with refused("n.pt"):
        ada_tf.load_generator(path)


def test_generators_that_differ(networks, tmp_path):
    other = arrays_of(networks["generator"])
    del other["synthesis.b16.torgb.weight"]
    torch_writer.write_zip(tmp_path / "n.pt", states(networks) | {"G": other})
    with refused("n.pt"):
        published_file.read(tmp_path / "n.pt")
    other = {
        n: np.concatenate([a, a]) if n == "mapping.w_avg" else a
        for n, a in arrays_of(networks["generator"]).items()
    }
    torch_writer.write_zip(tmp_path / "n.pt", states(networks) | {"G": other})
    with refused("n.pt"):
        published_file.read(tmp_path / "n.pt")


def test_licences(networks, tmp_path):
    path, state = tmp_path / "n.pt", g_ema_writer.checkpoint(networks, average=True)
    torch_writer.write_zip(path, state)  # a whole training, with optimizers
    assert published_file.read(path).about.licence == ""
    torch_writer.write_zip(path, {n: state[n] for n in ("g_ema", "latent_avg", "g", "d")})
    assert published_file.read(path).about.licence == published_file.CONVERTED
    torch_writer.write_zip(path, {"g_ema": state["g_ema"]})
    assert published_file.read(path).about.licence == ""
    assert "non-commercial" in published_file.CONVERTED


def test_the_clamp_is_the_official_one(networks, tmp_path):
    """No weight tells it; the official program has it in all its presets."""
    torch_writer.write_zip(tmp_path / "n.pt", arrays_of(networks["generator"]))
    of = published_file.read(tmp_path / "n.pt").architecture.network
    assert (of.conv_clamp, of.mbstd_group, of.precision) == (256.0, 4, "float32")
