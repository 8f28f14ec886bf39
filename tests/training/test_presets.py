"""Presets are the published settings: every number, and every number of the documentation."""

import dataclasses
import json
import pathlib
import re

import pytest

import ada_tf
from ada_tf.data import DataConfig, open_dataset
from ada_tf.label_space import LabelSpace
from ada_tf.settings import differences, from_dict, get, leaves, to_dict
from ada_tf.shape import Shape
from ada_tf.training.check_settings import check, check_early
from ada_tf.training.config import RunConfig
from ada_tf.training.preset_table import R3GAN
from ada_tf.training.presets import NAMES, auto_preset, preset
from tests.sentences import refused

DATA = DataConfig("digits", resolution=256, channels=3)
DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "presets.md"


@pytest.mark.parametrize(
    ("resolution", "gpus", "batch", "gamma", "ema"),
    [
        (32, 1, 32, 0.0064, 10),
        (128, 1, 32, 0.1024, 10),
        (256, 1, 16, 0.8192, 5),
        (256, 4, 64, 0.2048, 20),
        (256, 8, 64, 0.2048, 20),
        (512, 1, 8, 6.5536, 2.5),
        (512, 8, 64, 0.8192, 20),
        (1024, 1, 4, 52.4288, 1.25),
        (1024, 8, 32, 6.5536, 10),
    ],
)
def test_auto(resolution, gpus, batch, gamma, ema):
    row = auto_preset(resolution, gpus)
    assert (row.batch, row.ema_kimg) == (batch, ema)
    assert row.gamma == pytest.approx(gamma)
    assert row.learning_rate == (0.002 if resolution >= 1024 else 0.0025)
    assert row.feature_maps == (1 if resolution >= 512 else 0.5)
    assert row.mbstd == min(batch // gpus, 4)
    assert (row.ema_rampup, row.mapping_layers, row.kimg) == (0.05, 2, 25000)


@pytest.mark.parametrize(
    ("size", "square"),
    [("64x64", 64), ("48x64", 64), ("512x384", 512), ("40x12", 16), ("16x8", 16)],
)
def test_odd_shapes_train_as_the_square_of_about_as_many_pixels(size, square):
    odd, even = (preset("auto", resolution=r, channels=3) for r in (size, square))
    assert {d.path for d in differences(odd, even)} <= {"data.resolution"}
    assert odd.architecture.shape == Shape.parse(size)


def test_feature_maps_must_reach_the_last_block():
    """Which is called 16 in pictures of 24x16: two doublings."""
    preset("tiny", resolution="16x24", channels=3, channel_base=16)
    with refused("network.channel_base=15", "16x24"):
        preset("tiny", resolution="16x24", channels=3, channel_base=15)


# kimg, batch, GPUs that fix the images of each, minibatch-std group, feature maps, learning rate,
# gamma, half-life of the average and its ramp, mapping layers; as published.
PUBLISHED = {
    "auto": (25000, 16, 1, 4, 0.5, 0.0025, 0.8192, 5, 0.05, 2),  # at 256 pixels on one GPU
    "stylegan2": (25000, 32, 8, 4, 1, 0.002, 10, 10, None, 8),
    "paper256": (25000, 64, 8, 8, 0.5, 0.0025, 1, 20, None, 8),
    "paper512": (25000, 64, 8, 8, 1, 0.0025, 0.5, 20, None, 8),
    "paper1024": (25000, 32, 8, 4, 1, 0.002, 2, 10, None, 8),
    "cifar": (100000, 64, 2, 32, 1, 0.0025, 0.01, 500, 0.05, 2),
}


def published(name):
    """Every setting of a preset, but for the data."""
    kimg, batch, gpus, group, maps, lr, gamma, ema, ramp, layers = PUBLISHED[name]
    ours, cifar = name == "auto", name == "cifar"
    return {
        "preset": name,
        "network": {
            "generator": "stylegan2",
            "discriminator": "stylegan2",
            "z_dim": 512,
            "w_dim": 512,
            "mapping_layers": layers,
            "discriminator_mapping_layers": 0 if cifar else 8,
            "discriminator_mapping_lr": 0.1 if cifar else 0.01,
            "channel_base": 32768 * maps,
            "channel_max": 512,
            "generator_channel_base": None,
            "generator_channel_max": None,
            "discriminator_channel_base": None,
            "discriminator_channel_max": None,
            "generator_architecture": "skip",
            "discriminator_architecture": "orig" if cifar else "resnet",
            "discriminator_method": "none",
            "mbstd_group": group,
            "precision": "auto",
            "num_low_precision": 4,
            "conv_clamp": 256,
        },
        "loss": {
            "adversarial": "logistic",
            "r1_gamma": gamma,
            "r1_interval": 16,
            "r2_gamma": 0,
            "gp_weight": 0,
            "lecam_weight": 0,
            "lecam_decay": 0.99,
            "bcr_weight": 0,
            "zcr_weight": 0,
            "zcr_generator_weight": 0.5,
            "zcr_std": 0.05,
            "rotation_weight": 0,
            "rotation_generator_weight": 10,
            "pl_weight": 0 if cifar else 2,
            "pl_interval": 4,
            "pl_decay": 0.01,
            "pl_batch_shrink": 2,
            "style_mixing_prob": 0 if cifar else 0.9,
            "w_avg_decay": 0.995,
        },
        "optimizer": {
            "learning_rate": lr,
            "beta_1": 0,
            "beta_2": 0.99,
            "epsilon": 1e-8,
            "freeze_d": 0,
            "freeze_g": 0,
        },
        "ema": {"kimg": ema, "rampup": ramp},
        "augment": {
            "mode": "ada",
            "pipe": "bgc",
            "resample": "supersampled",
            "pseudo_reals": False,
            "p": 0,
            "target": 0.6,
            "kimg": 500,
            "interval": 4,
            "cap": 0.8 if ours else None,
        },
        "batch": batch,
        "batch_gpu": batch // gpus,
        "kimg": kimg,
        "num_classes": 0,
        "resume": None,
        "resume_partial": False,
        "class_names": (),
        "attributes": (),
        "attribute_ranges": (),
        "attribute_scales": (),
        "class_shares": (),
        "seed": 0,
        "snap": 50,
        "kimg_per_tick": 4,
        "checkpoint_minutes": 10,
        "snapshot_kimg": 200,
        "snapshots": "state",
        "xla": "auto",
        "conv": "strided",
        "tf32": ours,
        "use": (),
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_setting_is_the_published_one(name):
    found = to_dict(preset(name, data=DATA))
    assert found.pop("data") == to_dict(DATA)
    assert found == published(name)


def test_tiny_is_a_preset_of_ours():
    config = preset("tiny", data=DATA, resolution=16)
    assert (config.augment.cap, config.tf32) == (0.8, True)
    assert (config.network.precision, config.network.num_low_precision) == ("auto", 4)


def rows_of_the_document(first, title):
    """(setting -> its words by preset, setting -> its flag), from two tables of the documentation.

    The first has a column a preset, and flags; the second says what is the same in all of them.
    """
    text = DOCUMENT.read_text()
    heads = rf"^\| (?:setting \| `{first}`|section \| {title}) \|.*\n(?:\|.*\n)+"
    tables = re.findall(heads, text, re.M)
    differing, alike = ([line.strip("| ").split(" | ") for line in t.splitlines()] for t in tables)
    names = [name.strip("`") for name in differing[0][1:]]
    words, flags = {}, {}
    for first, *cells in differing[2:]:
        setting, *flag = first.replace("`", "").split()
        words[setting] = dict(zip(names, cells, strict=True))
        flags[setting] = flag[0].removeprefix("--") if flag else None
    for section, cell in alike[2:]:
        prefix = "" if section == "the run" else section.strip("`") + "."
        for name, value in re.findall(r"`(\w+)` ([^,]+)", cell):
            words[prefix + name] = dict.fromkeys(names, value)
    return words, flags


def flat(values, prefix=""):
    for name, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


@pytest.mark.parametrize(
    ("names", "title"),
    [
        ([name for name in NAMES if name not in R3GAN], "the same in every preset"),
        (list(R3GAN), "the same in all presets of R3GAN"),
    ],
)
def test_the_documentation_lists_every_setting_of_every_preset(names, title):
    """If not: python tools/document_presets.py."""
    table, flags = rows_of_the_document(names[0], title)
    known = leaves(preset(names[0], data=DATA))
    assert flags == {s.path: s.about.flag for s in known if s.path in flags}
    for name in names:
        settings = dict(flat(to_dict(preset(name, data=DATA))))
        settings = {k: v for k, v in settings.items() if k.partition(".")[0] not in OF_A_RUN}
        assert table.keys() == settings.keys()
        for setting, value in settings.items():
            text = f"{value:g}" if type(value) is float else str(value).lower()
            assert table[setting][name] == text, (name, setting)


# What the data and the command decide, whatever the preset.
OF_A_RUN = ("preset", "data", "num_classes", "class_names", "attributes", "attribute_ranges",
            "attribute_scales", "class_shares", "resume", "resume_partial", "seed", "use")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_valid_and_survives_json(name):
    config = preset(name, data=DATA)
    check(config)
    assert from_dict(RunConfig, to_dict(config)) == config
    assert differences(config, config) == []


def test_classes_are_those_of_the_data():
    data = DataConfig("digits", cond=True)
    dataset = open_dataset(data)
    config = preset("tiny", data=data, dataset=dataset)
    assert (config.num_classes, config.class_names) == (10, tuple("0123456789"))
    assert from_dict(RunConfig, json.loads(json.dumps(to_dict(config)))) == config
    # A checkpoint must stay readable: names that fill megabytes are left out.
    long = tuple(str(i) * 2**18 for i in range(10))
    config = preset(
        "tiny", data=data, dataset=dataclasses.replace(dataset, label_space=LabelSpace(10, long))
    )
    assert (config.num_classes, config.class_names) == (10, ())


@pytest.mark.parametrize(("classes", "names"), [(3, ("a", "b")), (0, ("a",)), (1, ("a", "b"))])
def test_every_class_has_a_name_or_none_has(classes, names):
    config = preset("tiny", data=DATA, resolution=16)
    with refused(len(names), classes):
        dataclasses.replace(config, num_classes=classes, class_names=names)


def test_unknown_names_fail():
    with refused("preset='best'"):
        preset("best", data=DATA)
    with refused("RunConfig", "'kimgs'"):
        from_dict(RunConfig, {**to_dict(preset("tiny", data=DATA, resolution=16)), "kimgs": 1})


def test_overrides_replace_what_the_preset_says():
    config = preset("paper256", data=DATA, replicas=2, batch=16, augment={"cap": 0.5}, kimg=7)
    assert (config.batch, config.batch_gpu, config.augment.cap, config.kimg) == (16, 8, 0.5, 7)
    assert config.augment.target == 0.6


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({"network.w_dim": 24, "ema.kimg": 3.0}, {}),
        ({"network": {"w_dim": 24}, "ema": {"kimg": 3.0}}, {}),
        ({"ema.kimg": 3.0}, {"w_dim": 24}),
        ({}, {"w_dim": 24, "ema": {"kimg": 3.0}}),
    ],
)
def test_settings_are_named_by_path_by_section_or_by_their_end(settings, more):
    config = preset("tiny", resolution=16, settings=settings, **more)
    assert (config.network.w_dim, config.ema.kimg, config.kimg) == (24, 3.0, 120)


@pytest.mark.parametrize(
    "arguments",
    [
        {"w_dims": 24},
        {"network": {"w_dims": 24}},
        {"w_dim": 24, "settings": {"network": {"w_dim": 8}}},
        {"settings": {"preset": "auto"}},
        {"num_classes": 3},
        {"class_names": ("a",)},
        {"r1_gamma": -1.0},
        {"batch": "8"},
        {"resolution": 25},
        {"resolution": None},
        {"dataset": object()},
        {"dataset": object(), "data": DATA, "mirror": True},
        {"interval": 3, "augment": {"interval": 3}},
    ],
)
def test_settings_that_nobody_knows(arguments):
    with refused():
        preset("tiny", **{"resolution": 16, **arguments})


def test_names_with_two_meanings_are_refused():
    """`kimg` is the run's, for that is its whole path; two sections share none but it."""
    assert preset("tiny", resolution=16, kimg=5).kimg == 5


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"batch": 8}, {"batch_gpu": 4}),
        ({"batch": 1}, {"batch_gpu": 1}),
        ({"batch": 8, "batch_gpu": 2}, {"batch_gpu": 2}),
        ({"augment.mode": "adarv"}, {"augment.target": 0.5}),
        ({"augment.mode": "adarv", "augment.target": 0.7}, {"augment.target": 0.7}),
        (
            {"network.precision": "float16"},
            {"network.num_low_precision": 4, "network.conv_clamp": 256.0},
        ),
        (
            {"network.precision": "bfloat16"},
            {"network.num_low_precision": 4, "network.conv_clamp": None},
        ),
        ({"network.precision": "auto"}, {"network.num_low_precision": 4}),
        ({"network.precision": "bfloat16", "network.conv_clamp": 9.0}, {"network.conv_clamp": 9.0}),
        (
            {"network.precision": "float32"},
            {"network.num_low_precision": 0, "network.conv_clamp": None},
        ),
    ],
)
def test_what_follows_from_a_setting_unless_it_is_given(given, found):
    config = preset("tiny", resolution=16, replicas=2, settings=given)
    for path, value in {**given, **found}.items():
        assert get(config, path) == value, path


@pytest.mark.parametrize("resolution", [None, 64])
@pytest.mark.parametrize(
    "overrides",
    [
        {"batch": 7},
        {"augment": {"pipe": "bgx"}},
        {"loss": {"r1_gamma": -1.0}},
    ],
)
def test_what_no_data_can_mend_is_refused_before_they_are_opened(resolution, overrides):
    data = DataConfig("photos", resolution=resolution)
    with refused():
        check_early("auto", data, 1, overrides)


def test_what_some_resolution_could_mend_is_not_refused_early():
    """`auto` has batches of 32 up to 128 pixels, of 16 at 256."""
    check_early("auto", DataConfig("photos"), 1, {"batch_gpu": 32})
    check_early("auto", DataConfig("photos", resolution=128), 1, {"batch_gpu": 32})
    with refused("batch=16"):
        check_early("auto", dataclasses.replace(DATA), 1, {"batch_gpu": 32})


def test_data_may_be_a_source_alone():
    given = {"resolution": 16, "channels": 1}
    expected = preset("tiny", data=DataConfig("photos", mirror=True), **given)
    assert preset("tiny", data="photos", mirror=True, **given) == expected
    with refused("data=7"):
        preset("tiny", data=7, **given)


def test_what_is_no_configuration_cannot_be_trained(tmp_path):
    with refused("config='digits'", "preset"):
        ada_tf.train("digits", tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
