"""ada-doctor: words, JSON and a page from a run directory, mistakes in one sentence."""

import json
import subprocess
import sys

import pytest

from ada_tf.cli import doctor
from ada_tf.images import save_grid
from ada_tf.training.presets import preset
from ada_tf.training.runs.run_dir import write_options
from tests.cli.programs import run as run_program
from tests.diagnosis.test_image_statistics import pictures
from tests.diagnosis.test_run_evidence import record
from tests.sentences import refused


@pytest.fixture
def run(tmp_path):
    """A run that p cannot help any more, of data that is gone."""
    folder = tmp_path / "runs" / "00000-photos-tiny"
    folder.mkdir(parents=True)
    settings = {"data.source": str(tmp_path / "gone")}
    write_options(folder, preset("tiny", resolution=16, channels=3, settings=settings))
    save_grid(pictures(64), folder / "reals.png", 8)
    for number in range(3):
        save_grid(pictures(64, number + 1), folder / f"fakes{number:06d}.png", 8)
    records = [
        record(kimg, **{"Loss/signs/real": 0.95, "Progress/augment": 0.8}) for kimg in range(1, 9)
    ]  # of before ADA/statistic was recorded
    (folder / "stats.jsonl").write_text("\n".join(map(json.dumps, records)))
    return folder


def call(*arguments):
    run_program(*arguments, program=doctor)


def test_it_says_the_state_first(run, capsys):
    call(run)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "00000-photos-tiny at 8 kimg: overfitting"
    assert lines[2].startswith("- overfitting: p is at its cap of 0.8 and r_t still 0.95")


def test_json_is_all_that_is_printed(run, capsys):
    call(run, "--json")
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["run"], found["state"]) == ("00000-photos-tiny", "overfitting")
    assert "Without the data itself" in printed.err


def test_without_pictures(run, capsys):
    call(f"--network={run}", "--nopictures")
    printed = capsys.readouterr()
    assert "at 8 kimg: overfitting" in printed.out
    assert printed.err.startswith("Without a checkpoint")


def test_the_page_is_written_once(run, tmp_path):
    page = tmp_path / "new" / "state.html"
    call(run, f"--page={page}")
    assert "00000-photos-tiny at 8 kimg: overfitting" in page.read_text()
    with refused("page="):
        call(run, f"--page={page}")
    page.write_text("old")
    call(run, f"--page={page}", "--overwrite", "--nopictures")
    assert "No pictures were looked at." in page.read_text()


@pytest.mark.parametrize("name", ["reals.png", "fakes000001.png"])
def test_a_damaged_picture_is_left_out(name, run, capsys):
    page = run / "state.html"
    for damage in (b"no picture", None):  # None: too small
        if damage is None:
            save_grid(pictures(1)[:, :8], run / name, 1)
        else:
            (run / name).write_bytes(damage)
        call(run, f"--page={page}", "--overwrite")
        printed = capsys.readouterr()
        assert "at 8 kimg: overfitting" in printed.out
        assert sum(name in line for line in printed.err.splitlines()) == 1
        shown = page.read_text()
        assert ("Training pictures" in shown) == (name != "reals.png")
        assert [f"Generated at {n} kimg" in shown for n in range(3)] == [
            True,
            name == "reals.png",
            True,
        ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nowhere"],
        ["https://host/net.pkl"],
        ["run", "--page=s3://host/a.html"],
        ["run", "--network=other"],
    ],
)
def test_mistakes_are_one_sentence(arguments):
    with refused():
        call(*arguments)


def test_help_comes_without_tensorflow():
    script = (
        "import sys; from ada_tf.cli import doctor; sys.argv = ['ada-doctor', '--help']\n"
        "try:\n    doctor.run()\nfinally:\n    assert 'tensorflow' not in sys.modules"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert "ada-doctor runs/00000-photos-auto" in found.stdout
    assert "--page" in found.stdout
