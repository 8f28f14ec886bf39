"""Advisory locks on files: one owner at a time, and none that a killed process leaves behind."""

import contextlib
import errno
import fcntl
import json
import os
import platform
import weakref

from ada_tf.files import open_own, printable

# Errors of file systems without locks; EBADF is that of NFS for a folder.
_UNSUPPORTED = (
    errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF,
)  # fmt: skip


def _lock(number: int, how: int) -> bool:
    """Lock an open file or folder; False where its file system has no locks.

    Raises:
        BlockingIOError: somebody else has the lock, and `how` does not wait.
        OSError: it cannot be locked for another reason.
    """
    try:
        fcntl.flock(number, how)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        return False
    return True


class Held(Exception):
    """Another process has the lock; the message names it."""


class Lock:
    """The lock of a file, as a context manager; the kernel releases it however the process ends.

    The file holds process and host of its newest owner and is never removed: a lock on a removed
    file would lock nobody out.

    Args:
        path: of the lock file, created if need be.
        wait: wait until the lock is free, instead of raising `Held`.

    Attributes:
        works: False where the file system has no locks, so that nobody is locked out.
    """

    def __init__(self, path, wait: bool = False):
        self.path, self.wait, self.works = path, wait, True
        self._file = None

    def __enter__(self) -> "Lock":
        """Take the lock.

        Raises:
            Held: somebody else has it.
            OSError: the file cannot be opened for writing, or is a link.
        """
        number = open_own(self.path, os.O_RDWR | os.O_CREAT)
        self._file = open(number, "r+", encoding="utf-8", errors="replace")
        try:
            self.works = _lock(number, fcntl.LOCK_EX | (0 if self.wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            holder = self._holder()
            self._file.close()
            raise Held(holder) from error
        except OSError:
            self._file.close()
            raise
        self._file.seek(0)
        self._file.truncate()
        json.dump({"process": os.getpid(), "host": platform.node()}, self._file)
        self._file.flush()
        return self

    def __exit__(self, *error) -> None:
        """Release the lock."""
        self._file.close()

    def _holder(self) -> str:
        """Name the process that wrote the file: "process 12 on host", or "another process"."""
        self._file.seek(0)
        try:
            owner = json.loads(self._file.read(4096))
            return f"process {int(owner['process'])} on {printable(str(owner['host']))}"
        except (ValueError, TypeError, KeyError):
            return "another process"


@contextlib.contextmanager
def lock_in_turn(path, told):
    """Hold the lock of a file while this lasts, after whoever holds it now.

    Args:
        path: of the file.
        told: called with the `Held` of another process, if there is one to wait for.

    Yields:
        The `Lock`.
    """
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(Lock(path))
        except Held as holder:
            told(holder)
            lock = stack.enter_context(Lock(path, wait=True))
        yield lock


@contextlib.contextmanager
def alone_in(folder, told):
    """Wait to be the only process that looks around in a folder and makes something there.

    The lock is that of the folder itself and leaves no file. Where the file system has no locks,
    nobody waits.

    Args:
        folder: its path.
        told: called without arguments if there is another process to wait for.

    Raises:
        OSError: the folder cannot be opened.
    """
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            _lock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told()
            _lock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


class Share:
    """A share in the lock of a folder: while it lives, `sole` says that somebody has the folder.

    It is given back when nobody refers to it any more, or the process ends, however it ends. The lock
    is that of the folder itself: it leaves no file and needs no permission to write. Where the file
    system has no locks, nobody is told.

    Args:
        folder: which stays where it is meanwhile, as far as `sole` is asked.
    """

    def __init__(self, folder):
        """Take the share.

        Raises:
            OSError: the folder is not there, or cannot be opened.
        """
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, number)
        _lock(number, fcntl.LOCK_SH)
        # Whoever had it alone may have moved it away in between.
        if not os.path.samestat(os.fstat(number), os.stat(folder)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))


@contextlib.contextmanager
def sole(folder):
    """Have a folder alone, which nobody has a `Share` in.

    Yields:
        False where the file system has no locks, so that nobody knows.

    Raises:
        Held: somebody has a share.
        OSError: the folder cannot be opened.
    """
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            works = _lock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Held("another process") from error
        yield works
    finally:
        os.close(number)
