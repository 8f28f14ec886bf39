"""What every file says of itself, and what is done about another format."""

import configparser
import pathlib

import pytest

import ada_tf
from ada_tf import formats
from ada_tf.formats import Format, Migration, OtherFormat, current, stamped, stored_name
from tests.sentences import refused

KIND = Format("kind", 3, "make it again", marks=("x", "y"))
FORMATS = {
    name: kind for name, kind in vars(formats).items() if isinstance(kind, Format)
}  # fmt: skip


def test_what_is_stamped_is_read():
    record = stamped(KIND, {"x": 1})
    assert record == {"format": 3, "ada_tf": ada_tf.__version__, "x": 1}
    assert current(KIND, record, "a file") == {"x": 1}
    assert record["format"] == 3  # as it was


def test_another_version_of_the_same_format_is_fine():
    assert current(KIND, {"format": 3, "ada_tf": "9.9", "x": 1}, "a file") == {"x": 1}


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (
            {"format": 4, "ada_tf": "9.9"},
            f"a\\nfile was written by a newer ada_tf (9.9), this is {ada_tf.__version__}; install that"
            " version to use it.",
        ),
        (
            {"format": 2, "ada_tf": "0.1.7"},
            f"a\\nfile was written by ada_tf 0.1.7, in format 2 where {ada_tf.__version__} has 3;"
            " make it again.",
        ),
        (
            {"x": 1, "y": 2},
            f"a\\nfile was written by ada_tf 0.1, in format 1 where {ada_tf.__version__} has 3;"
            " make it again.",
        ),
        ({"format": 4}, "(of unknown version)"),
        ({"format": 4, "ada_tf": "9\n9"}, r"(9\n9)"),
        ({"format": 4, "ada_tf": "9" * 1000}, f"({'9' * 40})"),
    ],
)
def test_other_versions_are_named(record, sentence):
    with pytest.raises(OtherFormat) as caught:
        current(KIND, record, "a\nfile")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "record",
    [
        {"x": 1}, {}, [], None, "x", {"format": "3"}, {"format": True}, {"format": 3.0},
        {"format": 0}, {"format": None},
    ],
)  # fmt: skip
def test_what_is_none_of_ours(record):
    with refused("ada_tf") as caught:
        current(KIND, record, "a file")
    assert not isinstance(caught.value, OtherFormat)


@pytest.fixture
def steps(monkeypatch):
    """Migrations of `KIND` from its first format on."""
    first = Migration(lambda values: {**values, "x": values["x"] + 1}, {"g/b": "g/a"}.get)
    second = Migration(lambda values: {"z": values["x"] * 10}, lambda name: name.replace("c", "b"))
    monkeypatch.setitem(formats.MIGRATIONS, ("kind", 1), first)
    monkeypatch.setitem(formats.MIGRATIONS, ("kind", 2), second)


def test_migrations_lead_from_format_to_format(steps, monkeypatch):
    assert current(KIND, {"x": 1, "y": 0}, "a file") == {"z": 20}
    assert current(KIND, {"format": 2, "x": 1}, "a file") == {"z": 10}
    assert current(KIND, {"format": 3, "x": 1}, "a file") == {"x": 1}
    monkeypatch.delitem(formats.MIGRATIONS, ("kind", 1))
    assert current(KIND, {"format": 2, "x": 1}, "a file") == {"z": 10}
    with pytest.raises(OtherFormat, match="in format 1"):
        current(KIND, {"x": 1, "y": 0}, "a file")


@pytest.mark.parametrize(
    ("number", "name", "stored"),
    [(3, "g/c", "g/c"), (2, "g/c", "g/b"), (1, "g/c", "g/a"), (1, "g/new", None), (2, "g/new", "g/new")],
)  # fmt: skip
def test_variables_are_found_under_the_names_of_their_format(steps, number, name, stored):
    assert stored_name(KIND, {"format": number}, "a file", name) == stored


def test_every_migration_is_of_a_format_of_today():
    numbers = {kind.name: kind.number for kind in FORMATS.values()}
    assert len(numbers) == len(FORMATS)
    assert all(1 <= old < numbers[name] for name, old in formats.MIGRATIONS)


def test_numbers_of_today():
    """A change of one is a decision: raise it here, too, and say it in the changes of the version."""
    assert {name: kind.number for name, kind in FORMATS.items()} == {
        "RUN_OPTIONS": 3, "CHECKPOINT": 2, "PREPARED": 5, "EXPORT": 2, "STATISTICS": 3,
        "NETWORK": 2,
    }  # fmt: skip


def test_the_version_has_one_place():
    config = configparser.ConfigParser()
    config.read(pathlib.Path(__file__).parents[1] / "setup.cfg")
    assert config["metadata"]["version"] == "attr: ada_tf.version.__version__"
    assert ada_tf.__version__ == ada_tf.version.__version__


def test_runs_from_before_the_bits_have_8_of_them():
    run = {"preset": "auto", "data": {"source": "x"}, "network": {}, "batch": 4, "format": 2}
    assert current(formats.RUN_OPTIONS, run, "a run")["data"] == {"source": "x", "bits": 8}
