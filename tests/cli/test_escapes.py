"""Names of hostile characters: no program hands a terminal what it would obey, nor a page."""

import contextlib
import importlib
import json
import pathlib
import shutil
import subprocess

import pytest

from ada_tf.cli import _flags, _program, directions, doctor, film, generate, mix, train
from ada_tf.diagnosis.run_page import command_of
from ada_tf.files import command_line, printable
from ada_tf.images import save_grid
from ada_tf.training.presets import preset
from ada_tf.training.runs.run_dir import write_options
from tests.cli.programs import flags_of, run
from tests.cli.test_help import PROGRAMS
from tests.data import samples
from tests.diagnosis.test_image_statistics import pictures

# A colour, a title, a control of one character, text from right to left, a line, a byte that is no UTF-8.
HOSTILE = "a\x1b[31m'\x1b]0;title\x07\x9b31m\u202eb\n\udcff\\"
RUN = HOSTILE.translate(str.maketrans("", "", "[]\\\udcff"))  # of paths that TensorFlow takes
MODULES = [entry.partition(":")[0] for _, entry in PROGRAMS]


def assert_obeyed_by_no_terminal(text: str):
    assert [c for c in text if not c.isprintable() and c != "\n"] == []


@pytest.fixture
def refusal(capsys, monkeypatch):
    """(action) -> what a program prints to stderr, whether it gives up or not."""
    monkeypatch.setattr(_program, "_discard_output", lambda: None)  # pytest's own stdout goes on

    def call(action) -> str:
        with contextlib.suppress(SystemExit):
            _program.guarded(action)
        printed = capsys.readouterr()
        assert_obeyed_by_no_terminal(printed.out)
        assert_obeyed_by_no_terminal(printed.err)
        return printed.err

    return call


@pytest.mark.parametrize("module", MODULES)
def test_refusals(module, refusal, tmp_path):
    program = importlib.import_module(module)
    flags = [f"--{option.name}={HOSTILE}" for option in _flags.options_of(program.Flags)]
    (tmp_path / "flags").write_text(f"--{HOSTILE}\n", errors="surrogateescape")
    unknown = [f"--{HOSTILE}", f"--{HOSTILE}={HOSTILE}", f"--flagfile={HOSTILE}"]
    for argument in [*flags, *unknown, f"--flagfile={tmp_path / 'flags'}"]:
        refusal(lambda argument=argument: flags_of(program, argument))
    for arguments in ([HOSTILE], [HOSTILE] * 3, [f"--network={HOSTILE}", HOSTILE]):
        assert refusal(lambda given=arguments: run(*given, program=program))


@pytest.fixture
def named(plain, tmp_path):
    """A run whose folder, and the one around it, have such names, with all files that programs read."""
    folder = tmp_path / RUN / RUN
    shutil.copytree(plain[0], folder)
    settings = {"data.source": HOSTILE, "resume": HOSTILE}
    write_options(folder, preset("tiny", resolution=16, channels=3, settings=settings))
    for name in ("reals.png", "fakes000000.png", "fakes000001.png"):
        save_grid(pictures(16), folder / name, 4)
    record = {"Progress/kimg": {"num": 1, "mean": 1, "std": 0}}
    (folder / "stats.jsonl").write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize(
    ("program", "flags"),
    [
        (generate, ["--seeds=1", "--outdir=OUT"]),
        (mix, ["--rows=1", "--cols=2", "--styles=coarse", "--outdir=OUT"]),
        (film, ["--seeds=1,2", "--seconds=0.1", "--out=OUT.webp"]),
        (film, ["--training", "--seconds=0.1", "--out=OUT.webp"]),
        (directions, ["--count=1", "--seeds=1", "--outdir=OUT"]),
        (doctor, ["--page=OUT.html", "--nopictures"]),
    ],
)
def test_results(program, flags, named, tmp_path, refusal):
    out = tmp_path / f"{RUN} out"
    flags = [flag.replace("OUT", str(out)) for flag in flags]
    assert refusal(lambda: run(named, *flags, program=program)).count("error") == 0
    for page in [*tmp_path.glob("*.html"), *out.glob("*.html")]:
        assert_obeyed_by_no_terminal(page.read_text())


def test_training(tmp_path, refusal):
    data = samples.folder(tmp_path / HOSTILE, [f"{HOSTILE}.png", "b.png"], size=(16, 16))
    flags = [
        f"--data={data}",
        f"--cache_dir={tmp_path / 'cache'}",
        "--dry_run",
        "--preset=tiny",
        "--batch=2",
    ]
    said = refusal(lambda: run(*flags, f"--outdir={tmp_path}", program=train))
    assert "error" not in said


def test_the_command_of_a_page_is_the_one_that_was_given():
    text = command_line(["ada-train", f"--data={HOSTILE}", "--cond"])
    assert_obeyed_by_no_terminal(text)
    script = f"set -- {text}; printf '%s\\0' \"$@\""
    words = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    assert words.decode(errors="surrogateescape").split("\0")[1] == f"--data={HOSTILE}"
    settings = {"data.source": HOSTILE}
    told = command_of(preset("tiny", resolution=16, channels=3, settings=settings))
    assert_obeyed_by_no_terminal(told)
    assert printable(pathlib.PurePath("plain")) == command_line(["plain"])
