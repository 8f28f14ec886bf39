"""One dataclass gives a program its flags: read, checked, refused in one sentence."""

import dataclasses

import pytest

from ada_tf import extensions
from ada_tf.cli import _command_line, _flags, _values
from ada_tf.cli._flags import option
from ada_tf.errors import UserError
from ada_tf.settings import setting


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
    ("argument", "sentence"),
    [
        ("--bacth=3", "--bacth is not a flag of this program; did you mean --batch?"),
        ("--sauce", "--sauce is not a flag of this program; see --help."),
        ("--gpus=1", "--gpus is not a flag of this program; see --help."),
        (
            "--epochs=10",
            "--epochs is not a flag of this program; did you mean --kimg (Length in thousands of images)?",
        ),
        ("--batch=x", "batch='x' must be a whole number of at least 1."),
        ("--batch=0", "batch=0 must be a whole number of at least 1."),
        ("--trunc=y", "trunc='y' must be a finite number."),
        ("--trunc=nan", "trunc=nan must be a finite number."),
        ("--gp=none", "gp='none' must be a finite number."),
        ("--grid=perhaps", "grid=perhaps must be true or false."),
        ("--mode=c", "mode='c' must be one of a, b."),
        ("--batch", "Missing value for flag --batch."),
        ("stray", "argument 'stray' is not expected; flags are written --name=value."),
        ("--network=other", "RUN='run' and network='other' are two runs; give one of them."),
        ("--lr=0", "lr=0.0 must be a finite number above 0."),
        ("--set=depth=0", "set='depth=0': depth=0 must be a whole number of at least 1, or none."),
        ("--set=depth", "set='depth' must be a setting and its value, such as network.w_dim=128."),
        ("--flagfile=nowhere", "flagfile=nowhere cannot be read (No such file or directory)."),
    ],
)
def test_mistakes_are_one_sentence(argument, sentence):
    with pytest.raises(UserError) as caught:
        parse(argument)
    assert str(caught.value) == sentence


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
    with pytest.raises(UserError, match="^grid goes with more images"):
        parse("--grid", "--batch=1")


def test_what_is_missing_is_named_with_an_example():
    with pytest.raises(UserError) as caught:
        _command_line.parse(Flags, ["program"])
    assert str(caught.value) == "network is missing; give it, for example --network=runs/a."


@pytest.mark.parametrize("arguments", [["a"], ["--network=a"], ["a", "--network=a"]])
def test_an_argument_may_be_given_by_its_place_or_its_flag(arguments):
    assert _command_line.parse(Flags, ["program", *arguments]).network == "a"


@pytest.mark.parametrize(
    ("argument", "name"), [("file:///a.pkl", "RUN"), ("--network=gs://a/b", "network")]
)
def test_errors_name_an_argument_as_it_was_given(argument, name):
    with pytest.raises(UserError, match=rf"^{name}='.*' is an address; .* download it first"):
        _command_line.parse(Flags, ["program", argument])
    for url in ("https://x.org/a.pkl", "HTTP://x.org/a.pkl"):
        assert _command_line.parse(Flags, ["program", url]).network == url


def test_a_setting_is_given_once():
    with pytest.raises(UserError, match="^set='lr=1' and --lr are the same setting; give one"):
        parse("--lr=1", "--set=lr=1")
    with pytest.raises(UserError, match="is the second value for depth; give one"):
        parse("--set=depth=1", "--set=depth=2")


def test_what_was_meant_by_a_stray_argument():
    """Its flag, unless that was given: then it is a part of a path with spaces."""
    with pytest.raises(
        UserError, match=r"'my photos' is not .*; did you mean --name='my photos'\?"
    ):
        parse("my photos", stray="name")
    with pytest.raises(UserError, match="'photos' is not expected; flags are written"):
        parse("--name=my", "photos", stray="name")


def test_a_file_of_flags(tmp_path):
    (tmp_path / "flags").write_text("# chosen by experiment\n--batch=4\n--grid\n")
    flags = parse(f"--flagfile={tmp_path / 'flags'}", "--trunc", "0.5")
    assert (flags.batch, flags.grid, flags.trunc) == (4, True, 0.5)


def test_a_file_of_flags_that_is_no_text(tmp_path):
    (tmp_path / "flags").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="flagfile must name a text in UTF-8"):
        parse(f"--flagfile={tmp_path / 'flags'}")


@pytest.mark.parametrize("line", ["--name=a\0b", "--delete=a\0b", "a\0b"])
def test_a_zero_byte_in_a_file_of_flags(tmp_path, line):
    (tmp_path / "flags").write_text(line)
    with pytest.raises(UserError, match="holds a zero byte"):
        _command_line.parse(Flags, ["program", f"--flagfile={tmp_path / 'flags'}"])


def test_settings_are_named_as_users_know_them():
    names = _flags.names_of(Flags)
    assert (names["lr"], names["depth"], names["class_"]) == ("lr", "depth", "class")


def test_a_former_name_of_a_flag_goes_on(capsys):
    flags = parse("--penalty=3")
    assert (flags.gp, flags.given) == (3.0, {"gp": "3"})
    assert capsys.readouterr().err == "warning: --penalty is now called --gp.\n"
    with pytest.raises(UserError, match="^gp is given twice, once as penalty"):
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
    with pytest.raises(UserError, match="mode='late' must be one of early"):
        _command_line.parse(Growing, ["program", "--mode=late"])
    flags = _command_line.parse(
        Growing, ["program", "--mode=late", f"--use={tmp_path / 'more_modes.py'}"]
    )
    assert (flags.mode, len(flags.use)) == ("late", 1)
    with pytest.raises(UserError, match="^use='nowhere_at_all' must be a Python file"):
        _command_line.parse(Growing, ["program", "--use=nowhere_at_all"])


MODES = ["early"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Growing(_flags.Flags):
    """Flags with a table that may grow."""

    mode: str = option("early", "Mode.", choices=lambda: MODES)
