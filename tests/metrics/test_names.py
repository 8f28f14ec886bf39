import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.names import parse_metric, parse_metrics
from ada_tf.metrics.path_length import Path


@pytest.mark.parametrize(
    ("name", "kind", "fakes", "network", "full", "max_reals"),
    [
        ("fid50k_full", "fid", 50_000, "inception", True, None),
        ("kid50k_full", "kid", 50_000, "inception", True, 1_000_000),
        ("pr50k3_full", "pr", 50_000, "vgg16", True, 200_000),
        ("is50k", "is", 50_000, "inception", False, 0),
        ("fid50k", "fid", 50_000, "inception", False, 50_000),
        ("pr50k3", "pr", 50_000, "vgg16", False, 50_000),
        ("kid2k_full_mnv2", "kid", 2_000, "mobilenet", True, 1_000_000),
        ("fid500_full", "fid", 500, "inception", True, None),
        ("kid33", "kid", 33, "inception", False, 50_000),
        ("pr5003_full", "pr", 500, "vgg16", True, 200_000),
        ("pr2k3_mnv2", "pr", 2_000, "mobilenet", False, 50_000),
    ],
)
def test_names(name, kind, fakes, network, full, max_reals):
    m = parse_metric(name)
    assert (m.kind, m.fakes, m.network, m.full, m.max_reals) == (
        kind, fakes, network, full, max_reals,
    )  # fmt: skip
    assert m.name == name


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
    assert (m.kind, m.fakes, m.path, m.network) == ("ppl", pairs, path, "lpips")


def test_keys_and_directions():
    assert parse_metric("pr50k3").keys == ("pr50k3_precision", "pr50k3_recall")
    assert parse_metric("is5k").keys == ("is5k_mean", "is5k_std")
    assert parse_metric("fid5k").keys == ("fid5k",)
    assert parse_metric("is5k").higher_is_better
    assert not parse_metric("kid5k").higher_is_better


@pytest.mark.parametrize(
    "name",
    [
        "fid",
        "fid0k",
        "fid50k_ful",
        "pr50k",
        "pr3",
        "is50k_full",
        "is5k_mnv2",
        "kid50k3",
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
