"""Files: read with bounds, written whole or not at all, with errors in one sentence.

A file of a stranger is data: it must be a regular file of a bounded size, and whatever its reader
raises is one sentence. What is written appears whole or not at all.
"""

import contextlib
import errno
import hashlib
import itertools
import json
import os
import pathlib
import pickle
import re
import secrets
import shlex
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ada_tf.errors import UserError

# The file that makes a folder a run of ada-train: training writes it, data leaves such folders out.
RUN_OPTIONS = "training_options.json"
# JSON of ours (configurations, reports, label lists of a million images) stays far below this.
MAX_JSON = 2**28

# What readers of damaged or hostile files raise; TensorFlow's own errors are told by `is_op_error`.
_READ_ERRORS = (
    OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, ArithmeticError,
    MemoryError, EOFError, struct.error, zlib.error, zipfile.BadZipFile, pickle.UnpicklingError,
)  # fmt: skip


def cause(error: BaseException) -> str:
    """Return the cause of an error in a few words, without the paths and nodes of TensorFlow."""
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    if is_op_error(error):
        text = re.sub(r"\[\[.*?\]\]|\{\{.*?\}\}|\[Op:.*?\]", "", error.message)
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    # A first line that ends in a colon announces the last one, with what was called in between.
    text = lines[-1] if lines[0].endswith(":") else lines[0]
    if is_op_error(error):
        text = text.rpartition("; ")[2]  # "path; what went wrong"
    if text.startswith("cannot identify image file"):  # Pillow shows the object that it reads from
        text = "not an image"
    text = printable(text)
    return text if len(text) <= 120 else text[:117] + "..."


def is_op_error(error: BaseException) -> bool:
    """Return True for an error of TensorFlow, without importing TensorFlow."""
    return any(
        kind.__name__ == "OpError" and kind.__module__.startswith("tensorflow.")
        for kind in type(error).__mro__
    )


@contextlib.contextmanager
def reading(path, what: str, advice: str = "", also: tuple = ()) -> Iterator[None]:
    """Turn whatever a reader raises into one sentence.

    Args:
        path: of the file or folder.
        what: what it should be, with its article, as in "a zip file".
        advice: what to do, the end of the sentence.
        also: what else the reader may raise, for libraries that have errors of their own.

    Raises:
        UserError: instead of any error of `_READ_ERRORS` or of TensorFlow; a UserError stays.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if not (isinstance(error, (*_READ_ERRORS, *also)) or is_op_error(error)):
            raise
        raise UserError(
            f"{printable(path)} cannot be read as {what} ({cause(error)}){advice and '; ' + advice}."
        ) from error


@contextlib.contextmanager
def writing(path) -> Iterator[None]:
    """Turn what stops a file or folder from being written into one sentence.

    Args:
        path: of the file or folder, or words that name it.

    Raises:
        UserError: instead of an OSError, or of what TensorFlow raises for one.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if not (isinstance(error, OSError) or is_op_error(error)):
            raise
        raise UserError(f"{printable(path)} cannot be written: {cause(error)}.") from error


def printable(path) -> str:
    """A path that fits into one line of UTF-8: other bytes and characters are escaped."""
    text = os.fsdecode(path)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def command_line(words) -> str:
    """Words as a command for bash or zsh, in one line of UTF-8: $'...' holds what is not printable."""
    return " ".join(map(_shell_word, words))


def _shell_word(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    plain = word.replace("\\", "\\\\").replace("'", "\\'")
    escaped = (
        c if c.isprintable() else "".join(f"\\x{byte:02x}" for byte in os.fsencode(c))
        for c in plain
    )
    return f"$'{''.join(escaped)}'"


def quoted(value) -> str:
    """A value of a stranger's file as it is shown in a sentence: in quotes, cut if it is long.

    What is long, large or deep is cut before it becomes text: containers can hold each other so that
    the text of a kilobyte has no end.
    """
    text = repr(_bounded(value, 2))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


_SHOWN = 80  # characters, and items of a container


class _Word(str):
    __repr__ = str.__str__


def _bounded(value, depth: int):
    if isinstance(value, (str, bytes)):
        return value[:_SHOWN]
    if isinstance(value, int) and value.bit_length() > _SHOWN:
        return _Word(f"a number of {value.bit_length()} bits")
    if value is None or isinstance(value, (int, float)):
        return value
    if depth and isinstance(value, dict):
        items = itertools.islice(value.items(), _SHOWN)
        return {_bounded(name, 0): _bounded(item, depth - 1) for name, item in items}
    if depth and isinstance(value, (list, tuple)):
        kind = list if isinstance(value, list) else tuple
        return kind(_bounded(item, depth - 1) for item in value[:_SHOWN])
    return _Word("..." if isinstance(value, (dict, list, tuple)) else f"a {type(value).__name__}")


def listed(names, most: int = 10) -> str:
    """Names of a stranger's file as a sentence lists them: cut if they are long, or many."""
    shown = [printable(n) if len(n) <= 40 else f"{printable(n[:37])}..." for n in names[:most]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def open_regular(path, max_bytes: int | None = None) -> BinaryIO:
    """Open a file for reading that is a file: not a pipe, which never ends, nor a device.

    Raises:
        OSError: it is no regular file, larger than `max_bytes`, or cannot be opened.
    """
    # Opening a pipe would wait for a writer; for a regular file O_NONBLOCK means nothing.
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(None, "is no regular file", str(path))
        if max_bytes is not None and status.st_size > max_bytes:
            raise OSError(None, f"is larger than {max_bytes} bytes", str(path))
        return open(number, "rb")
    except BaseException:
        os.close(number)
        raise


def open_own(path, flags: int) -> int:
    """Open a file of a folder that a stranger may have filled; an `opener` of `open`.

    A link may lead to any file of the user, and a pipe or a device may block: none is opened.

    Raises:
        OSError: it is no regular file, or cannot be opened.
    """
    try:
        number = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(error.errno, "is a link", str(path)) from error
        if error.errno == errno.ENXIO:  # a pipe that nobody reads, a socket
            raise OSError(error.errno, "is no regular file", str(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "is no regular file", str(path))
    return number


def check_own(folder) -> None:
    """Refuse a folder that holds anything but files and folders, however deep.

    A program that goes on with it writes and removes what lies there by name.

    Raises:
        UserError: naming a link, pipe or device.
        OSError: a folder cannot be listed.
    """
    folders = [os.fspath(folder)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif not entry.is_file(follow_symlinks=False):
                    kind = "a link" if entry.is_symlink() else "no regular file"
                    raise UserError(
                        f"{printable(entry.path)} is {kind}, and nothing is written through it;"
                        " put a copy of what it names in its place, or remove it."
                    )


def sha256_of(path, what: str = "a file") -> str:
    """The SHA-256 of a file, in hexadecimal digits.

    Args:
        path: of the file.
        what: see `reading`.

    Raises:
        UserError: it cannot be read.
    """
    digest = hashlib.sha256()
    with reading(path, what), open_regular(path) as file:
        while part := file.read(2**20):
            digest.update(part)
    return digest.hexdigest()


def read_json(path, max_bytes: int = MAX_JSON) -> dict:
    """The JSON object of a file.

    Raises:
        OSError, ValueError, RecursionError: it cannot be read, or is no JSON object.
    """
    with open_regular(path, max_bytes) as file:
        found = json.load(file)
    if not isinstance(found, dict):
        raise ValueError(f"holds a {type(found).__name__}, where names and values belong")
    return found


@contextlib.contextmanager
def replacing(path, overwrite: bool = True) -> Iterator[pathlib.Path]:
    """A path to write to; at the end it becomes `path`, whole and on the disk, or is removed.

    The temporary name ends as `path` does, for writers that look at the ending.

    Args:
        path: of the file.
        overwrite: False keeps what has appeared there meanwhile.

    Raises:
        FileExistsError: something has appeared, and is not to be replaced.
    """
    path = pathlib.Path(path)
    unique = f".{path.name[:64]}.{os.getpid()}-{secrets.token_hex(4)}.tmp{path.suffix}"
    temporary = path.with_name(unique)
    number = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        yield temporary
        os.fsync(number)
        if overwrite:
            os.replace(temporary, path)
        else:
            _put(temporary, path)
    finally:
        os.close(number)
        temporary.unlink(missing_ok=True)


def _put(file: pathlib.Path, path: pathlib.Path) -> None:
    """Give a file a further name, which must be free."""
    try:
        os.link(file, path)
    except FileExistsError as error:
        raise FileExistsError(errno.EEXIST, "has appeared meanwhile", str(path)) from error
    except OSError as error:
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "has appeared meanwhile", str(path)) from error
        os.replace(file, path)  # on a file system without hard links there is no better way


def write_text(path, text: str, overwrite: bool = True) -> None:
    """Replace a file by a text, UTF-8, in one piece; see `replacing`."""
    with replacing(path, overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")


def user_cache() -> pathlib.Path:
    """The folder of ada_tf in the user's cache; it need not exist."""
    root = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(root) / "ada_tf"


def make_cache(folder: pathlib.Path) -> pathlib.Path:
    """Create a folder of the cache.

    Raises:
        UserError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"cache_dir={printable(folder)!r}: must be a folder that can be written"
            f" ({error.strerror})."
        ) from error
    return folder


def is_web_address(path) -> bool:
    """Return True for the address of a file on the web, http:// or https://."""
    return re.match(r"https?://", os.fsdecode(path), re.IGNORECASE) is not None


def check_local(name: str, path) -> None:
    """Refuse an address such as https://..., of which pathlib would make a path.

    Raises:
        UserError: naming the argument.
    """
    text = os.fsdecode(path)
    if re.match(r"[A-Za-z][\w+.-]+:/", text):
        raise UserError(
            f"{name}={printable(path)!r} is an address; only paths of this machine are read and"
            " written: download it first, and give its path."
        )


def check_tensorflow_path(name: str, path) -> None:
    """Refuse a path that TensorFlow would take for a pattern or an address, or that is no UTF-8.

    TensorFlow looks for checkpoints with a glob of the path, so that `run[1]` means `run1`.

    Raises:
        UserError: naming the argument.
    """
    check_local(name, path)
    text = os.fsdecode(path)
    found = re.search(r"[*?\[\]\\]", text)
    if found:
        raise UserError(
            f"{name}={printable(path)!r} contains {found[0]!r}, which TensorFlow does not take"
            " literally in paths; rename the folder."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError(
            f"{name}={printable(path)!r} must be a path in UTF-8; rename the folder."
        ) from error
