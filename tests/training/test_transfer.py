"""Networks that start from others: what fits is taken, the first pictures are the source's."""

import dataclasses

import numpy as np
import pytest

from ada_tf.inference.latents import latents_from_seeds
from ada_tf.inference.open_networks import as_network, open_trained
from ada_tf.interop import network_folder
from ada_tf.interop.network_folder import About, Network
from ada_tf.label_space import LabelSpace
from ada_tf.models import variables_by_name
from ada_tf.models.build import make_discriminator, make_generator, make_network
from ada_tf.models.config import Architecture, NetworkConfig
from ada_tf.models.names import named_variables
from ada_tf.shape import Shape
from ada_tf.training.runs import transfer
from ada_tf.training.runs.trained import Trained
from ada_tf.training.runs.transfer import STRETCHED, stretched
from tests.inference.runs import NETWORK, save_run
from tests.sentences import refused

Z = latents_from_seeds(range(4), 8)


def architecture(network=NETWORK, resolution=16, channels=3, num_classes=0):
    shape = Shape.parse(resolution, channels)
    return Architecture(network=network, shape=shape, num_classes=num_classes)


def built(of: Architecture) -> dict:
    """Networks as a model in training has them at its start."""
    sizes = (of.network, of.shape, of.num_classes)
    networks = {group: make_generator(*sizes) for group in ("generator", "generator_ema")}
    for ours, theirs in zip(
        networks["generator_ema"].variables, networks["generator"].variables, strict=True
    ):
        ours.assign(theirs)
    return {**networks, "discriminator": make_discriminator(*sizes)}


def started(source, **changes):
    """(networks, lines) of a start from a source of 16 pixels, 3 channels and no classes."""
    of = architecture(**changes)
    networks = built(of)
    return networks, transfer.start(networks, of, source)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    save_run(folder)
    return open_trained(folder)


@pytest.fixture(scope="module")
def with_classes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    save_run(folder, classes=3)
    return open_trained(folder)


def loaded(trained) -> dict:
    networks = built(trained.architecture)
    trained.restore(**networks)
    return networks


def pictures(generator, classes=None):
    labels = None if classes is None else np.eye(classes, dtype=np.float32)[[0, 1, 2, 0]]
    return generator(Z, labels, noise_mode="none").numpy()


def test_the_same_architecture_is_taken_as_it_is(source):
    networks, lines = started(source)
    assert lines == []
    for group, network in loaded(source).items():
        theirs = variables_by_name(network)
        for name, variable in variables_by_name(networks[group]).items():
            np.testing.assert_array_equal(variable, theirs[name], err_msg=name)


def test_grey_pictures_are_the_mean_of_the_colours(source):
    networks, lines = started(source, channels=1)
    colour = pictures(loaded(source)["generator_ema"])
    for group in ("generator", "generator_ema"):
        grey = pictures(networks[group])
        if group == "generator_ema":
            np.testing.assert_allclose(grey[..., 0], colour.mean(axis=3), rtol=1e-4, atol=1e-5)
    assert any("torgb" in line and "1 instead of 3" in line for line in lines)
    assert any("b16.fromrgb" in line and "1 instead of 3" in line for line in lines)


def test_a_discriminator_judges_grey_pictures_as_before(source, tmp_path):
    """And back in colour: two adaptations in a row are the discriminator of the start."""
    theirs = loaded(source)["discriminator"]
    grey = np.random.RandomState(0).uniform(-1, 1, (4, 16, 16, 1)).astype(np.float32)
    networks, _ = started(source, channels=1)
    expected = theirs(np.repeat(grey, 3, axis=3)).numpy()
    np.testing.assert_allclose(networks["discriminator"](grey), expected, rtol=1e-4, atol=1e-5)

    save_run(tmp_path, channels=1)
    of_grey = open_trained(tmp_path)
    networks, _ = started(of_grey)
    expected = loaded(of_grey)["discriminator"](grey).numpy()
    found = networks["discriminator"](np.repeat(grey, 3, axis=3))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_alpha_is_new_and_colours_stay(source):
    """Nothing is added to alpha at first, and the discriminator does not see it."""
    networks, _ = started(source, channels=4)
    theirs = loaded(source)
    found = pictures(networks["generator_ema"])
    np.testing.assert_allclose(
        found[..., :3], pictures(theirs["generator_ema"]), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(found[..., 3], 0)
    rgba = np.random.RandomState(0).uniform(-1, 1, (4, 16, 16, 4)).astype(np.float32)
    expected = theirs["discriminator"](rgba[..., :3]).numpy()
    np.testing.assert_allclose(networks["discriminator"](rgba), expected, rtol=1e-4, atol=1e-5)


def test_alpha_goes_with_its_colours(tmp_path):
    save_run(tmp_path, channels=4)
    of_rgba = open_trained(tmp_path)
    networks, _ = started(of_rgba, channels=2)
    rgba, grey = pictures(loaded(of_rgba)["generator_ema"]), pictures(networks["generator_ema"])
    np.testing.assert_allclose(grey[..., 0], rgba[..., :3].mean(axis=3), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(grey[..., 1], rgba[..., 3], rtol=1e-4, atol=1e-5)


def test_larger_pictures_are_the_same_at_first(source):
    """Nothing of the new resolution is added yet: the picture is the source's, enlarged."""
    networks, lines = started(source, resolution=32)
    small = pictures(loaded(source)["generator_ema"])
    large = pictures(networks["generator_ema"])
    shrunk = large.reshape(4, 16, 2, 16, 2, 3).mean((2, 4))
    assert np.corrcoef(shrunk.ravel(), small.ravel())[0, 1] > 0.98
    assert "Generator: adapted synthesis.b32.torgb (adds nothing at first)" in lines
    assert any(line.startswith("Discriminator: start afresh b32.fromrgb") for line in lines)
    assert "Discriminator: left out b16.fromrgb" in lines


@pytest.mark.parametrize("size", ["16x24", "32x20", "40x16"])
def test_pictures_of_another_ratio_are_stretched_at_first(source, size):
    shape = Shape.parse(size)
    networks, lines = started(source, resolution=size)
    from_square, found = (
        pictures(loaded(source)["generator_ema"]),
        pictures(networks["generator_ema"]),
    )
    channels_last = stretched(from_square.transpose(0, 3, 1, 2), (shape.height, shape.width))
    expected = channels_last.transpose(0, 2, 3, 1)
    inner = (slice(None), slice(4, -4), slice(4, -4))  # what convolutions pad counts elsewhere
    assert (
        np.corrcoef(found[inner].ravel(), expected[inner].ravel())[0, 1] > 0.5
    )  # its constant is white noise
    assert any("synthesis.b4 (stretched from 4 to" in line for line in lines)
    assert any("b4.fc (stretched from 4 to" in line for line in lines)
    assert not any("afresh" in line and shape.top == 16 for line in lines)


def test_stretching():
    ramp = np.arange(4, dtype=np.float32)[:, None] + 10 * np.arange(6, dtype=np.float32)
    twice = stretched(ramp[None], (8, 12))
    assert twice.shape == (1, 8, 12)
    assert twice.dtype == np.float32
    np.testing.assert_array_equal(stretched(ramp, (4, 6)), ramp)
    np.testing.assert_allclose(np.diff(twice[0, 1:-1], axis=0), 0.5)
    np.testing.assert_allclose(np.diff(twice[0, :, 1:-1], axis=1), 5.0)
    np.testing.assert_allclose(twice[0, 0, 0], 0.0)
    np.testing.assert_allclose(twice[0, -1, -1], 53.0)


def test_features_that_are_the_same_everywhere_are_summed_as_before():
    weight = np.random.RandomState(0).randn(5, 3 * 16).astype(np.float32)
    ours = STRETCHED["b4.fc.weight"](weight, (4, 4), (6, 10))
    assert ours.shape == (5, 3 * 60)
    flat = np.random.RandomState(1).randn(3)
    before = weight.reshape(5, 3, 16).sum(2) @ flat / np.sqrt(3 * 16)
    after = ours.reshape(5, 3, 60).sum(2) @ flat / np.sqrt(3 * 60)
    assert np.corrcoef(before, after)[0, 1] > 0.8
    constant = np.ones([1, 3 * 16], np.float32)
    np.testing.assert_allclose(
        STRETCHED["b4.fc.weight"](constant, (4, 4), (6, 10)).sum() / np.sqrt(3 * 60),
        constant.sum() / np.sqrt(3 * 16), rtol=1e-5,
    )  # fmt: skip


def test_smaller_pictures_are_those_of_the_lower_blocks(source):
    networks, lines = started(source, resolution=8)
    theirs = loaded(source)["generator_ema"]
    ours = networks["generator_ema"]
    for name, variable in variables_by_name(ours).items():
        np.testing.assert_array_equal(variable, variables_by_name(theirs)[name], err_msg=name)
    assert any("left out synthesis.b16.conv0" in line for line in lines)


def test_classes_say_nothing_at_first(source):
    """From no classes to some: the pictures stay, whatever the class."""
    networks, lines = started(source, num_classes=3)
    expected = pictures(loaded(source)["generator_ema"])
    found = pictures(networks["generator_ema"], classes=3)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    assert any(line.startswith("Generator: start afresh mapping.embed") for line in lines)
    assert any("Discriminator: start afresh" in line and "b4.out" in line for line in lines)


def mixed(generator, label, psi=0.7):
    """Images of labels that are given as numbers."""
    labels = np.tile(np.float32(label), (len(Z), 1))
    return generator.synthesis(generator.map(Z, labels, psi), noise_mode="const").numpy()


@pytest.mark.parametrize("classes", [1, 2, 5, 7])
@pytest.mark.parametrize("psi", [1.0, 0.7])
def test_other_classes_start_as_those_of_the_source(with_classes, classes, psi):
    networks, lines = started(with_classes, num_classes=classes)
    for group in ("generator", "generator_ema"):
        theirs = loaded(with_classes)[group]
        for n in range(classes):
            expected = mixed(theirs, np.eye(3)[n % 3], psi)
            found = mixed(networks[group], np.eye(classes)[n], psi)
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    other = mixed(theirs, np.eye(3)[1], psi)
    assert np.abs(mixed(theirs, np.eye(3)[0], psi) - other).max() > 1e-2
    assert "Generator: class n starts as class n modulo 3 of the source" in lines


@pytest.mark.parametrize("resolution", [16, 32])
@pytest.mark.parametrize("psi", [1.0, 0.7])
def test_no_classes_start_as_all_of_the_source_in_equal_shares(with_classes, psi, resolution):
    networks, lines = started(with_classes, resolution=resolution)
    theirs = loaded(with_classes)["generator_ema"]
    expected = mixed(theirs, [1 / 3] * 3, psi)
    generator = networks["generator_ema"]
    found = generator.synthesis(generator.map(Z, None, psi), noise_mode="const").numpy()
    if resolution == 16:
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    small = found.reshape(4, 16, resolution // 16, 16, resolution // 16, 3).mean(axis=(2, 4))
    assert np.corrcoef(small.ravel(), expected.ravel())[0, 1] > 0.97
    assert any("all 3 classes of the source in equal shares" in line for line in lines)


@pytest.mark.parametrize("kind", ["resnet", "orig"])
def test_larger_pictures_of_other_blocks_start_anew_and_it_is_said(kind, tmp_path):
    network = dataclasses.replace(NETWORK, generator_architecture=kind)
    save_run(tmp_path, network=network)
    source = open_trained(tmp_path)
    _, lines = started(source, network=network, resolution=32)
    assert any(f"the pictures start anew: of {kind} blocks" in line for line in lines)
    _, lines = started(source, network=network, channels=1)
    assert not any("anew" in line for line in lines)


def test_other_classes_keep_all_that_is_of_no_class(with_classes):
    networks, lines = started(with_classes, num_classes=5)
    theirs = variables_by_name(loaded(with_classes)["generator_ema"])
    for name, variable in variables_by_name(networks["generator_ema"]).items():
        if not name.startswith("mapping.embed"):
            np.testing.assert_array_equal(variable, theirs[name], err_msg=name)
    assert not any(line.startswith("Generator: start afresh") for line in lines)


def test_from_classes_to_none(with_classes):
    networks, lines = started(with_classes)
    assert any("adapted mapping.fc0 (its part of z)" in line for line in lines)
    theirs = variables_by_name(loaded(with_classes)["generator_ema"])
    ours = variables_by_name(networks["generator_ema"])
    assert not any(name.startswith("mapping.embed") for name in ours)
    width = theirs["mapping.fc.0.kernel"].shape[0]
    # Kernels are used divided by the root of their width.
    np.testing.assert_allclose(
        ours["mapping.fc.0.kernel"] / np.sqrt(8),
        theirs["mapping.fc.0.kernel"][:8] / np.sqrt(width),
        rtol=1e-5,
    )


def test_both_generators_are_alike_where_they_start_afresh(source):
    networks, _ = started(source, resolution=32, num_classes=3)
    ema = variables_by_name(networks["generator_ema"])
    for name, variable in variables_by_name(networks["generator"]).items():
        if "b32" in name or "blocks.3" in name or "embed" in name:
            np.testing.assert_array_equal(variable, ema[name], err_msg=name)


@pytest.mark.parametrize("field", ["w_dim", "mapping_layers", "channel_max"])
def test_another_network_is_refused_unless_part_of_it_is_enough(source, field):
    value = {"w_dim": 16, "mapping_layers": 1, "channel_max": 4}[field]
    network = dataclasses.replace(NETWORK, **{field: value})
    of = architecture(network)
    networks = built(of)
    with refused(f"network.{field}", value):
        transfer.start(networks, of, source)
    lines = transfer.start(networks, of, source, partial=True)
    assert lines
    theirs = variables_by_name(loaded(source)["generator_ema"])
    same = [
        name
        for name, variable in variables_by_name(networks["generator_ema"]).items()
        if name in theirs and variable.shape == theirs[name].shape
    ]
    for name in same:
        ours = variables_by_name(networks["generator_ema"])[name]
        np.testing.assert_array_equal(ours, theirs[name], err_msg=name)
    assert same


def test_a_generator_alone_is_a_source_only_if_that_is_enough(source, tmp_path):
    whole = as_network(source, About(name="faces"))
    alone = Network(
        whole.architecture, {"generator_ema": whole.weights["generator_ema"]}, whole.about
    )
    trained = open_trained(network_folder.write(alone, tmp_path / "faces"))
    of = architecture()
    networks = built(of)
    with refused("--resume_partial"):
        transfer.start(networks, of, trained)
    before = [v.numpy() for v in networks["discriminator"].variables]
    lines = transfer.start(networks, of, trained, partial=True)
    assert lines == ["Discriminator: all of it starts afresh"]
    for variable, was in zip(networks["discriminator"].variables, before, strict=True):
        np.testing.assert_array_equal(variable, was)
    expected = pictures(loaded_generator(trained))
    for group in ("generator", "generator_ema"):  # the average stands in for its generator
        np.testing.assert_allclose(pictures(networks[group]), expected, rtol=1e-5, atol=1e-6)


def loaded_generator(trained):
    of = trained.architecture
    generator = make_generator(of.network, of.shape, of.num_classes)
    trained.restore(generator_ema=generator)
    return generator


@pytest.mark.parametrize("z_dim", [4, 12])
def test_latents_of_another_width_start_afresh(source, z_dim):
    of = architecture(dataclasses.replace(NETWORK, z_dim=z_dim))
    lines = transfer.start(built(of), of, source, partial=True)
    assert lines == ["Generator: start afresh mapping.fc0"]


def test_settings_follow_the_source():
    network = NetworkConfig(
        z_dim=8, w_dim=8, mapping_layers=7, channel_base=64, channel_max=8, mbstd_group=4,
        discriminator_mapping_layers=0, discriminator_architecture="skip", precision="float32",
    )  # fmt: skip
    of = architecture(network, num_classes=3)
    found = transfer.starting_from(of, labels=False)
    assert found["network.mapping_layers"] == 7
    assert found["network.discriminator_architecture"] == "skip"
    # What a machine decides, and what a batch does, is no matter of the source.
    for name in ("precision", "num_low_precision", "conv_clamp", "mbstd_group"):
        assert f"network.{name}" not in found
    assert "network.discriminator_mapping_layers" not in found
    assert transfer.starting_from(of, labels=True)["network.discriminator_mapping_layers"] == 0
    assert found["augment.kimg"] == 100
    assert found["ema.rampup"] is None


def test_why_a_discriminator_is_missing_is_said(source):
    groups = frozenset({"generator_ema"})
    alone = dataclasses.replace(source, groups=groups, left_out="a discriminator with cmap_dim=7")
    with refused("but a discriminator with cmap_dim=7", "--resume_partial"):
        transfer.check_start(alone.architecture, alone, False)
    transfer.check_start(alone.architecture, alone, True)


# Attributes in other units

YEARS, DECADES = ((40.0, 30.0), (0.0, 1.0)), ((4.5, 2.0), (0.0, 1.0))


def scaled(scales) -> Architecture:
    shape = Shape.parse(8, 1)
    return Architecture(network=NETWORK, shape=shape, num_attributes=2, attribute_scales=scales)


def of_group(of: Architecture) -> dict:
    return {group: make_network(of, group) for group in network_folder.GROUPS}


@pytest.mark.parametrize(("theirs", "ours"), [(YEARS, DECADES), (YEARS, ()), ((), YEARS)])
def test_a_label_means_what_it_meant_to_the_source(theirs, ours):
    """Whatever constants the two sets have: the first pictures of a label are the source's."""
    before, after = of_group(scaled(theirs)), of_group(scaled(ours))
    source = Trained(
        "source", None, scaled(theirs), None, frozenset(before),
        numbers=10**6, label_space=LabelSpace(0, (), ("age", "hat")),
    )  # fmt: skip
    weights = {
        group: {n.name: n.from_ours(n.variable) for n in named_variables(network)}
        for group, network in before.items()
    }
    object.__setattr__(source, "weights", weights.get)
    labels = np.float32([[20, 1], [61, 0], [44, 1], [35, 0]])
    transfer.start(after, scaled(ours), source, attributes=("age", "hat"))
    images = before["generator_ema"](Z, labels, noise_mode="none").numpy()
    found = after["generator_ema"](Z, labels, noise_mode="none").numpy()
    np.testing.assert_allclose(found, images, atol=1e-4)
    logits = before["discriminator"](images, labels).numpy()
    np.testing.assert_allclose(after["discriminator"](images, labels), logits, atol=1e-3)
    # Of another name it means something else: weights go on as they are.
    transfer.start(after, scaled(ours), source, attributes=("hue", "hat"))
    np.testing.assert_array_equal(
        after["discriminator"].mapping.embed.kernel, before["discriminator"].mapping.embed.kernel
    )
