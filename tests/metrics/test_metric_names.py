import subprocess
import sys
import types

import pytest

from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.metric_names import REFERENCES, Path, parse_metric, parse_metrics
from tests.sentences import refused


@pytest.mark.parametrize(
    ("name", "kind", "fakes", "network", "references", "reals", "neighbours"),
    [
        ("fid50k_full", "fid", 50_000, "inception", ("all",), None, None),
        ("kid50k_full", "kid", 50_000, "inception", ("all",), 1_000_000, None),
        ("pr50k3_full", "pr", 50_000, "vgg16", ("all",), 200_000, 3),
        ("is50k", "is", 50_000, "inception", (), 0, None),
        ("fid50k", "fid", 50_000, "inception", ("mirrored",), 50_000, None),
        ("pr50k3", "pr", 50_000, "vgg16", ("mirrored",), 50_000, 3),
        ("kid2k_full_mnv2", "kid", 2_000, "mobilenet", ("all",), 1_000_000, None),
        ("fid500_full", "fid", 500, "inception", ("all",), None, None),
        ("kid33", "kid", 33, "inception", ("mirrored",), 50_000, None),
        ("pr5003_full", "pr", 5003, "vgg16", ("all",), 200_000, 3),
        ("pr2k_mnv2", "pr", 2_000, "mobilenet", ("mirrored",), 50_000, 3),
        ("pr2k5_mnv2", "pr", 2_000, "mobilenet", ("mirrored",), 50_000, 5),
        ("kid2k_train", "kid", 2_000, "inception", ("training",), 1_000_000, None),
        ("pr2k5_held_mnv2", "pr", 2_000, "mobilenet", ("held_out",), 200_000, 5),
        ("fid50k_full_clean", "fid", 50_000, "inception_clean", ("all",), None, None),
        ("is5k_lite0", "is", 5_000, "lite0", (), 0, None),
        ("pr5k3_inception", "pr", 5_000, "inception", ("mirrored",), 50_000, 3),
        ("dc5k_full", "dc", 5_000, "vgg16", ("all",), 200_000, 5),
        ("dc5k10_full_mnv2", "dc", 5_000, "mobilenet", ("all",), 200_000, 10),
    ],
)
def test_names(name, kind, fakes, network, references, reals, neighbours):
    m = parse_metric(name)
    assert (m.fakes, m.network, m.references, m.reals, m.neighbours) == (
        fakes, network, references, reals, neighbours,
    )  # fmt: skip
    assert m.kind is KINDS[kind]
    assert m.name == name
    assert m.path is None


@pytest.mark.parametrize(
    ("name", "pairs", "path"),
    [
        ("ppl2_wend", 50_000, Path("w", True, False)),
        ("ppl_zfull", 50_000, Path("z", False, True)),
        ("ppl_wend_2k", 2_000, Path("w", True, True)),
        ("ppl2_wend_100", 100, Path("w", True, False)),
    ],
)
def test_path_lengths(name, pairs, path):
    m = parse_metric(name)
    assert m.kind is KINDS["ppl"]
    assert (m.fakes, m.path, m.network, m.reals) == (pairs, path, "lpips", 0)


def test_keys_and_directions():
    assert parse_metric("pr50k3").keys == ("pr50k3_precision", "pr50k3_recall")
    assert parse_metric("dc5k_full").keys == ("dc5k_full_density", "dc5k_full_coverage")
    assert parse_metric("is5k").keys == ("is5k_mean", "is5k_std")
    assert parse_metric("fid5k").keys == ("fid5k",)
    higher = {name for name, kind in KINDS.items() if kind.higher_is_better}
    assert higher == {"is", "pr", "dc", "prdc", "auth", "ct"}
    assert {name for name, kind in KINDS.items() if not kind.decides} == {
        "pr", "dc", "prdc", "auth", "ct",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "fid",
        "fid0k",
        "fid50k_ful",
        "pr50k0",
        "pr50k100",
        "pr50k3k",
        "is50k_full",
        "is50k_held",
        "auth1k_full",
        "kid5k_nobody",
        "kid50k3",
        "ppl50k",
        "ppl_x",
        "",
        "ppl",
    ],
)
def test_not_a_metric(name):
    with refused("metrics="):
        parse_metric(name)


def test_lists_keep_each_once():
    assert [m.name for m in parse_metrics("fid5k, kid2k,fid5k")] == ["fid5k", "kid2k"]
    assert [m.name for m in parse_metrics(["kid2k"])] == ["kid2k"]
    for nothing in ("", " ,", []):
        with refused("metrics=", "fid50k_full"):
            parse_metrics(nothing)


def test_another_reference_for_all_that_have_one():
    names = "fid5k,pr2k3_full,kid2k_held_mnv2,is5k,ppl2_wend,auth1k"
    for reference, word in REFERENCES.items():
        assert [(m.name, m.references) for m in parse_metrics(names, reference=reference)] == [
            (f"fid5k{word}", (reference,)), (f"pr2k3{word}", (reference,)),
            (f"kid2k{word}_mnv2", (reference,)), ("is5k", ()), ("ppl2_wend", ()),
            ("auth1k", ("training", "held_out")),
        ]  # fmt: skip


def test_features_for_all_names_that_have_no_end():
    found = parse_metrics("fid5k,pr2k3_full,kid2k_mnv2,fid5k_lite0,ppl2_wend", "lite0")
    assert [(m.name, m.network) for m in found] == [
        ("fid5k_lite0", "lite0"), ("pr2k3_full_lite0", "lite0"), ("kid2k_mnv2", "mobilenet"),
        ("ppl2_wend", "lpips"),
    ]  # fmt: skip
    # The network of the papers has no end: one measure has one name.
    found = parse_metrics("fid5k,pr2k,fid5k_inception", "inception")
    assert [m.name for m in found] == ["fid5k", "pr2k_inception"]


def test_a_network_without_the_output_is_refused_by_the_name_that_was_typed():
    for name, features in (("is5k", "mobilenet"), ("is5k_mnv2", None)):
        with refused(f"metrics='{name}'"):
            parse_metrics(name, features)
    with refused("features='mobile'"):
        parse_metrics("kid5k", "mobile")


def test_a_network_of_ones_own_has_an_end_of_its_own():
    mine = types.SimpleNamespace(name="mine", end="_mine", outputs=("features",), title="Mine")
    assert [(m.name, m.network) for m in parse_metrics("kid5k_full,fid5k_mine,pr5k_lite0", mine)] == [
        ("kid5k_full_mine", "mine"), ("fid5k_mine", "mine"), ("pr5k_lite0", "lite0"),
    ]  # fmt: skip
    with refused("metrics='kid5k_mine'"):
        parse_metric("kid5k_mine")


def test_names_are_read_without_tensorflow():
    code = """
import sys
from ada_tf.errors import UserError
from ada_tf.metrics.metric_names import parse_metrics
try:
    parse_metrics("fix5k", "lite0")
except UserError:
    assert "tensorflow" not in sys.modules and "keras" not in sys.modules
    print("answered")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "answered\n"
