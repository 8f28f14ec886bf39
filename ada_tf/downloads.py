"""Downloads: continued where they broke off, and whole when they appear.

A file grows in NAME.part beside its place; NAME.part.json says of which version of it. NAME.sha256
keeps the SHA-256 of a file of which none is published, for `sha256sum -c` and for the next download.
"""

import contextlib
import dataclasses
import hashlib
import http
import json
import os
import pathlib
import re
import secrets
import urllib.parse
from collections.abc import Callable, Iterator

import tqdm

from ada_tf import web
from ada_tf.errors import UserError
from ada_tf.files import (
    printable,
    read_json,
    sha256_of,
    write_text,
    writing,
)
from ada_tf.locks import Lock, lock_in_turn

MAX_BYTES = 2**32  # ten times the largest published networks
BY_HAND = "fetch it by hand and give the path of the file"
_MAX_NOTES = 2**12


@dataclasses.dataclass(frozen=True)
class _Version:
    """Version of a file on a server.

    Attributes:
        validator: its ETag, or when it was last modified; None if the server says neither.
        size: in bytes; None if the server does not say.
    """

    validator: str | None
    size: int | None


def download(url: str, folder, **options) -> pathlib.Path:
    """Download a file into a folder, where it is kept under its own name and a hash of its address.

    Args:
        url: http:// or https://.
        folder: made if need be.
        **options: see `fetch`.

    Returns:
        Its path.

    Raises:
        UserError: see `fetch`.
    """
    return fetch(url, place_of(url, folder), **options)


def place_of(url: str, folder) -> pathlib.Path:
    """Return the path at which `download` keeps a file."""
    url = web.checked(url)
    last = urllib.parse.unquote(urllib.parse.urlsplit(url).path).rpartition("/")[2]
    name = pathlib.PurePath(re.sub(r"[^\w.-]", "_", last, flags=re.ASCII).strip(".") or "file")
    digest = hashlib.sha256(url.encode()).hexdigest()[:8]
    return pathlib.Path(folder) / f"{name.stem[:80]}-{digest}{name.suffix[:16]}"


def fetch(
    url: str,
    path,
    sha256: str | None = None,
    max_bytes: int = MAX_BYTES,
    log=print,
    check: Callable[[pathlib.Path], None] | None = None,
    advice: str = BY_HAND,
) -> pathlib.Path:
    """Download a file; one that is there already is not asked for again.

    Args:
        url: http:// or https://.
        path: of the file.
        sha256: of the file, if it is known; else that of the first download is kept beside it.
        max_bytes: a larger file is refused.
        log: called with a line when the download begins, when it ends, and when another process is
            at it.
        check: called with the path of the whole file before it appears; raises a UserError to refuse
            it.
        advice: what to do if it fails, the end of the sentence.

    Returns:
        The path.

    Raises:
        UserError: it cannot be downloaded, or is not what it should be.
    """
    url, path = web.checked(url), pathlib.Path(path)
    if not path.is_file():
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(path, log) as lock:
                if not path.is_file():
                    _fetch(url, path, lock, sha256, max_bytes, log, check, advice)
                    return path
    _check_unchanged(path, sha256)
    return path


def _fetch(url, path, lock, sha256, max_bytes, log, check, advice) -> None:
    # Where there are no locks the growing file is nobody else's.
    unique = "" if lock.works else f".{os.getpid()}-{secrets.token_hex(4)}"
    part = path.with_name(f"{path.name}{unique}.part")
    try:
        _receive(url, part, max_bytes, log)
        _accept(part, path, sha256, check)
    except web.Failed as failed:
        again = failed.keep and lock.works and _can_go_on(part)
        if not again:
            _remove(part)
        advice = f"run it again to continue, or {advice}" if again else advice
        raise UserError(f"{printable(url)} cannot be downloaded ({failed}); {advice}.") from failed
    finally:
        if not lock.works:
            _remove(part)
    log(f"Downloaded {printable(path)} ({_megabytes(path.stat().st_size)})")


@contextlib.contextmanager
def _alone(path: pathlib.Path, log) -> Iterator[Lock]:
    """Wait until no other process downloads to the same place, and keep others out meanwhile."""

    def told(holder):
        log(f"Another process is downloading {printable(path)} ({holder}); waiting")

    with lock_in_turn(path.with_name(f".{path.name}.lock"), told) as lock:
        yield lock


def _notes_of(part: pathlib.Path) -> pathlib.Path:
    return part.with_name(f"{part.name}.json")


def _can_go_on(part: pathlib.Path) -> bool:
    """Return True if a later download can continue."""
    return part.is_file() and part.stat().st_size > 0 and _read_notes(part) is not None


def _remove(part: pathlib.Path) -> None:
    for path in (part, _notes_of(part)):
        path.unlink(missing_ok=True)


def _read_notes(part: pathlib.Path) -> _Version | None:
    """Read the version of a part; None if it cannot be continued."""
    try:
        found = _Version(**read_json(_notes_of(part), _MAX_NOTES))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    size_is_right = found.size is None or type(found.size) is int
    return found if isinstance(found.validator, str) and size_is_right else None


def _receive(url: str, part: pathlib.Path, max_bytes: int, log) -> None:
    """Download a file, or what is missing of it.

    Raises:
        web.Failed: the server or the connection is to blame.
        OSError: it cannot be written.
    """
    version = _read_notes(part)
    done = part.stat().st_size if _can_go_on(part) else 0
    if done and done == version.size:
        return  # the process ended before it was looked at
    response, version, done = _open(url, version, done)
    with response:
        if (version.size or 0) > max_bytes:
            raise web.Failed(_too_large(max_bytes), keep=False)
        verb = f"Continuing at {_megabytes(done)}" if done else "Downloading"
        size = "" if version.size is None else f" ({_megabytes(version.size)})"
        log(f"{verb} {printable(url)}{size}")
        # disable=None: silent unless somebody watches a terminal.
        with (
            open(part, "ab" if done else "wb") as file,
            tqdm.tqdm(
                total=version.size, initial=done, desc=part.stem, unit="B", unit_scale=True,
                disable=None, leave=False,
            ) as bar,
        ):  # fmt: skip
            if not done:  # after the part of another version is gone
                write_text(_notes_of(part), json.dumps(dataclasses.asdict(version)))
            for data in web.body(response):
                done += len(data)
                if done > max_bytes:
                    raise web.Failed(_too_large(max_bytes), keep=False)
                file.write(data)
                file.flush()  # a process that is killed loses nothing
                bar.update(len(data))
            os.fsync(file.fileno())
    if version.size is not None and done != version.size:
        raise web.Failed(f"the connection ended after {done} of {version.size} bytes")


def _open(url: str, version: _Version | None, done: int):
    """(response, version, where it begins): the rest of what is there, or else a whole file."""
    if done:
        headers = {"Range": f"bytes={done}-", "If-Range": version.validator}
        response = web.ask(url, headers)
        if response is not None:
            found = _part_of(response, done)
            if found is not None and _same(found, version):
                return response, found, done
            if response.status == http.HTTPStatus.OK:
                return response, _whole(response), 0
            response.close()
    response = web.ask(url, {})
    if response.status != http.HTTPStatus.OK:
        response.close()
        raise web.Failed(f"the server answers {web.in_words(response.status)}")
    return response, _whole(response), 0


def _whole(response) -> _Version:
    """The version of a whole file."""
    chunked = response.headers.get("Transfer-Encoding", "").lower() == "chunked"
    if response.length is None and not chunked:
        response.close()
        raise web.Failed("the server does not say how long the file is")
    return _Version(_validator(response.headers), response.length)


def _part_of(response, done: int) -> _Version | None:
    """The version of the rest of a file; None if the response is something else."""
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status != http.HTTPStatus.PARTIAL_CONTENT or not match or int(match[1]) != done:
        return None
    return _Version(_validator(response.headers), int(match[2]))


def _same(found: _Version, known: _Version) -> bool:
    """Return True if both may be one version; servers need not repeat everything."""
    return found.validator in (None, known.validator) and known.size in (None, found.size)


def _validator(headers) -> str | None:
    """Return the header that differs if one byte does; a weak ETag need not."""
    for value in (headers.get("ETag"), headers.get("Last-Modified")):
        if value and re.fullmatch(r'"[!-~]{1,200}"|\w{3}, [\w :]{1,40}', value, re.ASCII):
            return value
    return None


def _accept(part: pathlib.Path, path: pathlib.Path, sha256: str | None, check) -> None:
    """Let a whole file appear, if it is the right one.

    Raises:
        web.Failed: its SHA-256 is another one.
        UserError: `check` refuses it.
    """
    found, first = sha256_of(part), _kept_sha256(path)
    if sha256 is not None and found != sha256:
        raise web.Failed(
            f"its SHA-256 is {found[:12]}..., published is {sha256[:12]}...", keep=False
        )
    if sha256 is None and first not in (None, found):
        raise web.Failed(
            f"its SHA-256 is {found[:12]}..., and {printable(_sha256_file(path))}, which you may"
            f" delete, says {first[:12]}...",
            keep=False,
        )
    if check is not None:
        try:
            check(part)
        except UserError:
            _remove(part)
            raise
    if sha256 is None and first is None:
        write_text(_sha256_file(path), f"{found}  {path.name}\n")
    os.replace(part, path)
    _notes_of(part).unlink(missing_ok=True)


def _check_unchanged(path: pathlib.Path, sha256: str | None) -> None:
    """Refuse a file that has changed since its download."""
    expected = sha256 or _kept_sha256(path)
    if expected is not None and (found := sha256_of(path)) != expected:
        raise UserError(
            f"{printable(path)} is not what was downloaded: its SHA-256 is {found[:12]}..., it was"
            f" {expected[:12]}...; delete it to fetch it again."
        )


def _sha256_file(path: pathlib.Path) -> pathlib.Path:
    return path.with_name(f"{path.name}.sha256")


def _kept_sha256(path: pathlib.Path) -> str | None:
    """Read the SHA-256 that is kept beside a file."""
    try:
        text = _sha256_file(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    match = re.match(r"[0-9a-f]{64}\b", text)
    return match and match[0]


def _too_large(max_bytes: int) -> str:
    return f"it is larger than {max_bytes} bytes"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
