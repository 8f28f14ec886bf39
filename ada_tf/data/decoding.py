"""Look into many pictures at once, in processes of limited memory and time.

A small file may ask its decoder for gigabytes or for minutes. A process that decodes is stopped there,
and the picture is left out with the reason.
"""

import concurrent.futures
import contextlib
import dataclasses
import io
import itertools
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ada_tf import files
from ada_tf.data import decode
from ada_tf.data.sources.source import MAX_BYTES, Entry

# Memory that one picture may take: the largest JPEG that PIL opens, 89 million pixels, takes 1.5 GB
# with its copies. And seconds of a processor: that JPEG takes 2.
MAX_MEMORY, MAX_SECONDS = 2**31, 30

# Pictures in flight, pictures decoded at the same time, the pixels these may have together (unless one
# alone has more), and the bytes that zip files may be unpacked to (unless one file alone has more).
_CHUNK, _MAX_WORKERS, _MAX_PIXELS, MAX_UNPACKED = 64, 16, 2**26, 2**28
# Pictures that are worth a process more: one starts in the time that 20 take.
_PICTURES_A_PROCESS = 20

_NEEDS, _ANSWER = "needs", "answer"  # what a process says


@dataclasses.dataclass(frozen=True)
class Failed:
    """A picture that could not be looked into, and why."""

    why: str


class Budget:
    """Lets threads in while they need no more than so many units together; one alone always."""

    def __init__(self, units: int):
        self._free = self._units = units
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def taken(self, units: int) -> Iterator[None]:
        """Wait until `units` are free, and keep them meanwhile."""
        units = min(units, self._units)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= units)
            self._free -= units
        try:
            yield
        finally:
            with self._changed:
                self._free += units
                self._changed.notify_all()


# What is asked of a picture: (its bytes, `Budget.taken` of pixels) -> the answer. It goes to another
# process by the name of the function, and with its arguments (functools.partial).
Look = Callable[[io.BufferedIOBase, Callable], Any]


class Decoders:
    """Look into pictures, some at a time; a context manager.

    Args:
        pictures: how many there will be, at a guess.
        limited: in processes of limited memory and time; otherwise in threads of this one, for
            pictures that nobody else has made.
    """

    def __init__(self, pictures: int, limited: bool = True):
        self._count = min(_MAX_WORKERS, os.cpu_count() or 1)
        if limited:
            self._count = min(self._count, 1 + pictures // _PICTURES_A_PROCESS)
        self._pixels, self._unpacked = Budget(_MAX_PIXELS), Budget(MAX_UNPACKED)
        kind = _Process if limited else _ThisProcess
        self._workers = [kind() for _ in range(self._count)]
        self._idle, self._open = queue.SimpleQueue(), contextlib.ExitStack()

    def __enter__(self):
        self._open.enter_context(decode.strict())
        for worker in self._workers:
            self._open.callback(worker.close)
            self._idle.put(worker)
        self._pool = self._open.enter_context(concurrent.futures.ThreadPoolExecutor(self._count))
        for worker in self._workers:
            # Done first: a thread that waits for a process would wait for its answer.
            self._open.callback(worker.end)
        return self

    def __exit__(self, *error):
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._open.__exit__(*error)

    def each(self, look: Look, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Any | Failed]]:
        """Look into pictures; each comes with its answer, in their order."""
        entries = iter(entries)
        while chunk := list(itertools.islice(entries, _CHUNK)):
            answers = self._pool.map(self._one, itertools.repeat(look), chunk)
            yield from zip(chunk, answers, strict=True)

    def _one(self, look: Look, entry: Entry):
        worker = self._idle.get()
        try:
            with self._unpacked.taken(entry.unpacked):
                return worker.answer(look, entry, self._pixels.taken)
        finally:
            self._idle.put(worker)


class _ThisProcess:
    """Look into a picture here, without limits."""

    def answer(self, look: Look, entry: Entry, taken):
        return _answer(look, entry.open, taken)

    def end(self) -> None:
        """Nothing was started."""

    close = end


class _Process:
    """A process that looks into one picture after the other; it starts with the first."""

    def __init__(self):
        self._process, self._ended = None, False

    def answer(self, look: Look, entry: Entry, taken):
        """Ask the process; one that is stopped at a limit is replaced by a new one.

        Returns:
            What `look` returns, or `Failed`.
        """
        content = entry.path
        if content is None:  # of an archive: its bytes travel
            try:
                with entry.open() as stream:
                    content = stream.read()
            except Exception as error:  # zipfile raises anything when an archive is broken
                return Failed(reason(error))
        if self._ended:
            return Failed("was not looked into")
        self._process = self._process or _start()
        try:
            return self._ask((look, content), taken)
        except (EOFError, OSError, pickle.UnpicklingError):
            return Failed(_why_ended(self._stop()))

    def _ask(self, question, taken):
        _send(self._process.stdin, question)
        with contextlib.ExitStack() as held:
            while True:
                kind, content = pickle.load(self._process.stdout)
                if kind == _ANSWER:
                    return content
                held.enter_context(taken(content))
                _send(self._process.stdin, None)

    def _stop(self) -> int:
        """Stop the process, if it runs; returns its exit status."""
        process, self._process = self._process, None
        process.kill()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # of what was not read any more
                stream.close()
        return process.wait()

    def end(self) -> None:
        """Look into no more pictures; who waits for an answer gets `Failed`."""
        self._ended = True
        if process := self._process:
            process.kill()

    def close(self) -> None:
        """Stop the process, when nobody asks any more."""
        if self._process:
            self._stop()


def _start() -> subprocess.Popen:
    """Start a process that finds what this one can import, and no other threads than it needs."""
    path = os.pathsep.join(filter(None, sys.path))
    environment = dict(os.environ, PYTHONPATH=path, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    environment["MALLOC_ARENA_MAX"] = "2"  # each thread would reserve 64 MB of the limit
    return subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # Ctrl-C is for the program, which ends its processes
    )


def _send(stream, message) -> None:
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _why_ended(status: int) -> str:
    """Tell why a process that decodes has ended, from its exit status."""
    if status == -getattr(signal, "SIGXCPU", 0):
        return f"takes more than {MAX_SECONDS} s of a processor to decode"
    return f"ended its decoder (exit status {status})"


def _answer(look: Look, opener, taken):
    try:
        with opener() as stream:
            return look(stream, taken)
    except MemoryError:
        return Failed(f"takes more than {MAX_MEMORY >> 30} GB of memory to decode")
    except Exception as error:  # PIL's readers raise anything when a file is broken
        return Failed(reason(error))


def reason(error: Exception) -> str:
    """Say in one line why an image cannot be read."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = " ".join(text.split()) or type(error).__name__
    # PIL's message ends in the object it was given, with an address.
    return "not an image" if text.startswith("cannot identify image file") else text


# The process that decodes.


def _serve(questions, answers) -> None:
    """Answer until nobody asks any more."""

    @contextlib.contextmanager
    def taken(pixels):
        _send(answers, (_NEEDS, pixels))
        pickle.load(questions)
        yield

    with decode.strict():
        while True:
            try:
                look, content = pickle.load(questions)
            except EOFError:
                return
            _allow(MAX_SECONDS)
            if isinstance(content, bytes):
                answer = _answer(look, lambda: io.BytesIO(content), taken)  # noqa: B023
            else:
                answer = _answer(look, lambda: files.open_regular(content, MAX_BYTES), taken)  # noqa: B023
            _send(answers, (_ANSWER, answer))


def _limit_memory() -> None:
    """Let this process take MAX_MEMORY more than it has, where the system can count that."""
    try:
        import resource

        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
    except (ImportError, OSError):  # not Linux
        return
    allowed = pages * resource.getpagesize() + MAX_MEMORY
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or allowed < hard:
        resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))


def _allow(seconds: int) -> None:
    """Let this process work so long from now on; the system ends it then, with SIGXCPU."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime) + seconds
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or until < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def serve() -> None:
    """Be the process that decodes, until its standard input ends."""
    # What a decoder prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory()
    _serve(sys.stdin.buffer, answers)
