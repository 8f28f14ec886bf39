"""The named policies."""

import dataclasses

import pytest

from ada_tf.augment import POLICIES, AugmentPolicy, get_policy
from tests.sentences import refused

BLIT = ["xflip", "rotate90", "xint"]
GEOM = ["scale", "rotate", "aniso", "xfrac"]
COLOR = ["brightness", "contrast", "lumaflip", "hue", "saturation"]


def enabled(policy):
    flags = (*BLIT, *GEOM, *COLOR, "imgfilter", "noise", "cutout")
    return [flag for flag in flags if getattr(policy, flag)]


def test_sets_of_the_paper():
    assert enabled(get_policy("blit")) == BLIT
    assert enabled(get_policy("geom")) == GEOM
    assert enabled(get_policy("color")) == COLOR
    assert enabled(get_policy("filter")) == ["imgfilter"]
    assert enabled(get_policy("noise")) == ["noise"]
    assert enabled(get_policy("cutout")) == ["cutout"]
    cumulative = BLIT + GEOM
    for name, added in {"bg": [], "bgc": COLOR, "bgcf": ["imgfilter"], "bgcfn": ["noise"]}.items():
        cumulative = cumulative + added
        assert enabled(get_policy(name)) == cumulative
    assert enabled(get_policy("bgcfnc")) == [*cumulative, "cutout"]


def test_unknown_name_lists_the_names():
    with refused("policy='bcg'"):
        get_policy("bcg")


def test_policy_and_mapping():
    policy = AugmentPolicy(xint=1.0, xint_max=1 / 32)
    assert get_policy(policy) is policy
    assert get_policy(dict(policy)) == policy
    with refused():
        get_policy({"xfilp": 1.0})
    with refused("imgfilter_bands=(1, 1)"):
        AugmentPolicy(imgfilter_bands=(1, 1))


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        get_policy("bgc").xflip = 0.5
    with pytest.raises(TypeError):
        POLICIES["bgc"]["xflip"] = 0.5
