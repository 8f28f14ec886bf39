"""All tests, in copies of one process that has imported TensorFlow.

    python -m tests.all                               # two copies at a time
    python -m tests.all tests/data -m "not slow"      # folders and files, and options of pytest

Graphs and compiled programs stay in the memory of the process that made them. A copy gives them back
when it ends, and imports nothing anew. A file that `tests.slow` names has a copy of its own; the quick
files of a room share one. Only imports may come before the copy is made: TensorFlow starts its threads
with its first operation, and a copy would lack them.
"""

import collections
import gc
import importlib.util
import itertools
import json
import os
import pathlib
import resource
import signal
import sys
import tempfile
from typing import NamedTuple

import pytest

from tests import forked
from tests.slow import SLOW

ROOT = pathlib.Path(__file__).resolve().parent.parent
AT_ONCE = 2
SLOWEST = 15  # files that are named at the end
TOGETHER = 12  # quick files in a copy, at most


class Cost(NamedTuple):
    """What the tests of a file came to."""

    passed: int
    failed: int
    skipped: int
    seconds: float  # of CPU, with those of programs that it started


class Counts:
    """Plugin of pytest that writes a line of a file's `Cost` as soon as its tests are through."""

    def __init__(self, output):
        self._output, self._file, self._of = output, None, collections.Counter()
        self._began = 0.0

    def pytest_runtest_logstart(self, nodeid):
        self._turn_to(nodeid.partition("::")[0])

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            self._of[report.outcome] += 1

    def pytest_collectreport(self, report):
        if report.failed:
            self._turn_to(report.nodeid)
            self._of["failed"] += 1

    def pytest_sessionfinish(self):
        self._turn_to(None)

    def _turn_to(self, file):
        if file == self._file:
            return
        own = _cpu_seconds(resource.RUSAGE_SELF) + _cpu_seconds(resource.RUSAGE_CHILDREN)
        now = own + forked.spent()
        if self._file is not None:
            ends = (self._of[end] for end in ("passed", "failed", "skipped"))
            print(json.dumps([self._file, *ends, now - self._began]), file=self._output, flush=True)
        self._file, self._of, self._began = file, collections.Counter(), now


def _cpu_seconds(of) -> float:
    usage = resource.getrusage(of)
    return usage.ru_utime + usage.ru_stime


def is_slow(file: pathlib.Path, whole: bool = False) -> bool:
    """Whether `tests.slow` names a test of a file; `whole` asks whether it names all of them."""
    starts = [
        start for starts in SLOW.values() for start in starts if not whole or "::" not in start
    ]
    name = str(file.resolve().relative_to(ROOT / "tests"))
    return name.startswith(tuple(start.partition("::")[0] for start in starts))


def copies(paths, options) -> list[list[pathlib.Path]]:
    """Test files of folders and files, by the copy that runs them.

    Slow ones come first, and large copies before small ones, so that none is left alone at the end.
    """
    found = []
    for path in map(pathlib.Path, paths):
        found += sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    if importlib.util.find_spec("tensorflow_addons") is None:  # tools/legacy_env.py runs these
        found = [path for path in found if "addons" not in path.parts]
    found = list(dict.fromkeys(found))
    if "not slow" in options:
        found, alone = [file for file in found if not is_slow(file, whole=True)], []
    else:
        alone = [[file] for file in found if is_slow(file)]
    quick = [file for file in found if [file] not in alone]
    together = []
    for _, room in itertools.groupby(quick, key=lambda file: file.parts[:-1][:2]):
        room = list(room)
        together += [room[i : i + TOGETHER] for i in range(0, len(room), TOGETHER)]
    return alone + sorted(together, key=len, reverse=True)


def start(files: list[pathlib.Path], options: list[str], output, costs) -> int:
    """Run files in a copy of this process, which writes what pytest prints, and costs; its number."""
    child = os.fork()
    if child:
        return child
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    flags = ["-p", "no:cacheprovider", "--continue-on-collection-errors"]
    code = pytest.main([*map(str, files), *flags, *options], plugins=[Counts(costs)])
    sys.stdout.flush()
    os._exit(0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code)


def read(files, costs, status) -> dict[str, Cost]:
    """What a copy has written of its files; one in which it died has failed."""
    costs.seek(0)
    found = {name: Cost(*numbers) for name, *numbers in map(json.loads, costs)}
    if status and not any(cost.failed for cost in found.values()):
        left = [str(file) for file in files if str(file) not in found] or [str(files[-1])]
        found[left[0]] = Cost(0, 1, 0, 0.0)
    return found


def main(arguments: list[str]) -> int:
    """Run the tests; prints what failed, the slowest files and the counts. Returns the exit code."""
    paths = [a for a in arguments if pathlib.Path(a.partition("::")[0]).exists()]
    options = [a for a in arguments if a not in paths]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    import tensorflow  # noqa: F401
    import tensorflow_datasets  # noqa: F401

    gc.freeze()  # else each copy goes through all that was imported, and thereby copies it
    server = forked.serve() if sys.platform == "linux" else None
    waiting, running, costs = copies(paths or ["tests"], options), {}, {}
    largest = 0
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            files = waiting.pop(0)
            outputs = [tempfile.TemporaryFile("w+") for _ in range(2)]  # noqa: SIM115 (closed with their copy)
            running[start(files, options, *outputs)] = files, outputs
        child, status, usage = os.wait4(-1, 0)
        files, (output, told) = running.pop(child)
        found = read(files, told, status)
        costs.update(found)
        largest = max(largest, usage.ru_maxrss / 1e6)
        for name, cost in found.items():
            print(f"{'F' if cost.failed else '.'} {name} {cost.seconds:.1f} CPU s", flush=True)
        if status:
            output.seek(0)
            print(output.read(), flush=True)
    if server is not None:
        os.kill(server, signal.SIGTERM)
    total = sum(cost.seconds for cost in costs.values())
    print(f"\nOf {total:.0f} CPU seconds, and at most {largest:.1f} GB in a copy, the most:")
    for name, cost in sorted(costs.items(), key=lambda item: -item[1].seconds)[:SLOWEST]:
        print(f"{cost.seconds:6.0f} CPU s  {name}")
    for name, cost in costs.items():
        if cost.failed:
            print(f"FAILED {name}")
    passed, failed, skipped, _ = map(sum, zip(*costs.values(), strict=True))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
