import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.names import parse_metric, parse_metrics
from ada_tf.metrics.path_length import Path


@pytest.mark.parametrize(
    ("name", "kind", "fakes", "network", "full", "reals", "neighbours"),
    [
        ("fid50k_full", "fid", 50_000, "inception", True, None, None),
        ("kid50k_full", "kid", 50_000, "inception", True, 1_000_000, None),
        ("pr50k3_full", "pr", 50_000, "vgg16", True, 200_000, 3),
        ("is50k", "is", 50_000, "inception", False, 0, None),
        ("fid50k", "fid", 50_000, "inception", False, 50_000, None),
        ("pr50k3", "pr", 50_000, "vgg16", False, 50_000, 3),
        ("kid2k_full_mnv2", "kid", 2_000, "mobilenet", True, 1_000_000, None),
        ("fid500_full", "fid", 500, "inception", True, None, None),
        ("kid33", "kid", 33, "inception", False, 50_000, None),
        ("pr5003_full", "pr", 5003, "vgg16", True, 200_000, 3),
        ("pr2k_mnv2", "pr", 2_000, "mobilenet", False, 50_000, 3),
        ("pr2k5_mnv2", "pr", 2_000, "mobilenet", False, 50_000, 5),
        ("dc5k_full", "dc", 5_000, "vgg16", True, 200_000, 5),
        ("dc5k10_full_mnv2", "dc", 5_000, "mobilenet", True, 200_000, 10),
    ],
)
def test_names(name, kind, fakes, network, full, reals, neighbours):
    m = parse_metric(name)
    assert (m.fakes, m.network, m.full, m.reals, m.neighbours) == (
        fakes, network, full, reals, neighbours,
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
    assert higher == {"is", "pr", "dc", "prdc"}
    assert {name for name, kind in KINDS.items() if not kind.decides} == {"pr", "dc", "prdc"}


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
        "is5k_mnv2",
        "kid50k3",
        "ppl50k",
        "ppl_x",
        "",
        "ppl",
    ],
)
def test_not_a_metric(name):
    with pytest.raises(UserError, match="is not a metric"):
        parse_metric(name)


def test_lists_keep_each_once():
    assert [m.name for m in parse_metrics("fid5k, kid2k,fid5k")] == ["fid5k", "kid2k"]
    assert [m.name for m in parse_metrics(["kid2k"])] == ["kid2k"]
    for nothing in ("", " ,", []):
        with pytest.raises(UserError, match="names none; write fid50k_full"):
            parse_metrics(nothing)


def test_the_offline_network_for_all_that_it_knows():
    found = parse_metrics("fid5k,pr2k3_full,kid2k_mnv2,fid5k_mnv2,ppl2_wend", offline=True)
    assert [m.name for m in found] == [
        "fid5k_mnv2", "pr2k3_full_mnv2", "kid2k_mnv2", "ppl2_wend",
    ]  # fmt: skip
    with pytest.raises(UserError, match="metrics='is5k_mnv2' is not a metric"):
        parse_metrics("is5k", offline=True)
