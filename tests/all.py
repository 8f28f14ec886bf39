"""All tests, each file in a copy of one process that has imported TensorFlow.

    python -m tests.all                               # two files at a time
    python -m tests.all tests/data -m "not slow"      # folders and files, and options of pytest

Graphs and compiled programs stay in the memory of the process that made them. A copy gives them back
when its file is done, and imports nothing anew. Only imports may come before the copy is made:
TensorFlow starts its threads with its first operation, and a copy would lack them.
"""

import collections
import importlib.util
import os
import pathlib
import sys
import tempfile
import time

import pytest

from tests.slow import SLOW

ROOT = pathlib.Path(__file__).resolve().parent.parent
AT_ONCE = 2
SLOWEST = 15  # files that are named at the end


class Counts:
    """Plugin of pytest that counts how tests end."""

    def __init__(self):
        self.of = collections.Counter()

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            self.of[report.outcome] += 1

    def pytest_collectreport(self, report):
        self.of["failed"] += report.failed


def files_in(paths) -> list[pathlib.Path]:
    """Test files of folders and files, slow ones first, so that none is left alone at the end."""
    found = []
    for path in map(pathlib.Path, paths):
        found += [path] if path.is_file() else sorted(path.rglob("test_*.py"))
    if importlib.util.find_spec("tensorflow_addons") is None:  # tools/legacy_env.py runs these
        found = [path for path in found if "addons" not in path.parts]
    starts = tuple(start.partition("::")[0] for starts in SLOW.values() for start in starts)

    def is_quick(path):
        return not str(path.resolve().relative_to(ROOT / "tests")).startswith(starts)

    return sorted(dict.fromkeys(found), key=is_quick)


def start(file: pathlib.Path, options: list[str], output) -> int:
    """Run a file in a copy of this process, which writes what pytest prints, then counts; its number."""
    child = os.fork()
    if child:
        return child
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    counts = Counts()
    code = pytest.main([str(file), "-p", "no:cacheprovider", *options], plugins=[counts])
    print("\ncounts", counts.of["passed"], counts.of["failed"], counts.of["skipped"], flush=True)
    os._exit(0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code)


def main(arguments: list[str]) -> int:
    """Run the tests; prints what failed, the slowest files and the counts. Returns the exit code."""
    paths = [a for a in arguments if pathlib.Path(a.partition("::")[0]).exists()]
    options = [a for a in arguments if a not in paths]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    import tensorflow  # noqa: F401
    import tensorflow_datasets  # noqa: F401

    waiting, running, costs = files_in(paths or ["tests"]), {}, {}
    total, failed = collections.Counter(), []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            file, output = waiting.pop(0), tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed with its file)
            running[start(file, options, output)] = file, output, time.monotonic()
        child, status, usage = os.wait4(-1, 0)
        file, output, began = running.pop(child)
        output.seek(0)
        text, _, told = output.read().rpartition("\ncounts ")
        numbers = [int(n) for n in told.split()[:3]] if told.count(" ") >= 2 else [0, 1, 0]
        total.update(dict(zip(("passed", "failed", "skipped"), numbers, strict=True)))
        costs[file] = (
            usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1e6
        )  # fmt: skip
        good = status == 0 and not numbers[1]
        print(f"{'.' if good else 'F'} {file} {costs[file][1]:.0f} s", flush=True)
        if not good:
            failed.append(file)
            print(text or told, flush=True)
    print(f"\nOf {sum(cost for cost, *_ in costs.values()):.0f} CPU seconds, the most:")
    for file, cost in sorted(costs.items(), key=lambda item: -item[1][0])[:SLOWEST]:
        print("{1:6.0f} CPU s {2:6.0f} s {3:5.1f} GB  {0}".format(file, *cost))
    for file in failed:
        print(f"FAILED {file}")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
