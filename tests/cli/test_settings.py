"""Flags of the programs and settings of a run: none is unreachable, none is named that is not there."""

import ast
import dataclasses
import importlib
import pathlib
import re

import pytest

import ada_tf
from ada_tf.cli import _command_line, _flags, _help
from ada_tf.data import DataConfig
from ada_tf.settings import flags_of, get, leaves
from ada_tf.training.config import RunConfig
from ada_tf.training.presets import preset
from tests.sentences import refused

# What people type; a change here is a change for them.
FLAGS = {
    "data": ["data.source"],
    "resolution": ["data.resolution"],
    "cond": ["data.cond"],
    "subset": ["data.subset"],
    "mirror": ["data.mirror"],
    "validation": ["data.validation"],
    "channels": ["data.channels"],
    "bits": ["data.bits"],
    "crop": ["data.crop"],
    "pad_color": ["data.pad_color"],
    "resize_filter": ["data.resize_filter"],
    "cache_dir": ["data.cache_dir"],
    "data_dir": ["data.data_dir"],
    "split": ["data.split"],
    "follow_links": ["data.follow_links"],
    "seed": ["seed", "data.seed"],
    "resume": ["resume"],
    "resume_partial": ["resume_partial"],
    "freezed": ["optimizer.freeze_d"],
    "freezeg": ["optimizer.freeze_g"],
    "preset": ["preset"],
    "cmethod": ["network.discriminator_method"],
    "precision": ["network.precision"],
    "adversarial": ["loss.adversarial"],
    "gamma": ["loss.r1_gamma"],
    "r2_gamma": ["loss.r2_gamma"],
    "gp": ["loss.gp_weight"],
    "lecam": ["loss.lecam_weight"],
    "bcr": ["loss.bcr_weight"],
    "zcr": ["loss.zcr_weight"],
    "pl_weight": ["loss.pl_weight"],
    "lr": ["optimizer.learning_rate"],
    "aug": ["augment.mode"],
    "augpipe": ["augment.pipe"],
    "apa": ["augment.pseudo_reals"],
    "p": ["augment.p"],
    "target": ["augment.target"],
    "ada_kimg": ["augment.kimg"],
    "ada_cap": ["augment.cap"],
    "batch": ["batch"],
    "batch_gpu": ["batch_gpu"],
    "kimg": ["kimg"],
    "snap": ["snap"],
    "checkpoint_minutes": ["checkpoint_minutes"],
    "snapshot_kimg": ["snapshot_kimg"],
    "snapshots": ["snapshots"],
    "xla": ["xla"],
    "conv": ["conv"],
    "tf32": ["tf32"],
}
TINY = preset("tiny", data=DataConfig("digits", resolution=16, channels=1))
GIVEN = [s for s in leaves(RunConfig) if s.about.decided_by is None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings(_flags.Flags):
    """Those of ada-train alone, whatever goes with them."""

    settings: dict = _flags.settings_of(RunConfig)


def given(*arguments):
    return _command_line.parse(Settings, ["ada-train", *arguments]).settings


def test_flags_keep_their_names():
    found = {flag: [s.path for s in group] for flag, group in flags_of(RunConfig).items()}
    assert found == FLAGS


def text_of(value) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


@pytest.mark.parametrize("setting", GIVEN, ids=lambda s: s.path)
def test_every_setting_is_reached_by_set(setting):
    value = get(TINY, setting.path)
    assert given(f"--set={setting.path}={text_of(value)}") == {setting.path: value}


@pytest.mark.parametrize("setting", [s for s in GIVEN if s.about.flag], ids=lambda s: s.path)
def test_every_flag_gives_its_settings(setting):
    value, flag = get(TINY, setting.path), setting.about.flag
    found = given(f"--{flag}={text_of(value)}")
    assert found == {path: get(TINY, path) for path in FLAGS[flag]}
    with refused(f"--{flag}"):
        given(f"--{flag}={text_of(value)}", f"--set={setting.path}={text_of(value)}")


def test_every_setting_has_a_sentence():
    for s in leaves(RunConfig):
        assert re.fullmatch(r"[^\n|]+\.", s.help), s.path


def test_flags_of_settings_are_in_the_help():
    shown = _help.page("Trains.", Settings)
    for name in [*FLAGS, "set"]:
        assert re.search(rf"--(\[no\])?{name}: ", shown), name


# Flags of other programs such as pip, of absl itself, and the word for any flag.
FOREIGN = {
    "tf_xla_persistent_cache_directory",
    "tf_xla_persistent_cache_device_types",
    "xla_gpu_enable_triton_gemm",
    "xla_gpu_cuda_data_dir",
    "query-gpu",
    "version",
    "flagfile",
    "quiet",
    "no-deps",
    "ignore-scripts",
    "only-binary",
    "dest",
    "format",
    "help",
    "helpshort",
    "name",
}


PROGRAMS = [
    importlib.import_module(f"ada_tf.cli.{path.stem}")
    for path in pathlib.Path(ada_tf.__file__).parent.glob("cli/[!_]*.py")
]


def texts_of(path):
    """The texts of a module, f-strings in one piece."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_text_names_a_flag_that_is_not_there():
    known = set(FOREIGN)
    for program in PROGRAMS:
        options = _flags.options_of(program.Flags)
        known |= {one.name for one in options} | {f"no{one.name}" for one in options if one.switch}
    named = {}
    for path in pathlib.Path(ada_tf.__file__).parent.rglob("*.py"):
        for text in texts_of(path):
            for flag in re.findall(r"(?<![\w-])--([a-z][\w-]*)", text):
                named.setdefault(flag, path.name)
    assert len(named) > 30
    assert {flag: file for flag, file in named.items() if flag not in known} == {}
