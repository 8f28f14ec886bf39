"""results.json: what was measured and what was begun, whole at every moment, and what is made of it."""

import collections
import json
import os
import pathlib
import tarfile

from _report import report

from ada_tf.errors import UserError
from ada_tf.files import read_json, reading, replacing, write_text
from ada_tf.training.xla_cache import gpu_description, library_versions

RESULTS, REPORT, LOGS = "results.json", "report.md", "results.tar.gz"
WRITTEN = (REPORT, LOGS, "cache", "scratch")
STATES = {"begun", "done", "failed"}
# A measurement that was begun this often and never ended, because everything was killed, is given up.
BEGUN_AT_MOST = 2
# Lines of a log that are kept beside the figures; all of them are in results.tar.gz.
TAIL = 40


class Results:
    """The state of each measurement: `begun`, `done` or `failed`, with its figures.

    Args:
        folder: where everything is kept.
        copies: another folder for the three files of results, or None.
        rehearsal: whether the figures are of a rehearsal, which never come together with others.

    Raises:
        UserError: the folder holds other results.
    """

    def __init__(self, folder: pathlib.Path, copies: pathlib.Path | None, rehearsal: bool):
        self.folder, self.copies = folder, copies
        self.logs = folder / "logs"
        self.about = {
            "rehearsal": rehearsal,
            "card": gpu_description() or f"none, {os.cpu_count()} CPU cores",
            "libraries": [p for p in library_versions() if p.startswith(("tensorflow ", "keras "))],
        }
        self.entries = _entries_of("out", folder, rehearsal)
        if copies:
            _entries_of("copies", copies, rehearsal)

    def is_due(self, name: str, retry: bool) -> bool:
        """Whether to measure: not what is done; what failed or never ended only if `retry`."""
        entry = self.entries.get(name, {"state": "begun", "begun": 0})
        if entry["state"] == "begun":
            return retry or entry["begun"] < BEGUN_AT_MOST
        return entry["state"] == "failed" and retry

    def log(self, name: str) -> pathlib.Path:
        """Where a measurement prints to."""
        return self.logs / f"{name}.log"

    def begin(self, name: str, **about) -> None:
        """Note that a measurement begins: if nothing follows, it was killed."""
        before = self.entries.get(name, {"begun": 0})
        kept = (
            {"figures": before["figures"]} if "figures" in before else {}
        )  # until there are others
        self.entries[name] = {"state": "begun", "begun": before["begun"] + 1, **about, **kept}
        self.save()

    def end(self, name: str, state: str, **more) -> None:
        """Note how it ended."""
        self.entries[name] |= {"state": state, **more, "tail": tail(self.log(name))}
        self.save()

    def save(self) -> None:
        """Write the results, the report and the logs, each in one piece."""
        text = json.dumps({**self.about, "measurements": self.entries}, indent=1)
        for folder in filter(None, (self.folder, self.copies)):
            write_text(folder / RESULTS, text + "\n")
            write_text(folder / REPORT, report(self.about, self.entries))
            with replacing(folder / LOGS) as temporary, tarfile.open(temporary, "w:gz") as archive:
                for log in sorted(self.logs.glob("*.log")):
                    archive.add(log, log.name)


def _entries_of(flag: str, folder: pathlib.Path, rehearsal: bool) -> dict[str, dict]:
    """The measurements of a folder that is continued; what is not of this program stays as it is."""
    path = folder / RESULTS
    if not path.exists():
        for name in WRITTEN:
            if (folder / name).exists():
                raise UserError(f"{flag}={str(folder)!r} has a {name} that is not of this program; give another folder.")  # fmt: skip
        return {}
    with reading(path, "results of this program", f"give another --{flag}"):
        found = read_json(path)
        entries, kind = found["measurements"], found["rehearsal"]
        if not {entry["state"] for entry in entries.values()} <= STATES:
            raise ValueError("holds a state that is not known")
    if kind != rehearsal:
        held, asked = ("a rehearsal", "figures") if kind else ("figures", "a rehearsal")
        raise UserError(f"{flag}={str(folder)!r} holds {held}; give another folder for {asked}.")
    return entries


def tail(log: pathlib.Path) -> list[str]:
    """The last lines of a log, each of a length to be read."""
    if not log.exists():
        return []
    with open(log, encoding="utf-8", errors="replace") as file:
        return [line.rstrip("\n")[:300] for line in collections.deque(file, TAIL)]
