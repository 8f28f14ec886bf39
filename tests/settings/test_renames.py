"""Former names of settings go on working wherever a setting is named, with one warning."""

import dataclasses
import importlib
import json
import warnings

import pytest

from ada_tf.cli import _command_line, train
from ada_tf.renames import RenamedWarning, renamed_argument
from ada_tf.settings import (
    check,
    from_dict,
    leaves_by_path,
    path_of,
    paths_in,
    renamable,
    setting,
    to_dict,
    with_values,
)
from ada_tf.settings.tree import _former_paths
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration import config as iteration_config
from ada_tf.training.presets import preset
from tests.sentences import refused


@renamable
@dataclasses.dataclass(frozen=True)
class Paint:
    colour: str = setting(
        "red",
        "Colour.",
        choices=("red", "blue"),
        formerly=("color", "hue"),
    )
    coats: int = setting(1, "Layers of paint.", at_least=1)

    def __post_init__(self):
        check(self)


@renamable
@dataclasses.dataclass(frozen=True)
class House:
    paint: Paint = setting(formerly=("coating",))
    rooms: int = setting(3, "Number of rooms.", formerly=("chambers",))


def one_warning(call, *words):
    with pytest.warns(RenamedWarning) as caught:
        result = call()
    assert len(caught) == 1
    sentence = str(caught[0].message)
    assert all(word in sentence for word in words), sentence
    return result


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("paint.color", "paint.colour"),
        ("color", "paint.colour"),
        ("hue", "paint.colour"),
        ("coating.color", "paint.colour"),
        ("coating.colour", "paint.colour"),
        ("coating.coats", "paint.coats"),
        ("chambers", "rooms"),
    ],
)
def test_a_path_by_a_former_name(name, path):
    assert one_warning(lambda: path_of(House, name), f"{name} is now called {path}.") == path


@pytest.mark.parametrize("name", ["paint.colour", "colour", "coats", "rooms"])
def test_names_of_today_say_nothing(name):
    path_of(House, name)  # a warning is an error in tests


def test_overrides_by_former_names():
    assert one_warning(lambda: paths_in(House, {"color": "blue"})) == {"paint.colour": "blue"}
    nested = {"paint": {"hue": "blue", "coats": 2}}
    expected = {"paint.colour": "blue", "paint.coats": 2}
    assert one_warning(lambda: paths_in(House, nested), "colour") == expected
    assert one_warning(lambda: paths_in(House, {"coating": {"coats": 2}})) == {"paint.coats": 2}
    with (
        pytest.warns(RenamedWarning),
        refused("paint.colour"),
    ):
        paths_in(House, {"color": "blue", "colour": "red"})


def test_python_by_former_names():
    paint = one_warning(lambda: Paint(color="blue"), "color of Paint", "colour")
    assert paint == Paint("blue")
    assert one_warning(lambda: paint.hue, "hue of Paint", "colour") == "blue"
    assert one_warning(lambda: House(coating=paint)).paint is paint
    with pytest.warns(RenamedWarning), refused():
        Paint(color="blue", colour="red")
    with pytest.raises(TypeError, match="shade"):
        Paint(shade="blue")
    with pytest.raises(AttributeError, match="Paint has no setting 'shade'"):
        _ = paint.shade
    assert not hasattr(paint, "shade")
    assert dataclasses.replace(paint, coats=2) == Paint("blue", 2)


def test_files_by_former_names_are_read_without_a_word():
    written = {"coating": {"color": "blue", "coats": 2}, "chambers": 5}
    house = from_dict(House, json.loads(json.dumps(written)))
    assert house == House(Paint("blue", 2), 5)
    assert to_dict(house) == {"paint": {"colour": "blue", "coats": 2}, "rooms": 5}
    with refused():
        from_dict(House, {"rooms": 1, "chambers": 2})


def test_what_was_never_renamed_is_as_it_was():
    @renamable
    @dataclasses.dataclass(frozen=True)
    class Plain:
        a: int = setting(1, "A number.")

    assert _former_paths(Plain) == {}
    assert not hasattr(Plain.__init__, "__wrapped__")
    assert not hasattr(Plain, "__getattr__")


@renamed_argument(truncation="psi", number="count")
def draw(count, *, psi=1.0):
    """Draw `count` pictures."""
    return count, psi


def test_arguments_of_functions():
    assert draw(3, psi=0.5) == (3, 0.5)
    assert one_warning(lambda: draw(3, truncation=0.5), "truncation of draw", "psi") == (3, 0.5)
    with pytest.warns(RenamedWarning) as caught:
        assert draw(number=2, truncation=0.5) == (2, 0.5)
    assert len(caught) == 2
    assert caught[0].filename == __file__  # the warning points to who calls
    with pytest.warns(RenamedWarning), refused():
        draw(3, psi=1.0, truncation=0.5)
    assert draw.__doc__ == "Draw `count` pictures."


@pytest.fixture
def renamed_gamma(monkeypatch):
    """LossConfig as it would be if `loss.r1_gamma` had once been called `loss.r1_weight`.

    The one line of a rename is the mark `formerly`; here it is put on the field of the class.
    """
    field = iteration_config.LossConfig.__dataclass_fields__["r1_gamma"]
    about = dataclasses.replace(field.metadata["setting"], formerly=("r1_weight",))
    monkeypatch.setattr(field, "metadata", {"setting": about})
    kind = iteration_config.LossConfig
    monkeypatch.setattr(kind, "__init__", kind.__init__)
    monkeypatch.setattr(kind, "__getattr__", None, raising=False)
    _former_paths.cache_clear()
    renamable(kind)
    yield kind
    _former_paths.cache_clear()


def test_a_setting_of_the_losses(renamed_gamma):
    config = one_warning(
        lambda: preset("tiny", resolution=16, channels=1, r1_weight=3.0), "loss.r1_gamma"
    )
    assert config.loss.r1_gamma == 3.0
    assert one_warning(lambda: renamed_gamma(r1_weight=4.0)).r1_gamma == 4.0
    assert one_warning(lambda: config.loss.r1_weight) == 3.0
    assert "loss.r1_weight" not in leaves_by_path(RunConfig)
    values = to_dict(config)
    values["loss"]["r1_weight"] = values["loss"].pop("r1_gamma")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert from_dict(RunConfig, values) == config


def test_a_setting_of_the_losses_on_a_command_line(renamed_gamma):
    words = ["ada-train", "--data=digits", "--set=loss.r1_weight=3"]
    flags = one_warning(lambda: _command_line.parse(train.Flags, words), "loss.r1_gamma")
    assert flags.settings["loss.r1_gamma"] == 3.0
    with (
        pytest.warns(RenamedWarning),
        refused("set='loss.r1_weight=3'"),
    ):
        _command_line.parse(train.Flags, [*words, "--gamma=3"])


@pytest.mark.parametrize("values", [{}, {"colour": "blue"}])
def test_fields_with_other_values_know_former_names(values):
    fields = with_values(with_values(Paint(), values), {})
    with pytest.warns(RenamedWarning, match="hue of Paint is now called colour"):
        assert fields.hue == values.get("colour", "red")
    with pytest.raises(AttributeError, match="sheen"):
        _ = fields.sheen
    with pytest.raises(AttributeError, match="hue"):
        _ = with_values(Plain(), {}).hue


@dataclasses.dataclass(frozen=True)
class Plain:
    colour: str = "red"


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("ada_tf.metrics", "Kind", "MetricKind"),
        ("ada_tf.data.sources.folders_and_archives", "Kind", "SourceKind"),
    ],
)
def test_a_former_name_of_a_module(module, old, new):
    module = importlib.import_module(module)
    with pytest.warns(
        RenamedWarning, match=rf"{module.__name__}.{old} is now called .*\.{new}\."
    ) as told:
        found = getattr(module, old)
    assert found is getattr(module, new)
    assert told[0].filename == __file__
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing
