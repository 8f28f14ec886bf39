"""Modules from outside that add rows to the tables of the package: `--use=my_gan.py`.

A module is imported because somebody named it: on the command line, in Python, or by a run that names
an installed entry point of the group "ada_tf". A file that only a run names is never imported. Runs
keep the name and the SHA-256 of each module, and `require` compares them with those in use.
"""

import hashlib
import importlib
import importlib.metadata
import importlib.util
import os
import pathlib
import shlex
import sys
import traceback
import types
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import cause, open_regular, printable, quoted, reading
from ada_tf.registry import all_or_none

_GROUP = "ada_tf"  # of entry points
_MAX_BYTES = 2**24  # of a module; a file of Python is far smaller
# Of a sentence: digits of a hash, characters of a name, names.
_SHOWN, _NAME, _FEW = 12, 40, 3


class Extension(NamedTuple):
    """A module in use, as runs name it.

    Attributes:
        name: file name, name of the module, or name of the entry point.
        sha256: of its file, in hexadecimal digits.
    """

    name: str
    sha256: str


_in_use: dict[str, Extension] = {}  # as sys.modules, which it goes with
_accepted: set[str] = set()  # names whose change since a run was trained is accepted


def in_use() -> tuple[Extension, ...]:
    """The modules in use, in the order of their import."""
    return tuple(_in_use.values())


def use(*modules: str, accept_changed: bool = False) -> tuple[Extension, ...]:
    """Import modules that add families, losses, transforms, ... to the package, each once.

    Args:
        *modules: path of a Python file, name of a module that can be imported, or name of an entry
            point of the group "ada_tf"; several may stand in one text, with commas.
        accept_changed: open runs of another version of these modules, too.

    Returns:
        The modules, as runs name them.

    Raises:
        UserError: a module is not found or fails, with the file, the line and the cause.
    """
    texts = [text.strip() for module in modules for text in os.fspath(module).split(",")]
    found = tuple(_imported(text) for text in texts if text)
    if accept_changed:
        _accepted.update(extension.name for extension in found)
    return found


def require(named, where) -> None:
    """Refuse networks whose modules are not in use, or are in use in another version.

    Args:
        named: pairs of name and SHA-256, as a file of a run has them, which may be a stranger's.
        where: the run, for messages.

    Raises:
        UserError: naming the module, and what to give.
    """
    named, installed = _pairs(named, where), _installed() if named else {}
    missing = [name for name, _ in named if name not in _in_use and name not in installed]
    if missing:
        shown = [printable(name)[:_NAME] for name in missing[:_FEW]]
        more = f" and {len(missing) - len(shown)} more" if missing[_FEW:] else ""
        raise UserError(
            f"{printable(where)} needs {', '.join(shown)}{more} from outside of ada_tf; give"
            f" {' '.join(f'--use={shlex.quote(name)}' for name in shown)}, or ada_tf.use in Python."
        )
    for name, sha256 in named:
        now = _in_use.get(name) or _of_module(name, installed[name])
        if now.sha256 != sha256 and name not in _accepted:
            raise UserError(
                f"{printable(where)} was made with another {printable(name)[:_NAME]} (sha256"
                f" {printable(sha256[:_SHOWN])}, now {now.sha256[:_SHOWN]}); use the one of then, or give"
                " --accept_changed_code to go on with this one."
            )


def _pairs(named, where) -> list[tuple[str, str]]:
    """Pairs of texts, from what a file holds in their place."""
    pairs = named if isinstance(named, (list, tuple)) else [None]
    for pair in pairs:
        texts = isinstance(pair, (list, tuple)) and len(pair) == 2
        if not texts or not all(isinstance(text, str) for text in pair):
            raise UserError(
                f"{printable(where)} names modules as {quoted(named)}, not in pairs of texts."
            )
    return [tuple(pair) for pair in pairs]


def _imported(text: str) -> Extension:
    """Import a module by path or name, if it is not in use."""
    if text.endswith(".py") or os.sep in text:
        return _of_file(pathlib.Path(text).expanduser().absolute())
    return _in_use.get(text) or _of_module(text, _installed().get(text, text))


def _of_module(name: str, path: str) -> Extension:
    """Import the module at a dotted path, which runs know by `name`."""
    try:
        with all_or_none():
            module = importlib.import_module(path)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name in (path, path.split(".")[0]):
            raise UserError(
                f"use={name!r:.80} must be a Python file such as my_gan.py, a module that can be"
                f" imported, or an entry point of the group {_GROUP}."
            ) from error
        raise _failed(name, _file_of(path), error) from error
    file = getattr(module, "__file__", None)
    if file is None:
        raise UserError(f"use={name!r:.80} has no file; give a module with code.")
    return _keep(name, _read(file))


def _of_file(path: pathlib.Path) -> Extension:
    """Execute a file as a module of its own."""
    source = _read(path)
    known = _in_use.get(path.name)
    if known is not None:
        if known.sha256 != hashlib.sha256(source).hexdigest():
            raise UserError(
                f"use={printable(path)!r}: another {printable(path.name)} is in use already; start Python"
                " anew, or rename the file."
            )
        return known
    module = types.ModuleType(f"ada_tf_use_{path.stem}")
    module.__file__ = str(path)
    # Dataclasses and pickle look a class up by its module.
    sys.modules[module.__name__] = module
    try:
        with all_or_none():
            # Compiled from the bytes that were hashed, even if the file changes meanwhile.
            exec(compile(source, str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        raise _failed(str(path), str(path), error) from error
    return _keep(path.name, source)


def _keep(name: str, source: bytes) -> Extension:
    _in_use[name] = Extension(name, hashlib.sha256(source).hexdigest())
    return _in_use[name]


def _read(path) -> bytes:
    with reading(path, "a Python file"), open_regular(path, _MAX_BYTES) as file:
        return file.read()


def _installed() -> dict[str, str]:
    """Name -> module, of the entry points of installed packages."""
    return {entry.name: entry.module for entry in importlib.metadata.entry_points(group=_GROUP)}


def _file_of(path: str) -> str | None:
    """The file of a module that cannot be imported, if it is found."""
    try:
        spec = importlib.util.find_spec(path)
    except (ImportError, ValueError):
        return None
    return spec and spec.origin


def _failed(text: str, file: str | None, error: BaseException) -> UserError:
    """The sentence about a module that fails, with the last of its own lines that was reached."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines.append(error.lineno)
    line = f", line {lines[-1]}" if lines and lines[-1] else ""
    reason = error.msg if isinstance(error, SyntaxError) else cause(error)
    kind = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
    return UserError(f"use={printable(text)}{line}: {kind}{reason.rstrip('.')}.")
