"""One dataclass gives a program its flags: read, checked, refused in one sentence."""

import dataclasses
import os
import threading

import pytest

from ada_tf import extensions
from ada_tf.cli import _command_line, _flags, _values
from ada_tf.cli._flags import option
from ada_tf.errors import UserError
from ada_tf.settings import setting
from tests.sentences import refused


@dataclasses.dataclass(frozen=True)
class Config:
    """A configuration with a flag, and a setting without one."""

    lr: float = setting(0.1, "Learning rate.", above=0, flag="lr")
    depth: int | None = setting(3, "Layers.", at_least=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(_flags.Flags):
    """Flags of a program of tests."""

    network: str = option(help="Run.", read=_values.network, positional="RUN", example="runs/a")
    settings: dict = _flags.settings_of(Config)
    seeds: list[int] = option((), "Seeds.", read=_values.seeds)
    batch: int = option(16, "Images at a time.", at_least=1)
    trunc: float = option(1.0, "Truncation.")
    grid: bool = option(False, "A grid.")
    mode: str = option("a", "Mode.", choices=("a", "b"))
    kimg: float = option(1.0, "Length in thousands of images.")
    gp: float | None = option(None, "Penalty.", formerly_flag=("penalty",))
    name: str | None = option(None, "Name.", read=_values.text)
    class_: str | None = option(None, "Class.", read=_values.text, flag="class")
    delete: tuple[str, ...] = option((), "Copies.", repeated=True)
    files: dict = _flags.texts_of({"a_file": "A.", "b_file": "B."})

    def __post_init__(self):
        if self.grid and self.batch == 1:
            raise UserError("grid goes with more images.")


def parse(*arguments, **options):
    return _command_line.parse(Flags, ["program", "run", *map(str, arguments)], **options)


@pytest.mark.parametrize(
    "argument",
    [
        "--bacth=3",
        "--sauce",
        "--gpus=1",
        "--epochs=10",
        "--batch=x",
        "--batch=0",
        "--trunc=y",
        "--trunc=nan",
        "--gp=none",
        "--grid=perhaps",
        "--mode=c",
        "--batch",
        "stray",
        "--network=other",
        "--lr=0",
        "--set=depth=0",
        "--set=depth",
        "--flagfile=nowhere",
    ],
)
def test_mistakes_are_one_sentence(argument):
    with refused():
        parse(argument)


def test_values_are_read_by_their_fields():
    flags = parse(
        "--seeds=3,5-6", "--batch", "4", "--trunc=0.5", "--mode=b", "--grid", "--name=none", "--class=c",
        "--delete=x", "--delete=y,z", "--b_file=f", "--lr=0.5", "--set=depth=none",
    )  # fmt: skip
    assert (flags.network, flags.seeds, flags.batch, flags.trunc) == ("run", [3, 5, 6], 4, 0.5)
    assert (flags.mode, flags.grid, flags.name, flags.class_) == ("b", True, "none", "c")
    assert flags.delete == ("x", "y,z")
    assert flags.files == {"a_file": None, "b_file": "f"}
    assert flags.settings == {"lr": 0.5, "depth": None}
    assert (flags.given["seeds"], flags.given["grid"]) == ("3,5-6", True)
    assert "kimg" not in flags.given


def test_what_is_not_given_has_its_default():
    flags = parse("--nogrid")
    assert (flags.seeds, flags.batch, flags.mode, flags.grid) == ((), 16, "a", False)
    assert (flags.gp, flags.delete, flags.settings) == (None, (), {})
    assert flags.given == {"grid": False}


def test_flags_that_do_not_go_together():
    with refused("grid"):
        parse("--grid", "--batch=1")


def test_what_is_missing_is_named_with_an_example():
    with refused("network"):
        _command_line.parse(Flags, ["program"])


@pytest.mark.parametrize("arguments", [["a"], ["--network=a"], ["a", "--network=a"]])
def test_an_argument_may_be_given_by_its_place_or_its_flag(arguments):
    assert _command_line.parse(Flags, ["program", *arguments]).network == "a"


@pytest.mark.parametrize("argument", ["file:///a.pkl", "--network=gs://a/b"])
def test_errors_name_an_argument_as_it_was_given(argument):
    with refused():
        _command_line.parse(Flags, ["program", argument])
    for url in ("https://x.org/a.pkl", "HTTP://x.org/a.pkl"):
        assert _command_line.parse(Flags, ["program", url]).network == url


def test_a_setting_is_given_once():
    with refused("set='lr=1'"):
        parse("--lr=1", "--set=lr=1")
    with refused("set='depth=2'"):
        parse("--set=depth=1", "--set=depth=2")


def test_what_was_meant_by_a_stray_argument():
    """Its flag, unless that was given: then it is a part of a path with spaces."""
    with refused("--name="):
        parse("my photos", stray="name")
    with refused("'photos'"):
        parse("--name=my", "photos", stray="name")


def test_a_file_of_flags(tmp_path):
    (tmp_path / "flags").write_text("# chosen by experiment\n--batch=4\n--grid\n")
    flags = parse(f"--flagfile={tmp_path / 'flags'}", "--trunc", "0.5")
    assert (flags.batch, flags.grid, flags.trunc) == (4, True, 0.5)


def test_a_file_of_flags_that_is_no_text(tmp_path):
    (tmp_path / "flags").write_bytes(b"\xff\xfe\x00")
    with refused("UTF-8"):
        parse(f"--flagfile={tmp_path / 'flags'}")


@pytest.mark.parametrize("line", ["--name=a\0b", "--delete=a\0b", "a\0b"])
def test_a_zero_byte_in_a_file_of_flags(tmp_path, line):
    (tmp_path / "flags").write_text(line)
    with refused("zero byte"):
        _command_line.parse(Flags, ["program", f"--flagfile={tmp_path / 'flags'}"])


def test_files_of_flags_that_name_each_other_come_to_an_end(tmp_path, capsys):
    for i in range(22):
        (tmp_path / f"{i}").write_text(f"--flagfile={tmp_path / str(i + 1)}\n" * 2)
    (tmp_path / "22").write_text("--trunc=0.5\n")
    with refused("flagfile="):
        parse(f"--flagfile={tmp_path / '0'}")
    with refused("flagfile="):
        parse("--flagfile", tmp_path / "0")
    assert parse(f"--flagfile={tmp_path / '18'}").trunc == 0.5
    (tmp_path / "22").write_text(f"--flagfile={tmp_path / '21'}\n--trunc=0.25\n")
    assert parse(f"--flagfile={tmp_path / '21'}").trunc == 0.25
    assert "circular" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["/dev/zero", "long"])
def test_files_of_flags_are_short_texts(tmp_path, name):
    (tmp_path / "long").write_bytes(b"#" * 2**20)
    parse(f"--flagfile={tmp_path / 'long'}")
    (tmp_path / "long").write_bytes(b"#" * (2**20 + 1))
    with refused("flagfile=", "text of at most"):
        parse(f"--flagfile={tmp_path / name}")


def test_a_pipe_of_flags_is_read_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("--trunc=0.5\n",))
    writer.start()
    assert parse(f"--flagfile={tmp_path / 'pipe'}").trunc == 0.5
    writer.join()


def test_settings_are_named_as_users_know_them():
    names = _flags.names_of(Flags)
    assert (names["lr"], names["depth"], names["class_"]) == ("lr", "depth", "class")


def test_a_former_name_of_a_flag_goes_on(capsys):
    flags = parse("--penalty=3")
    assert (flags.gp, flags.given) == (3.0, {"gp": "3"})
    assert capsys.readouterr().err == "warning: --penalty is now called --gp.\n"
    with refused("gp", "penalty"):
        parse("--gp=1", "--penalty=3")


def test_a_command_line_gives_the_same_flags():
    given = ["--grid", "--name=a b", "--delete=x", "--delete=y", "--nogrid"]
    flags = parse(*given)
    assert (
        _command_line.command("p", flags.given) == "p --nogrid '--name=a b' --delete=x --delete=y"
    )


def test_a_module_from_outside_is_imported_first(tmp_path, monkeypatch):
    """So that a value may be one that it adds."""
    monkeypatch.setattr(extensions, "_in_use", {})
    (tmp_path / "more_modes.py").write_text(
        "from tests.cli import test_flags\ntest_flags.MODES.append('late')\n"
    )
    with refused("mode='late'"):
        _command_line.parse(Growing, ["program", "--mode=late"])
    flags = _command_line.parse(
        Growing, ["program", "--mode=late", f"--use={tmp_path / 'more_modes.py'}"]
    )
    assert (flags.mode, len(flags.use)) == ("late", 1)
    with refused("use='nowhere_at_all'"):
        _command_line.parse(Growing, ["program", "--use=nowhere_at_all"])


MODES = ["early"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Growing(_flags.Flags):
    """Flags with a table that may grow."""

    mode: str = option("early", "Mode.", choices=lambda: MODES)
