"""Settings that cannot train are refused, and no setting is forgotten."""

import copy
import dataclasses
import functools
import math
import re
import types

import pytest

from ada_tf.augment import AugmentPolicy
from ada_tf.cli import _command_line, _flags, train
from ada_tf.data import DataConfig
from ada_tf.errors import UserError
from ada_tf.models.families import DISCRIMINATORS, Family
from ada_tf.settings import SettingError, from_dict, leaves, replaced, to_dict
from ada_tf.training import session
from ada_tf.training.check_settings import RULES, check, check_data
from ada_tf.training.config import AugmentConfig, RunConfig
from ada_tf.training.presets import preset
from tests.sentences import refused

TINY = preset("tiny", data=DataConfig("digits", resolution=16, channels=1))
DATA = TINY.data
METHOD = "network.discriminator_method"
FLAGS = _flags.names_of(train.Flags)
NUMBERS = [s for s in leaves(RunConfig) if {int, float} & {*s.kinds}]


def changed(path, value, config=TINY):
    """A configuration with one other setting, whatever its own class would say of it."""
    head, _, rest = path.partition(".")
    config = copy.copy(config)
    object.__setattr__(config, head, changed(rest, value, getattr(config, head)) if rest else value)
    return config


def test_every_number_has_a_lower_end():
    for s in NUMBERS:
        ends = (s.about.at_least, s.about.above, s.choices or None, s.about.only)
        assert any(end is not None for end in ends), s.path


def outside(setting):
    """Values that no setting with these bounds may have."""
    about = setting.about
    yield from (math.nan, math.inf, -math.inf, "1", True)
    yield -(10**39)  # as the next: more than any type of a device holds
    yield 10**39
    if about.at_least is not None:
        yield about.at_least - 1
    if about.above is not None:
        yield about.above
    if about.at_most is not None:
        yield about.at_most * 2 + 1
    if about.below is not None:
        yield about.below
    if int in setting.kinds:
        yield (about.at_least or 0) + 0.5
    if not setting.optional:
        yield None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings(_flags.Flags):
    """Those of ada-train alone, whatever goes with them."""

    settings: dict = _flags.settings_of(RunConfig)


def by_program(path, value):
    """As ada-train reads it from --set."""
    flags = _command_line.parse(Settings, ["ada-train", f"--set={path}={value}"])
    preset("tiny", resolution=16, settings=flags.settings)


# Where a setting may come from.
DOORS = {
    "trainer": lambda path, value: check(changed(path, value)),
    "configuration": lambda path, value: replaced(TINY, {path: value}),
    "preset": lambda path, value: preset("tiny", resolution=16, settings={path: value}),
    "file": lambda path, value: from_dict(RunConfig, to_dict(changed(path, value))),
    "program": by_program,
}


@pytest.mark.parametrize("door", ["trainer", "configuration", "file"])
@pytest.mark.parametrize("setting", NUMBERS, ids=lambda s: s.path)
def test_values_outside_are_refused_in_the_language_of_the_reader(setting, door):
    check(TINY)
    for value in outside(setting):
        with pytest.raises(SettingError) as error:
            DOORS[door](setting.path, value)
        assert str(error.value).startswith(f"{setting.path}={value!r} must be "), value
        assert "\n" not in str(error.value)
        flag = FLAGS[setting.path]
        assert error.value.told(FLAGS).startswith(f"{flag}={value!r} must be "), value


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda s: s.path)
def test_the_ends_that_belong_to_an_interval_are_accepted(setting):
    for value in (setting.about.at_least, setting.about.at_most, *setting.choices):
        if value is not None:
            setting.check(value)
    if setting.optional:
        setting.check(None)


# What cannot train, apart from the table; every value once trained, or divided by zero.
NONSENSE = {
    "kimg": (math.nan, math.inf, -5, 0),
    "kimg_per_tick": (math.nan, 0),
    "snap": (0, 1.5),
    "checkpoint_minutes": (math.nan, -1),
    "snapshot_kimg": (math.nan, 0, -1),
    "seed": (1.5, "1", 2**64),
    "batch": (0, 32.0),
    "optimizer.learning_rate": (math.nan, math.inf, -1, 0),
    "optimizer.beta_1": (-0.1, 1),
    "optimizer.beta_2": (-0.1, 1),
    "optimizer.epsilon": (0, -1e-8),
    "loss.r1_gamma": (math.nan, math.inf, -1),
    "loss.r1_interval": (-1,),
    "loss.rotation_weight": (math.nan, -1),
    "loss.rotation_generator_weight": (math.nan, -1),
    "loss.pl_weight": (math.nan, -1),
    "loss.pl_interval": (0,),
    "loss.pl_decay": (-0.1, 1.1),
    "loss.pl_batch_shrink": (0,),
    "loss.style_mixing_prob": (7, -0.1),
    "loss.w_avg_decay": (-0.1, 1.1),
    "network.z_dim": (0,),
    "network.w_dim": (0,),
    "network.mapping_layers": (0,),
    "network.discriminator_mapping_layers": (-1,),
    "network.discriminator_mapping_lr": (0, math.nan),
    "network.channel_base": (3, 0),
    "network.channel_max": (0,),
    "network.discriminator_method": ("dropout",),
    "network.mbstd_group": (0,),
    "network.num_low_precision": (-3,),
    "network.conv_clamp": (0, -1, math.nan),
    "ema.kimg": (-1, math.nan),
    "ema.rampup": (-0.1, math.nan),
    "augment.resample": ("cubic",),
    "augment.p": (math.nan, 1.5),
    "augment.target": (math.nan, 2),
    "augment.kimg": (0, -1, math.nan),
    "augment.interval": (0,),
    "augment.cap": (math.nan, 0, 1.5),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("path", NONSENSE)
def test_nonsense_is_refused_wherever_it_comes_from(path, door):
    for value in NONSENSE[path]:
        if door == "program" and isinstance(value, str):
            continue  # there, all values are texts
        with pytest.raises(UserError):
            DOORS[door](path, value)


def test_a_policy_of_ones_own_is_for_models_not_for_runs():
    """A file keeps the name of a policy only."""
    mine = AugmentConfig(pipe=AugmentPolicy(xflip=1.0))
    with refused("augment.pipe=AugmentPolicy(xflip=1.0)", kind=SettingError):
        check(replaced(TINY, {"augment": mine}))


def test_what_tools_and_people_ask_for_is_accepted():
    """0 minutes save after every batch, which is how resuming is tested."""
    for path, value in (("checkpoint_minutes", 0), ("ema.kimg", 0), ("seed", -1)):
        check(changed(path, value))
    for path in ("augment.cap", "augment.target", "ema.rampup", "network.conv_clamp"):
        check(changed(path, None))


@pytest.mark.parametrize(
    ("changes", "replicas", "message"),
    [
        ({"batch": 30}, 1, r"batch=30 does not divide into parts of batch_gpu=16 images"),
        ({"batch": 7, "batch_gpu": 7}, 1, r"^batch=7 does not .* groups of 4 .* a multiple of 4\."),
        ({"batch": 14, "batch_gpu": 7}, 2, r"^batch=14 does not .* a multiple of 8\."),
        ({"batch": 12, "batch_gpu": 6}, 1, r"^batch_gpu=6 does not .* a multiple of 4\."),
        ({"batch": 8, "batch_gpu": 2}, 3, r"batch=8 does not divide among 3 devices"),
        ({"augment.mode": "none"}, 1, "aug='none' must be one of ada, adarv, fixed, noaug"),
        ({"augment.mode": "adarv"}, 1, "aug='adarv' compares with held-out images"),
        (
            {"augment.pipe": "bgx"},
            1,
            r"^augpipe='bgx' must be one of blit, .*, bgcfnc; --use brings others\.$",
        ),
        ({"augment.pipe": {"xflip": 1}}, 1, "augpipe="),
        ({"snapshots": "some"}, 1, "snapshots='some' must be one of state, generator"),
        ({"xla": "yes"}, 1, "xla='yes' must be one of auto, on, off"),
        ({"network.precision": "int8"}, 1, "^precision='int8' must be one of auto"),
        ({"network.generator": "gan"}, 1, "^network.generator='gan' must be one of stylegan2"),
        ({"network.discriminator": "gan"}, 1, "^network.discriminator='gan' must be one of style"),
        ({"loss.adversarial": "war"}, 1, "^adversarial='war' must be one of logistic"),
        ({"network.generator_architecture": "u"}, 1, "network.generator_architecture='u' must"),
        ({"network.channel_base": 3}, 1, "network.channel_base=3 leaves no feature maps at 16"),
        (
            {"network.discriminator_channel_base": 3},
            1,
            "network.discriminator_channel_base=3 leaves no feature maps at 16",
        ),
        ({"data.resolution": 25}, 1, "resolution=25 must be WIDTHxHEIGHT, such as 64 or 512x384"),
    ],
)
def test_settings_that_do_not_fit_are_named(changes, replicas, message):
    config = functools.reduce(lambda c, change: changed(*change, c), changes.items(), TINY)
    with pytest.raises(SettingError) as error:
        check(config, replicas)
    assert re.search(message, error.value.told(FLAGS))


def test_settings_are_checked_before_images_are_prepared(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "open_dataset", lambda config: pytest.fail("opened"))
    with pytest.raises(SettingError, match=r"^batch=30 "):
        session.train(changed("batch", 30), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def some_images(count, held_out=0):
    validation = types.SimpleNamespace(num_images=held_out)
    return types.SimpleNamespace(name="photos", num_images=count, validation=validation)


def test_too_few_images():
    check_data(TINY, some_images(16))
    with refused("batch=16"):
        check_data(TINY, some_images(15))
    adarv = changed("augment.mode", "adarv", changed("data.validation", 1))
    check_data(adarv, some_images(32, held_out=1))
    with refused("data.validation=1"):
        check_data(adarv, some_images(32, held_out=1), replicas=2)


# Settings of a complete configuration -> the sentence.
TOGETHER = [
    (
        {"augment.pseudo_reals": True, "augment.mode": "noaug"},
        "augment.pseudo_reals=True happens with probability p, and augment.mode='noaug' has no p",
    ),
    (
        {"loss.lecam_weight": 0.1, "loss.adversarial": "relativistic"},
        "loss.lecam_weight=0.1 keeps logits near a level, and with loss.adversarial='relativ",
    ),
    (
        {"augment.pipe": "none"},
        "augment.pipe='none' leaves nothing for p to decide; give augment.p",
    ),
    ({"loss.adversarial": "wasserstein"}, "loss.adversarial='wasserstein' measures a distance"),
    (
        {"loss.adversarial": "wasserstein", "loss.gp_weight": 10.0, "loss.r1_gamma": 1.0},
        "loss.gp_weight=10.0 draws slopes towards 1, and loss.r1_gamma=1.0",
    ),
    (
        {"loss.gp_weight": 10.0, "loss.r1_gamma": 0.0, "loss.r2_gamma": 1.0},
        "loss.gp_weight=10.0 draws slopes towards 1, and loss.r2_gamma=1.0",
    ),
    (
        {"augment.mode": "adarv"},
        "augment.mode='adarv' compares with held-out images; set data.validation to how many",
    ),
    (
        {METHOD: "spectralnorm", "network.discriminator": "patches"},
        f"{METHOD}='spectralnorm' is a part of the discriminator stylegan2, not of network.d",
    ),
]


@pytest.fixture
def patches(monkeypatch):
    """Another family of discriminators."""
    monkeypatch.setitem(DISCRIMINATORS, "patches", Family(None))


@pytest.mark.parametrize(("changes", "sentence"), TOGETHER)
@pytest.mark.usefixtures("patches")
def test_methods_that_do_not_go_together(changes, sentence):
    with refused(sentence, kind=SettingError):
        check(replaced(TINY, changes))


@pytest.mark.parametrize(
    "settings",
    [
        {METHOD: "spectralnorm"},
        {METHOD: "spectralnorm", "augment.mode": "noaug"},
        {METHOD: "auxrot", "augment.pipe": "color"},
        {METHOD: "auxrot", "augment.mode": "noaug"},
        {METHOD: "pagan"},
        {METHOD: "pagan", "augment.mode": "fixed", "augment.p": 0.5},
        {METHOD: "adropout"},
        {METHOD: "adropout", "augment.pipe": "bgc"},
    ],
)
def test_what_goes_together(settings):
    check(preset("tiny", data=DATA, settings=settings))


# Settings beside those that follow from them -> the sentence.
OF_METHODS = [
    (
        {METHOD: "auxrot"},
        f"{METHOD}='auxrot' predicts the orientation of images, and augment.pipe='bg",
    ),
    (
        {METHOD: "auxrot", "augment.pipe": "geom"},
        f"{METHOD}='auxrot' predicts the orientation of images, and augment.pipe='geom' turns them",
    ),
    (
        {METHOD: "auxrot", "augment.mode": "noaug", "data.resolution": "32x16"},
        f"data.resolution='32x16' is no square, and {METHOD}='auxrot' turns images by 90 degrees",
    ),
    (
        {METHOD: "auxrot", "loss.rotation_weight": 0.0},
        "loss.rotation_weight=0.0 weighs the ori",
    ),
    (
        {"loss.rotation_weight": 1.0},
        "loss.rotation_weight=1.0 weighs the orientation of images",
    ),
    (
        {METHOD: "pagan", "augment.mode": "noaug"},
        f"{METHOD}='pagan' is as strong as p, which r_t moves, not augment.mode='noaug'; take",
    ),
    (
        {METHOD: "adropout", "augment.mode": "adarv", "data.validation": 10},
        f"{METHOD}='adropout' is as strong as p, which r_t moves, not augment.mode='adarv'",
    ),
    (
        {METHOD: "pagan", "augment.pipe": "bgc"},
        f"{METHOD}='pagan' needs a higher p, by its target of 0.95, than augment.pipe='bgc'",
    ),
    (
        {METHOD: "pagan", "augment.pseudo_reals": True},
        f"{METHOD}='pagan' needs a higher p, by its target of 0.95, than augment.pseudo_reals",
    ),
]


@pytest.mark.parametrize(("settings", "sentence"), OF_METHODS)
def test_what_does_not_go_together(settings, sentence):
    with refused(sentence, kind=SettingError):
        check(preset("tiny", data=DATA, settings=settings))


@pytest.mark.usefixtures("patches")
def test_every_rule_refuses_something():
    configs = [replaced(TINY, changes) for changes, _ in TOGETHER]
    configs += [preset("tiny", data=DATA, settings=settings) for settings, _ in OF_METHODS]
    first = [next(rule for rule in RULES if rule.broken(config)) for config in configs]
    assert {*first} == {*RULES}
