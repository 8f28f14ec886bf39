"""Sentences that users are refused with, and the golden lists that keep them.

    with refused("outdir=", "photos"):
        call(...)

A `UserError` must come, and name the words: the setting and its value. Its whole sentence must be the
one that `sentences.txt` of the room keeps for this test. A person proof-reads that list from top to
bottom; `python -m tests.all tests/cli --write-sentences` writes it anew.

What differs between machines and runs stands in angle brackets, such as <tmp> and <port>.
"""

import contextlib
import fcntl
import itertools
import os
import pathlib
import re
import socket
import sysconfig
import tempfile

import pytest

from ada_tf.errors import UserError
from ada_tf.version import __version__

TESTS = pathlib.Path(__file__).resolve().parent
NAME = "sentences.txt"
HEADER = (
    "# What tests of {room} are refused with: file, test, sentences. --write-sentences writes it.\n"
)

_NAMED_BY_KERAS = "functional|sequential|up_sampling2d|input_layer|adaptive_augmentation"


@contextlib.contextmanager
def refused(*words, kind: type[UserError] = UserError):
    """Expect a refusal, in the sentence that is kept for this test; gives what `pytest.raises` gives.

    Args:
        *words: texts and numbers that the sentence must name.
        kind: the class of the error.
    """
    __tracebackhide__ = True
    with pytest.raises(kind) as caught:
        yield caught
    sentence = str(caught.value)
    for word in map(str, words):
        if word not in sentence:
            pytest.fail(f"The sentence does not name {word}:\n  {sentence}")
    _KEEPERS[-1].hear(plain(sentence))


def plain(sentence: str) -> str:
    """Return a sentence as it is on every machine."""
    for pattern, name in _varying():
        sentence = re.sub(pattern, name, sentence)
    return sentence


def _varying() -> list[tuple[str, str]]:
    """Patterns of what varies, longest folders first, each with what stands for it."""
    temporary = {tempfile.gettempdir(), "/tmp", os.path.realpath(tempfile.gettempdir())}
    folders = [(folder, "<tmp>", r"(?:/tmp\w{8}\b)?") for folder in temporary]
    for folder in {str(_KEEPERS[-1].basetemp), os.path.realpath(_KEEPERS[-1].basetemp)}:
        folders.append((folder, "<tmp>", r"(?:/[\w-]+)?"))  # and the folder of a test or a fixture
    home = os.path.expanduser("~")
    folders += [
        (str(TESTS.parent), "<repository>", ""),
        (sysconfig.get_path("purelib"), "<packages>", ""),
        (sysconfig.get_path("stdlib"), "<python>", ""),
        (os.environ.get("XDG_CACHE_HOME") or f"{home}/.cache", "<cache>", ""),
        (home, "<home>", ""),
    ]
    folders.sort(key=lambda row: -len(row[0]))
    return [
        *(
            (rf"(?<![\w.]){re.escape(folder)}{more}(?![\w-]|\.\w)", name)
            for folder, name, more in folders
        ),
        (r"\b(127\.0\.0\.1:|localhost:|port=)[1-6]\d{4}\b", r"\1<port>"),
        (rf"\bprocess \d+ on {re.escape(socket.gethostname())}\b", "process <number> on <host>"),
        (rf"(?<![\d.v]){re.escape(__version__)}(?![\d]|\.\d)", "<version>"),
        # Hashes of an address with its port, of a folder and its times.
        (r"-[0-9a-f]{8}(?:[0-9a-f]{4})?(?=\.pkl|-data_report|['/])", "-<hash>"),
        # Keras counts the models and layers of a process that have no name.
        (rf"(model |'|^)({_NAMED_BY_KERAS})(?:_\d+)?(?=[' :])", r"\1\2<number>"),
        (r"<(?:[\w.]*\.)?(Sequential|Adam)\b[^>]*>", r"<\1>"),
        (r"\b0x[0-9a-f]{6,}", "<address>"),
        # What Keras adds to an error inside of a layer.
        (
            r"(?s)^Exception encountered when calling .*?\n\n(?:\x1b\[1m)?(.*?)(?:\x1b\[0m)?\n\n.*$",
            r"\1",
        ),
        (r"eof = \d+", "eof = <bytes>"),  # of a file with the time in it
    ]


# Lists: {(file within the room, test): sentences}


def list_of(room: str) -> pathlib.Path:
    """Return the path of a room's list; "" is the room of the files beside this one."""
    return TESTS / room / NAME


def place(nodeid: str) -> tuple[str, tuple[str, str]]:
    """Return the room of a test, and its key in the list of that room."""
    path, _, test = nodeid.partition("::")
    room, _, file = path.removeprefix("tests/").rpartition("/")
    room, _, rest = room.partition("/")
    return room, (f"{rest}/{file}" if rest else file, test)


def read(text: str) -> dict[tuple[str, str], list[str]]:
    """Return what a list holds."""
    found, file, sentences = {}, "", []
    for line in text.split("\n"):
        if line.startswith("      "):
            sentences[-1] += "\n" + line[6:]
        elif line.startswith("    "):
            sentences.append(line[4:])
        elif line.startswith("  "):
            if sentences:  # else the test above says the same
                sentences = []
            found[file, line[2:]] = sentences
        elif line and not line.startswith("#"):
            file, sentences = line, []
    return found


def write(room: str, found: dict[tuple[str, str], list[str]]) -> str:
    """Return the text of a list, sorted by file and test; neighbours that say the same share it."""
    lines = [HEADER.format(room=f"tests/{room}".rstrip("/"))]
    rows = sorted(((*key, told) for key, told in found.items() if told), key=_by_name)
    for (file, sentences), alike in itertools.groupby(rows, key=lambda row: (row[0], row[2])):
        if f"{file}\n" not in lines:
            lines += ["\n", f"{file}\n"]
        lines += [f"  {test}\n" for _, test, _ in alike]
        lines += ["    " + sentence.replace("\n", "\n      ") + "\n" for sentence in sentences]
    return "".join(lines)


def _by_name(row):
    file, test, _ = row
    return file, [(int(part), "") if part.isdigit() else (-1, part) for part in _split(test)]


def _split(test: str) -> list[str]:
    return [part for part in re.split(r"(\d+)", test) if part]


class Keeper:
    """Plugin of pytest that compares what tests hear with the lists, or writes the lists."""

    def __init__(self, config):
        self.writes = config.getoption("write_sentences")
        self.basetemp = None
        self._test = None  # nodeid of the test that runs
        self._told = []  # its sentences so far
        self._kept = {}  # room -> what its list holds
        self._heard = {}  # nodeid -> sentences of the tests that passed
        self._tests = set()  # nodeids that were collected, whether they run or not
        self._files = set()  # of those, the files

    def hear(self, sentence: str) -> None:
        """Compare a sentence with the one at its turn in the list."""
        __tracebackhide__ = True
        self._told.append(sentence)
        if self.writes:
            return
        kept = self._sentences()[len(self._told) - 1 :]
        if kept[:1] != [sentence]:
            self._fail(kept[0] if kept else "none", sentence)

    def _sentences(self) -> list[str]:
        room, key = place(self._test)
        if room not in self._kept:
            path = list_of(room)
            self._kept[room] = read(path.read_text()) if path.exists() else {}
        return self._kept[room].get(key, [])

    def _fail(self, kept: str, told: str):
        __tracebackhide__ = True
        path = self._test.partition("::")[0]
        pytest.fail(
            f"{list_of(place(self._test)[0]).relative_to(TESTS.parent)} keeps another sentence:\n"
            f"  kept: {kept}\n"
            f"  told: {told}\n"
            f"If the new one is better, keep it: python -m tests.all {path} --write-sentences"
        )

    def pytest_collection_modifyitems(self, items):
        """Note every test, before options leave some out."""
        self._tests |= {item.nodeid for item in items}

    def pytest_collectreport(self, report):
        """Note a file whose tests were all found."""
        if report.passed and report.nodeid.endswith(".py"):
            self._files.add(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        """Begin a test."""
        self._test, self._told = item.nodeid, []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        """End a test: no sentence of its list may be left."""
        result = yield
        if self.writes:
            self._heard[item.nodeid] = self._told
        elif left := self._sentences()[len(self._told) :]:
            self._fail(left[0], "none")
        return result

    def pytest_sessionfinish(self, session):
        """Write what was heard into the lists of the rooms."""
        if not self.writes:
            return
        whole = {
            TESTS.parent / argument for argument in session.config.args if "::" not in argument
        }
        files = {
            file
            for file in self._files
            if whole & {(TESTS.parent / file), *(TESTS.parent / file).parents}
        }
        for room in {place(test)[0] for test in [*self._heard, *files]}:
            if list_of(room).exists() or any(
                told for test, told in self._heard.items() if place(test)[0] == room
            ):
                self._merge(room, files)

    def _merge(self, room: str, files: set[str]) -> None:
        """Add what was heard to a list, and take out what is no more."""
        tests = {place(test) for test in self._tests}
        whole = {place(file) for file in files}
        heard = {place(test): told for test, told in self._heard.items()}
        with list_of(room).open("a+") as file:  # other processes write their files of this room
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            found = {
                (path, test): sentences
                for (path, test), sentences in read(file.read()).items()
                if (TESTS / room / path).exists()
                and ((room, (path, "")) not in whole or (room, (path, test)) in tests)
            }
            found |= {key: told for (of, key), told in heard.items() if of == room}
            file.truncate(0)
            file.write(write(room, found))


_KEEPERS: list[Keeper] = []


def start(config) -> None:
    """Let a session of pytest compare or write."""
    _KEEPERS.append(Keeper(config))
    config.pluginmanager.register(_KEEPERS[-1])


def use_basetemp(path: pathlib.Path) -> None:
    """Tell where the folders of tests are."""
    _KEEPERS[-1].basetemp = path
