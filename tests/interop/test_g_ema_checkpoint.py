"""Checkpoints with g_ema: networks come back as they were, and what is none is one sentence."""

import numpy as np
import pytest
import tensorflow as tf

import ada_tf
from ada_tf.interop.published import published_file
from tests.interop import g_ema_writer, published_networks
from tests.interop.torch_writer import write_stream, write_zip
from tests.sentences import refused

OF = published_networks.architecture(conv_clamp=None, channel_base=160)


@pytest.fixture(scope="module")
def networks():
    return published_networks.build(OF)


@pytest.fixture
def content(networks):
    return g_ema_writer.checkpoint(networks, average=True)


def read(folder, content, write=write_zip):
    write(folder / "n.pt", content)
    return published_file.read(folder / "n.pt")


@pytest.mark.parametrize("write", [write_zip, write_stream])
def test_images_and_logits(write, networks, content, tmp_path):
    found = read(tmp_path, content, write)
    assert found.architecture == OF
    assert found.about.licence == ""
    again = published_networks.restored(found)
    expected = published_networks.images(networks["generator_ema"], OF)
    images = published_networks.images(again["generator_ema"], OF)
    assert np.abs(images - expected).max() <= 1e-6 * np.abs(expected).max()
    expected = published_networks.images(networks["generator"], OF, psi=1)
    other = published_networks.images(again["generator"], OF, psi=1)
    assert np.abs(other - expected).max() <= 1e-6 * np.abs(expected).max()
    logits = networks["discriminator"](images)
    np.testing.assert_allclose(again["discriminator"](images), logits, rtol=1e-5)


def test_the_mean_of_w_is_made_where_nobody_kept_it(networks, tmp_path):
    found = read(tmp_path, g_ema_writer.checkpoint(networks)).weights
    z = np.random.default_rng(1).normal(size=(20_000, OF.network.z_dim)).astype(np.float32)
    for group in ("generator_ema", "generator"):
        w = networks[group].mapping(tf.constant(z)).numpy()
        # Five standard errors of the means of 10,000 and of 20,000 latents.
        atol = 5 * w.std(axis=0).max() * np.sqrt(1 / 10_000 + 1 / 20_000)
        np.testing.assert_allclose(found[group]["mapping.w_avg"], w.mean(axis=0), rtol=0, atol=atol)


def test_only_the_average(networks, content, tmp_path):
    found = read(tmp_path, {"g_ema": content["g_ema"], "latent_avg": content["latent_avg"]})
    assert found.weights.keys() == {"generator_ema"}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("base", "most", "resolution"), [(64, 64, 8), (64, 4, 16), (512, 32, 64), (640, 20, 32)]
)
def test_architecture_is_read_off_the_shapes(channels, base, most, resolution, tmp_path):
    of = published_networks.architecture(
        resolution, channels, conv_clamp=None, channel_base=base, channel_max=most
    )
    networks = published_networks.build(of)
    found = read(tmp_path, g_ema_writer.checkpoint(networks))
    published_networks.restored(found)


def without(*starts):
    def change(state):
        for name in [name for name in state["g_ema"] if name.startswith(starts)]:
            del state["g_ema"][name]

    return change


def put(name, value, group="g_ema"):
    return lambda state: state[group].update({name: np.asarray(value, np.float32)})


def average(value):
    return lambda state: state.update(latent_avg=np.asarray(value, np.float32))


def emptied(state):
    state.clear()


def alone(state):
    state["other"] = state.pop("g_ema")


REFUSED = {
    "no tensors": emptied,
    "no g_ema": alone,
    "no mapping": without("style."),
    "no images": without("to_rgb"),
    "no smallest image": without("to_rgb1"),
    "a mapping that begins later": without("style.1.bias"),
    "a layer of the mapping": without("style.2."),
    "a convolution": without("convs.0."),
    "the noise": without("noises."),
    "a resolution": without("convs.2", "convs.3"),
    "odd widths": put("to_rgbs.0.conv.weight", np.zeros([1, 3, 7, 1, 1])),
    "five channels": put("to_rgb1.conv.weight", np.zeros([1, 5, 10, 1, 1])),
    "another z": put("style.1.weight", np.zeros([16, 9])),
    "a wide mapping": put("style.2.weight", np.zeros([900, 16])),
    "another convolution": put("convs.0.conv.weight", np.zeros([1, 3, 10, 3, 3])),
    "a flat convolution": put("convs.0.conv.weight", 0.0),
    "an unknown layer": put("attention.weight", [0.0]),
    "an unknown part": put("convs.0.conv.shift", [0.0]),
    "layer 64": put("convs.64.conv.weight", [0.0]),
    "layer x": put("convs.x.conv.weight", [0.0]),
    "an average of another width": average(np.zeros(5)),
    "generators that differ": put("style.1.weight", np.zeros([16, 9]), "g"),
    "an unknown layer of d": put("head.weight", [0.0], "d"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_network_is_one_sentence(name, content, tmp_path):
    REFUSED[name](content)
    write_zip(tmp_path / "n.pt", content)
    with refused() as caught:
        ada_tf.load_generator(tmp_path / "n.pt")
    assert str(caught.value).isprintable()


def test_whole_numbers_are_no_weights(content, tmp_path):
    content["g_ema"]["style.1.bias"] = np.zeros(16, np.int64)
    with refused("mapping.fc0.bias", "int64"):
        read(tmp_path, content)


def test_half_precision(networks, tmp_path):
    content = g_ema_writer.checkpoint(networks)
    half = {name: value.astype(np.float16) for name, value in content["g_ema"].items()}
    found = read(tmp_path, {"g_ema": half}).weights["generator_ema"]
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("style.2.weight", np.zeros([900, 16])),
        ("style.2.weight", np.zeros([16, 1])),
        ("style.2.bias", np.zeros([40, 1, 16])),
        ("style.2.bias", np.zeros([1])),
    ],
)
def test_a_mean_of_w_by_layers_that_do_not_fit(networks, name, value, tmp_path):
    content = g_ema_writer.checkpoint(networks)
    put(name, value)(content)
    with refused():
        read(tmp_path, content)
