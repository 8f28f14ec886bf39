"""One measurement: a command of Python with a time limit, in processes that do not outlive it."""

import contextlib
import dataclasses
import os
import pathlib
import shlex
import subprocess
import sys

import psutil

ROOT = pathlib.Path(__file__).resolve().parents[1]
# How long a killed process may take to give its memory on the card back, in seconds.
DYING = 20


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What is run.

    Args:
        command: arguments of Python, run in the root of the repository. {json} becomes the file that
            the figures are expected in, {scratch} a folder that is removed at the end, {cache} the
            compile cache of all measurements, emptied for this one.
        limit: seconds after which it is killed.
        xla_flags: for XLA, after those of the environment.
    """

    command: str
    limit: float
    xla_flags: str = ""

    def arguments(self, places: dict[str, pathlib.Path]) -> list[str]:
        """The command, with the places that it names filled in."""
        arguments = shlex.split(self.command)
        for name, path in places.items():
            arguments = [a.replace("{" + name + "}", str(path)) for a in arguments]
        return [sys.executable, *arguments]

    def environment(self, places: dict[str, pathlib.Path], given=os.environ) -> dict[str, str]:
        """The environment: the cards, the compile cache of all measurements, a place for rubbish."""
        # With a cache from outside ada_tf would set no flags of the compiler (xla_cache.py).
        environment = {k: v for k, v in given.items() if k != "TF_XLA_FLAGS"}
        environment.setdefault("CUDA_VISIBLE_DEVICES", "0")  # tests would hide the card
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), given.get("PYTHONPATH", "")])
        environment["PYTHONUNBUFFERED"] = "1"  # the log of what is killed is whole
        environment["XDG_CACHE_HOME"] = str(places["cache"])
        environment["TMPDIR"] = str(places["scratch"])
        if self.xla_flags:
            environment["XLA_FLAGS"] = f"{given.get('XLA_FLAGS', '')} {self.xla_flags}".strip()
        return environment


def run(command: list[str], environment: dict, log: pathlib.Path, limit: float) -> int | None:
    """The exit code of a command, or None if it was killed at its limit, with all that it started.

    It stays in the process group of its caller, so that what kills the group kills it as well.
    """
    with open(log, "wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            return None
        finally:  # also at Ctrl-C
            kill_family(process.pid)


def kill_family(pid: int) -> None:
    """Kill a process and all that it has started, and wait until they are gone."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=DYING)
