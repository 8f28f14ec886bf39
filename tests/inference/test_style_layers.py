import dataclasses
import types

import pytest

from ada_tf.errors import UserError
from ada_tf.inference.latents import layers_of, resolutions_of
from ada_tf.models.build import make_generator
from ada_tf.shape import Shape
from tests.inference.runs import NETWORK


@pytest.fixture(scope="module")
def large():
    """At 64 pixels, where there are layers of all groups; no square."""
    return make_generator(
        dataclasses.replace(NETWORK, channel_max=4), Shape(96, 64, 1), label_dim=0, name="large"
    )


def test_each_latent_has_the_resolution_it_is_first_used_at(large):
    assert resolutions_of(large) == [4, 8, 8, 16, 16, 32, 32, 64, 64, 64]
    assert len(resolutions_of(large)) == large.num_ws


def test_groups_are_those_of_the_paper(large):
    assert layers_of(large, "coarse") == [0, 1, 2]
    assert layers_of(large, "middle") == [3, 4, 5, 6]
    assert layers_of(large, ["fine"]) == [7, 8, 9]


def test_groups_and_numbers_together(large):
    assert layers_of(large, [9, "coarse", 2, 5]) == [0, 1, 2, 5, 9]
    assert layers_of(large, []) == []


@pytest.mark.parametrize("styles", [[10], [-1], "all", ["coarse", "x"], [1.5]])
def test_layers_that_do_not_exist(large, styles):
    with pytest.raises(UserError, match=r"^styles=.* must be layers of 0 to 9, or of coarse, mid"):
        layers_of(large, styles)


def test_a_group_that_a_small_generator_has_not(plain):
    with pytest.raises(
        UserError, match=r"^layers='fine': this .* 64 pixels or more; give coarse or middle or num"
    ):
        layers_of(plain[1], "fine", "layers")


def test_a_family_without_resolutions():
    other = types.SimpleNamespace(synthesis=lambda ws: ws, num_ws=1)
    assert layers_of(other, [0]) == [0]
    with pytest.raises(UserError, match=r"give numbers of 0 to 0\.$"):
        layers_of(other, "coarse")
