"""What `ada_tf` offers: it exists, is explained, is typed, and is imported only when it is used."""

import ast
import dataclasses
import importlib
import inspect
import pathlib
import re
import subprocess
import sys

import pytest

import ada_tf
from ada_tf.settings import leaves

STUB = pathlib.Path(ada_tf.__file__).with_suffix(".pyi")

# Parameters of Keras' own, explained there.
OF_KERAS = {"name", "dtype", "trainable", "args", "kwargs"}


def typed_names() -> dict[str, str]:
    """Names and modules that the stub imports."""
    nodes = ast.parse(STUB.read_text()).body[1:]
    assert all(isinstance(node, ast.ImportFrom) for node in nodes)
    # "as" the same name says that it is meant for others.
    assert all(alias.name == alias.asname for node in nodes for alias in node.names)
    return {alias.name: node.module for node in nodes for alias in node.names}


def test_editors_see_what_python_finds():
    assert sorted(typed_names().keys() - {"__version__"}) == ada_tf.__all__ == dir(ada_tf)
    assert STUB.with_name("py.typed").is_file()


@pytest.mark.parametrize("name", ada_tf.__all__)
def test_every_name_exists_and_is_explained(name):
    thing = getattr(ada_tf, name)
    assert callable(thing)
    assert thing.__doc__
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return
    told = f"{thing.__doc__} {thing.__init__.__doc__ if inspect.isclass(thing) else ''}"
    if dataclasses.is_dataclass(thing):  # its settings bring what --help says of them
        names = [s.path for s in leaves(thing) if s.about.help]
        names += [f.name for f in dataclasses.fields(thing) if dataclasses.is_dataclass(f.type)]
        told = " ".join([told, *names])
    parameters = inspect.signature(thing).parameters.keys() - OF_KERAS
    assert {p for p in parameters if not re.search(rf"\b{p}\b", told)} == set()


@pytest.mark.parametrize("room", ["augment", "data", "metrics", "models"])
def test_every_name_of_a_room_exists(room):
    module = importlib.import_module(f"ada_tf.{room}")
    assert module.__all__ == sorted(module.__all__) == dir(module)
    for name in module.__all__:
        getattr(module, name)
    with pytest.raises(AttributeError, match=f"^ada_tf.{room} has no 'nothing'; it has "):
        _ = module.nothing


def test_every_name_has_its_place_in_the_api_pages():
    pages = (pathlib.Path(__file__).parents[1] / "docs" / "api").glob("*.md")
    lines = [line for page in pages for line in page.read_text().splitlines()]
    assert {f"::: ada_tf.{name}" for name in ada_tf.__all__} <= set(lines)


def test_a_name_that_does_not_exist_is_a_sentence():
    with pytest.raises(
        AttributeError, match=r"^ada_tf has no 'Styl3GAN'; it has AdaCallback, .*\.$"
    ):
        _ = ada_tf.Styl3GAN


def test_the_door_itself_imports_nothing():
    program = (
        "import sys, ada_tf; print(sorted({'tensorflow', 'keras', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n"
