"""Runs pytest in forked copies of a process that has imported the slow libraries, but not ours.

A copy sees a changed file through an import hook, so that the working tree is never touched. Only
imports may come before the fork: TensorFlow starts its threads with its first operation, and those
would be missing in the copy, which then waits for them for ever. For that reason a mutation tool
that collects or runs the tests before it forks hangs here.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import os
import pathlib
import select
import signal
import sys
import time
from typing import NamedTuple

import pytest


class Result(NamedTuple):
    """How the tests went.

    Attributes:
        status: "passed", "failed" or "timeout".
        test: the first that failed, or why there is none.
        seconds: all it took.
    """

    status: str
    test: str
    seconds: float


class Changed(importlib.abc.MetaPathFinder):
    """Finds one file's module with another text.

    Args:
        path: of the file.
        source: what it says instead.
    """

    def __init__(self, path: pathlib.Path, source: str):
        self.path, self.source = str(path), source

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin != self.path:
            return None
        spec.loader = _ChangedLoader(name, self.path)
        spec.loader.source = self.source
        return spec


class _ChangedLoader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        return compile(self.source, self.path, "exec")


class _FirstFailure:
    """A plugin of pytest that keeps the name of the first test that failed."""

    test = ""

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.test = self.test or report.nodeid

    def pytest_collectreport(self, report):
        if report.failed:
            self.test = self.test or f"import of {report.nodeid}"


def preload(modules: list[str]) -> None:
    """Import what is slow and not ours."""
    for name in modules:
        importlib.import_module(name)


def run(
    root: pathlib.Path, tests: list[str], limit: float, changed=None, log=os.devnull, before=None
) -> Result:
    """Run tests in a copy of this process, until the first one fails.

    Args:
        root: of the project.
        tests: files, the nearest first.
        limit: seconds after which the copy is ended.
        changed: None or a `Changed`.
        log: file that receives what the tests print.
        before: called in the copy, before the tests.
    """
    start = time.monotonic()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _in_the_copy(root, tests, changed, log, writing, before)
    os.close(writing)
    try:
        ready, _, _ = select.select([reading], [], [], limit)
        message = os.read(reading, 2**16) if ready else None
    finally:
        os.close(reading)
        os.killpg(child, signal.SIGKILL)  # what it started too
        os.waitpid(child, 0)
    seconds = time.monotonic() - start
    if message is None:
        return Result("timeout", f"after {limit:.0f} s", seconds)
    if not message:
        return Result("failed", "the process died", seconds)
    code, test = json.loads(message)
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"pytest {' '.join(tests)}: exit code {code}")
    return Result("failed" if code else "passed", test, seconds)


def _in_the_copy(root, tests, changed, log, writing, before):
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(root)
    sys.path.insert(0, str(root))
    if changed is not None:
        sys.meta_path.insert(0, changed)
    if before is not None:
        before()
    first = _FirstFailure()
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[first])
    os.write(writing, json.dumps([int(code), first.test]).encode())
    os._exit(0)
