"""A second family goes the whole way: made, trained, saved, continued, generated from, exported."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.cli import train as program
from ada_tf.data import DataConfig
from ada_tf.inference.export import export_generator
from ada_tf.inference.generate import generate
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop.export.saved_model import export_saved_model
from ada_tf.models import families as families_room
from ada_tf.models import variables_by_name
from ada_tf.models.build import make_generator
from ada_tf.models.families import Family, NetworkSettings, add_family
from ada_tf.settings import SettingError, differences, from_dict, leaves, replaced, setting, to_dict
from ada_tf.training.config import AugmentConfig, RunConfig
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint_folder import newest
from ada_tf.training.runs.run_dir import read_options
from ada_tf.training.session import train
from tests.cli.programs import flags_of
from tests.families import dcgan
from tests.sentences import refused
from tests.training import tiny

DATA = DataConfig("digits", resolution=8, channels=1, subset=32)
OWN = {"network.generator": "own", "network.width": 6}


@pytest.fixture(autouse=True)
def families():
    """The tables with a family that uses the settings of StyleGAN2, and one with its own."""
    tables = families_room.GENERATORS, families_room.DISCRIMINATORS
    before = [dict(table) for table in tables]
    add_family("dcgan", generator=dcgan.GENERATOR)
    add_family("patches", discriminator=dcgan.DISCRIMINATOR)
    add_family("own", dcgan.OWN_GENERATOR, dcgan.OWN_DISCRIMINATOR)
    yield
    for table, rows in zip(tables, before, strict=True):
        table.clear()
        table.update(rows)


def network():
    return dataclasses.replace(tiny.NETWORK, generator="dcgan", discriminator="patches")


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("classes", [None, [0.5, 0.5]])
def test_every_weight_of_both_networks_learns(classes):
    m = tiny.model(network=network(), loss=tiny.LOSS, label_source=classes)
    before = tiny.state(m)
    logs = tiny.train(m, 2, classes=len(classes or [0]))
    assert np.isfinite([float(value) for value in logs.values()]).all()
    assert m.non_finite.read() == (None, None)
    after = tiny.state(m)
    for name in before:
        if name.startswith(("generator/", "discriminator/")):
            assert (before[name] != after[name]).any(), name


@pytest.mark.usefixtures("untraced")
def test_patches_move_p_by_all_of_their_signs():
    m = tiny.model(network=network(), augment=AugmentConfig(mode="ada"))
    tiny.train(m, 1)
    # 2 x 2 patches of 4 images, in the main phase and again in R1; images count once
    assert (m.augment.observed().count, m.augment.observed().images) == (2 * 4 * 4, 4)


def config_of(kimg, family):
    own = OWN if family == "own" else {}
    config = preset("tiny", data=DATA, settings=own)
    return dataclasses.replace(
        config, network=config.network if own else network(), loss=tiny.LOSS, batch=4, batch_gpu=4, kimg=kimg,
        augment=dataclasses.replace(config.augment, pipe="color"),
    )  # fmt: skip


@pytest.mark.parametrize("family", ["dcgan", "own"])
def test_a_run_from_its_start_to_an_export(tmp_path, family, request):
    if family == "own":
        request.getfixturevalue("untraced")
    run_dir = train(config_of(0.008, family), tmp_path / "runs")
    assert train(config_of(0.016, family), tmp_path / "runs") == run_dir
    whole = train(config_of(0.016, family), tmp_path / "whole")
    ours, theirs = (tf.train.load_checkpoint(newest(path)) for path in (run_dir, whole))
    names = [n for n in ours.get_variable_to_shape_map() if n.startswith("state/generator")]
    assert len(names) > 10
    for name in names:
        np.testing.assert_array_equal(ours.get_tensor(name), theirs.get_tensor(name))
    generator, config = load_generator(run_dir)
    images = generate(generator, seeds=[1, 2], truncation_psi=0.7)
    assert images.shape == (2, 8, 8, 1)
    assert config.network == read_options(run_dir).network == config_of(0.016, family).network
    assert (images[0] != images[1]).any()
    exported = tf.saved_model.load(str(export_saved_model(generator, tmp_path / "export", config)))
    z = tf.constant(np.random.RandomState(0).randn(3, generator.z_dim), tf.float32)
    served = exported.signatures["serving_default"](z=z, truncation_psi=tf.constant(1.0))
    np.testing.assert_allclose(served["images"], generator(z), atol=1e-6)


def test_names_do_not_depend_on_what_was_built_before():
    """Keras numbers its layers through a process; two of the same kind have the same names."""
    first, second = (dcgan.DCGANGenerator() for _ in range(2))
    assert list(variables_by_name(first)) == list(variables_by_name(second))
    assert len(variables_by_name(first)) == len(first.variables)


def test_presets_decide_what_they_know_and_the_family_the_rest():
    found = preset("tiny", data=DATA, settings={"network.generator": "own"}).network
    assert found == dcgan.DCGANSettings(
        generator="own", discriminator="own", z_dim=64, channel_max=64, width=8
    )
    # cifar sets the architecture of StyleGAN2's discriminator, which others have not.
    assert preset("cifar", data=DATA, settings=OWN).network.width == 6


def test_settings_of_a_family_are_settings_as_any():
    config = preset("tiny", data=DATA, settings=OWN)
    paths = [s.path for s in leaves(config)]
    assert "network.width" in paths
    assert "network.mbstd_group" not in paths
    assert from_dict(RunConfig, to_dict(config)) == config
    assert replaced(config, {"network.width": 3}).network.width == 3
    found = {d.path: (d.ours, d.theirs) for d in differences(config, preset("tiny", data=DATA))}
    assert found["network.width"] == (6, None)
    assert found["network.w_dim"] == (None, 64)


def settings_given(*texts):
    return flags_of(program, *texts).settings


def test_flags_follow_the_family():
    found = settings_given(
        "--set=network.generator=own", "--set=network.width=6", "--precision=float32"
    )
    assert found == {"network.generator": "own", "network.width": 6, "network.precision": "float32"}


@pytest.mark.parametrize(
    "texts",
    [
        ["network.generator=other"],
        ["network.width=6"],
        ["network.generator=own", "network.width=0"],
        ["network.generator=own", "network.mbstd_group=4"],
        ["network.generator=own", "network.discriminator=stylegan2"],
    ],
)
def test_settings_of_another_family_are_refused(texts):
    with refused():
        settings_given(*(f"--set={text}" for text in texts))


def test_a_flag_of_another_family_is_refused():
    with refused("cmethod='pagan'"):
        settings_given("--set=network.generator=own", "--cmethod=pagan")


def test_a_discriminator_with_settings_of_its_own_extends_those_of_the_generator():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Wider(type(tiny.NETWORK)):
        patches: int = setting(2, "Patches.", at_least=1)

    add_family("wider", discriminator=dcgan.DISCRIMINATOR._replace(settings=Wider))
    found = preset("tiny", data=DATA, settings={"discriminator": "wider", "patches": 3}).network
    assert (type(found), found.patches, found.w_dim) == (Wider, 3, 64)


def test_a_class_of_settings_belongs_to_its_family():
    with refused("generator='own'", kind=SettingError):
        dataclasses.replace(tiny.NETWORK, generator="own", discriminator="own")


def plain_settings():
    class Loose(NetworkSettings):
        pass

    return Loose


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "stylegan2",
            {"generator": dcgan.GENERATOR},
        ),
        (
            "my-gan",
            {"generator": dcgan.GENERATOR},
        ),
        ("new", {}),
        (
            "new",
            {"generator": Family(None, settings=dict)},
        ),
        (
            "new",
            {"generator": Family(None, settings=plain_settings())},
        ),
        (
            "patches",
            {"generator": dcgan.GENERATOR, "discriminator": dcgan.DISCRIMINATOR},
        ),
    ],
)
def test_a_family_that_cannot_be_added_leaves_nothing(name, rows):
    before = list(families_room.GENERATORS), list(families_room.DISCRIMINATORS)
    with refused():
        add_family(name, **rows)
    assert before == (list(families_room.GENERATORS), list(families_room.DISCRIMINATORS))


def broken(config, shape, label_dim, name):
    return dcgan.DCGANGenerator(config.z_dim, label_dim, widths=3)


def too_large(config, shape, label_dim, name):
    return dcgan.DCGANGenerator(config.z_dim, label_dim, (16, 16, 1), name=name)


@pytest.mark.parametrize(
    "make",
    [
        broken,
        too_large,
    ],
)
def test_a_mistake_in_a_family_leaves_no_run_directory(tmp_path, make):
    add_family("bad", Family(make, settings=dcgan.DCGANSettings), dcgan.OWN_DISCRIMINATOR)
    config = preset("tiny", data=DATA, settings={"network.generator": "bad"})
    with refused("network.generator='bad'"):
        train(config, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_family_gets_labels_as_they_are_unless_it_scales_them():
    """Its `make` takes no `label_scales` then."""
    scales = ((1.0, 2.0), (0.0, 1.0))
    made = make_generator(network(), DATA.shape, 2, label_scales=scales)
    assert made(tf.zeros([2, made.z_dim]), tf.zeros([2, 2])).shape == (2, *DATA.shape.hwc)


def test_a_format_that_the_family_lacks_is_refused_before_anything_is_written(tmp_path):
    config = preset("tiny", data=DATA, settings=OWN)
    generator = make_generator(config.network, config.data.shape, 0)
    with refused("format='onnx'"):
        export_generator(generator, config, tmp_path / "out", "onnx")
    assert not (tmp_path / "out").exists()
