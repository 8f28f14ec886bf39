"""Functions that take a generator say so when they are given its path, or what load_generator returns."""

import inspect

import pytest

import ada_tf
from tests.sentences import refused

# What else a function cannot be called without.
REQUIRED = {
    "row_seeds": [0], "col_seeds": [1], "styles": "coarse", "frames": 2, "ws": None, "targets": None,
    "positive": None, "negative": None, "path": "unwritten", "config": None, "seeds": [0],
}  # fmt: skip
TAKING_ONE = [
    name
    for name in ada_tf.__all__
    if inspect.isfunction(getattr(ada_tf, name))
    and "generator" in inspect.signature(getattr(ada_tf, name)).parameters
    and name not in ("add_family", "read_directions")  # a class; and only checked against
]


def call(name: str, generator):
    function = getattr(ada_tf, name)
    parameters = inspect.signature(function).parameters.values()
    needed = {
        one.name: REQUIRED[one.name]
        for one in parameters
        if one.name != "generator" and (one.default is one.empty or one.name == "seeds")
    }
    made = function(generator=generator, **needed)
    next(iter(made))  # a film is made as it is looked at


def test_functions_are_found():
    assert {"generate", "film", "project", "export_saved_model"} < set(TAKING_ONE)


@pytest.mark.parametrize("name", TAKING_ONE)
def test_a_path_is_refused(name):
    with refused("generator='creatures'"):
        call(name, "creatures")


@pytest.mark.parametrize("name", TAKING_ONE)
def test_what_load_generator_returns_is_refused(name):
    with refused("generator is a pair"):
        call(name, ada_tf.load_generator("creatures"))
