"""The suite measures what is missing, whatever is killed meanwhile, and reports what is there."""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tarfile
import time

import psutil
import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from _measurement import Measurement  # noqa: E402
from _report import report  # noqa: E402
from _results import BEGUN_AT_MOST, Results  # noqa: E402
from _suite import REHEARSAL, SUITE  # noqa: E402

# A shell lets what it starts in the background ignore SIGINT, and so would everything below.
PROGRAM = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {tools!r})
import bench_suite
from _measurement import Measurement
bench_suite.SUITE = {{name: Measurement(*of) for name, of in json.loads({suite!r}).items()}}
bench_suite._program.run_tool(bench_suite.main)
"""
# What stand-ins do; each call of one adds a line to a file beside the results.
FINE = "print('all is well'); done({'device': 'A Card'})"
FAILS = "sys.exit('it is broken')"
CHILD = (
    "import subprocess; child = subprocess.Popen(['sleep', '600']); note(child.pid); child.wait()"
)
# Waits for ever, the first time only.
WAITS_ONCE = "note('waits'); calls() > 1 or time.sleep(600); done({'device': 'A Card'})"


class Suite:
    """The suite with stand-ins: name -> (what one does, its limit)."""

    def __init__(self, folder, **stand_ins):
        self.folder, self.out = folder, folder / "out"
        suite = {name: [self._command(name, *of[:1]), *of[1:]] for name, of in stand_ins.items()}
        self._program = PROGRAM.format(tools=str(TOOLS), suite=json.dumps(suite))

    def _command(self, name, does):
        notes = str(self.folder / f"{name}.notes")
        code = f"""
import json, pathlib, sys, time
notes = pathlib.Path({notes!r})
note = lambda text: notes.open("a").write(f"{{text}}\\n")
calls = lambda: notes.read_text().count("begun")
done = lambda figures: pathlib.Path(sys.argv[1]).write_text(json.dumps(figures))
note("begun")
{does}"""
        return f"-c {shlex.quote(code)} {{json}}"

    def start(self, *arguments):
        command = [sys.executable, "-c", self._program, f"--out={self.out}", *arguments]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )  # fmt: skip

    def run(self, *arguments):
        """(exit code, what was printed)."""
        process = self.start(*arguments)
        printed = "".join(process.communicate(timeout=300))
        return process.returncode, printed

    def notes(self, name):
        path = self.folder / f"{name}.notes"
        return path.read_text().split() if path.exists() else []

    def begun(self, name):
        return self.notes(name).count("begun")

    def states(self):
        entries = json.loads((self.out / "results.json").read_text())["measurements"]
        return {name: entry["state"] for name, entry in entries.items()}

    def entry(self, name):
        return json.loads((self.out / "results.json").read_text())["measurements"][name]

    def report(self):
        return (self.out / "report.md").read_text()


def wait_until(condition):
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_alive(pid):
    """A zombie, whom nobody has buried, is not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_everything_is_measured_once(tmp_path):
    suite = Suite(tmp_path, a=(FINE, 60), b=(FINE, 60))
    for _ in range(2):
        assert suite.run()[0] == 0
        assert suite.states() == {"a": "done", "b": "done"}
        assert (suite.begun("a"), suite.begun("b")) == (1, 1)
    assert suite.entry("a")["figures"] == {"device": "A Card"}
    assert suite.entry("a")["tail"] == ["all is well"]
    with tarfile.open(suite.out / "results.tar.gz") as archive:
        assert archive.getnames() == ["a.log", "b.log"]
        assert archive.extractfile("b.log").read() == b"all is well\n"


def test_a_failure_stops_nothing_and_is_not_repeated(tmp_path):
    suite = Suite(tmp_path, a=(FAILS, 60), b=("pass", 60), c=(FINE, 60))
    code, printed = suite.run()
    assert code == 1
    assert suite.states() == {"a": "failed", "b": "failed", "c": "done"}
    assert re.search(r"^a: ended with code 1, \d+ s$", printed, re.MULTILINE)
    assert "| a | failed: ended with code 1 |" in suite.report()
    assert "    it is broken" in suite.report()
    assert suite.entry("b")["reason"] == "left no figures"
    assert suite.run()[0] == 0
    assert suite.begun("a") == 1
    assert suite.run("--retry")[0] == 1
    assert (suite.begun("a"), suite.begun("c")) == (2, 1)


def test_over_its_limit_it_is_killed_with_its_children(tmp_path):
    figures = "done({'cold': {'first_optimizer_step_s': 60.0, 'first_iteration_s': 110.0}}); "
    suite = Suite(tmp_path, a=(figures + CHILD, 8), b=(FINE, 60))
    assert suite.run()[0] == 1
    _, child = suite.notes("a")
    assert not is_alive(int(child))
    assert suite.states() == {"a": "failed", "b": "done"}
    assert suite.entry("a")["reason"] == "over its limit of 8 s"
    assert "| a | cold | 60.0 | 110.0 | - |" in suite.report()  # as far as it came
    suite.run()
    assert suite.begun("a") == 1


@pytest.mark.parametrize(
    ("kill", "number"),
    [(os.killpg, signal.SIGKILL), (os.kill, signal.SIGTERM), (os.kill, signal.SIGINT)],
)
def test_killed_in_the_middle_it_goes_on(tmp_path, kill, number):
    suite = Suite(tmp_path, a=(FINE, 60), b=(WAITS_ONCE, 60), c=(FINE, 60))
    process = suite.start()
    wait_until(lambda: suite.notes("b"))
    running = psutil.Process(process.pid).children(recursive=True)
    kill(process.pid, number)
    process.communicate()
    wait_until(lambda: not any(is_alive(p.pid) for p in running))
    assert running
    assert suite.states() == {"a": "done", "b": "begun"}
    assert "| a | done |" in suite.report()
    assert "| b | not ended |" in suite.report()
    code, _ = suite.run()
    assert code == 0
    assert suite.states() == {"a": "done", "b": "done", "c": "done"}
    assert [suite.begun(name) for name in "abc"] == [1, 2, 1]


def test_what_never_ends_is_given_up(tmp_path):
    results = Results(tmp_path, None, False)
    for _ in range(BEGUN_AT_MOST):
        assert Results(tmp_path, None, False).is_due("a", retry=False)
        results.begin("a")
    again = Results(tmp_path, None, False)
    assert not again.is_due("a", retry=False)
    assert again.is_due("a", retry=True)
    assert again.is_due("b", retry=False)


def test_minutes_that_are_over_cut_off_and_count_as_killed(tmp_path):
    suite = Suite(tmp_path, a=(FINE, 600), b=(WAITS_ONCE, 12), c=(FINE, 60))
    code, printed = suite.run("--minutes=0.19")
    assert code == 0
    assert "a: left for another time, may take 600 s" in printed
    assert re.search(r"^b: cut off after \d+ s, when the minutes were over", printed, re.MULTILINE)
    assert suite.states() == {"b": "begun"}
    assert suite.run()[0] == 0
    assert suite.states() == {"b": "done", "a": "done", "c": "done"}
    assert suite.begun("b") == 2


def test_no_minutes_measure_nothing(tmp_path):
    suite = Suite(tmp_path, a=(FINE, 1), b=(FINE, 1))
    code, printed = suite.run("--minutes=0")
    assert code == 0
    assert [line.split(":")[0] for line in printed.splitlines()] == ["a", "b", "report"]
    assert suite.begun("a") == 0


def test_results_are_copied(tmp_path):
    suite = Suite(tmp_path, a=(FINE, 60))
    copies = tmp_path / "copies"
    assert suite.run(f"--copies={copies}")[0] == 0
    assert sorted(path.name for path in copies.iterdir()) == ["report.md", "results.json", "results.tar.gz"]  # fmt: skip
    assert (copies / "results.json").read_text() == (suite.out / "results.json").read_text()


def test_one_at_a_time(tmp_path):
    suite = Suite(tmp_path, a=(WAITS_ONCE, 600))
    first = suite.start()
    wait_until(lambda: suite.notes("a"))
    code, printed = suite.run()
    os.killpg(first.pid, signal.SIGINT)
    first.communicate(timeout=60)
    assert (code, first.returncode) == (2, 130)
    assert f"is in use by process {first.pid}" in printed


@pytest.mark.parametrize(
    ("files", "arguments", "sentence"),
    [
        ({}, ["--only=b"], "only='b' must be of a."),
        ({}, ["--minutes=-1"], "minutes=-1"),
        ({"report.md": "mine"}, [], "has a report.md that is not of this program"),
        ({"results.json": "[1]"}, [], "cannot be read as results of this program"),
        ({"results.json": '{"measurements": {"a": {}}}'}, [], "cannot be read as results"),
        ({"results.json": '{"measurements": {}, "rehearsal": true}'}, [], "holds a rehearsal;"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path, files, arguments, sentence):
    suite = Suite(tmp_path, a=(FINE, 60))
    suite.out.mkdir()
    for name, text in files.items():
        (suite.out / name).write_text(text)
    code, printed = suite.run(*arguments)
    assert code == 2
    assert sentence in printed
    assert "Traceback" not in printed
    for name, text in files.items():
        assert (suite.out / name).read_text() == text


def test_the_environment_of_a_measurement(tmp_path):
    places = {"cache": tmp_path / "cache", "scratch": tmp_path / "scratch"}
    given = {"TF_XLA_FLAGS": "--its_own_cache", "XLA_FLAGS": "--theirs", "HOME": "/home"}
    found = Measurement("", 1, "--ours").environment(places, given)
    assert "TF_XLA_FLAGS" not in found
    assert found["XLA_FLAGS"] == "--theirs --ours"
    assert (found["XDG_CACHE_HOME"], found["HOME"]) == (str(places["cache"]), "/home")
    assert found["CUDA_VISIBLE_DEVICES"] == "0"
    hidden = Measurement("", 1).environment(places, {"CUDA_VISIBLE_DEVICES": "-1"})
    assert hidden["CUDA_VISIBLE_DEVICES"] == "-1"
    assert "XLA_FLAGS" not in hidden


def test_report_of_figures():
    about = {"rehearsal": False, "card": "A Card", "libraries": ["keras 3"]}
    phases = {name: {"ms": 17.0, "device_ms": 15.0} for name in ("Gmain", "Dmain", "Dreg")}
    train = {"phases": phases, "sec_per_kimg": 2.5, "peak_gpu_gb": 4.1, "peak_gpu_gb_with_tuning": 6.2,
             "ready_s": 80.5, "fraction_of_matrix_rate": 0.251, "fraction_of_copy_rate": 0.5}  # fmt: skip
    penalty = {"records": 3, "finite": False, "last": "nan"}
    ada_train = {"ada_train": [2.6, 2.7], "sec_per_kimg": 2.7, "peak_gpu_gb": 5.0,
                 "penalties": {"Loss/r1_penalty": penalty}, "warnings": ["Warning: a"]}  # fmt: skip
    golden = {"test_ema": {"passed": 2, "failed": 1, "tolerances": ["ATOL = 1e-05"]}}
    figures = {
        "train": train,
        "cut": {"phases": {"Gmain": {"ms": 17.0}}},
        "ada": ada_train,
        "golden": {"golden": golden, "failures": {"test_ema::test_a": "off by 1"}},
        "inference": {"images_per_s": {"generate, batch 8": 1234.5}},
    }
    text = report(
        about, {name: {"state": "done", "tail": [], "figures": f} for name, f in figures.items()}
    )
    for line in (
        "| train | 2.5 | 17.0, -, 17.0, 17.0 | 15.0, -, 15.0, 15.0 | 4.1 | 6.2 | 80.5 | 25% | 50% |",
        "| cut | - | 17.0, -, -, - | -, -, -, - | - | - | - | - | - |",
        "| ada | 2.7 | 2.6 2.7 | 5.0 | 3 records, NOT FINITE | 1 |",
        "| test_ema | 2 | 1 | ATOL = 1e-05 |",
        "Failed: test_ema::test_a: `off by 1`",
        "| inference | generate, batch 8 | 1234.5 |",
    ):
        assert line in text.splitlines()


def test_every_measurement_can_be_rehearsed_and_fits_into_nine_minutes():
    for measurement in SUITE.values():
        program = measurement.command.split()[0]
        assert (TOOLS.parent / program).is_file()
        assert program in REHEARSAL
        assert measurement.limit <= 9 * 60


# One of every program, and of the flags of XLA; `--rehearse` alone does all, in three quiet minutes.
REHEARSED = ("startup-256", "golden", "ada-train-256-b16", "train-256-b16-graphs", "inference-256",
             "precision")  # fmt: skip


@pytest.mark.timeout(600)  # a minute where nothing else runs
def test_rehearsal(tmp_path):
    """The list in small: every program runs and leaves what the report asks for."""
    assert {SUITE[name].command.split()[0] for name in REHEARSED} == set(REHEARSAL)
    command = [sys.executable, str(TOOLS / "bench_suite.py"), "--rehearse", f"--out={tmp_path}"]
    command.append(f"--only={','.join(REHEARSED)}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=580)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    assert list(results["measurements"]) == list(REHEARSED)
    text = (tmp_path / "report.md").read_text()
    assert text.startswith("# Rehearsal")
    for section in ("ada-train", "golden", "Iterations", "Starts", "Inference", "precision"):
        assert f"\n## {section}" in text
    assert "NOT FINITE" not in text
    figures = results["measurements"]["ada-train-256-b16"]["figures"]
    assert set(figures["penalties"]) == {"Loss/r1_penalty", "Loss/pl_penalty"}
    assert len(figures["ada_train"]) == 4
