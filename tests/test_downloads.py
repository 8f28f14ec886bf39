"""Files from the web: whole or not at all, continued where they broke off, every failure one sentence."""

import hashlib
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest

from ada_tf import downloads, locks, web
from ada_tf.downloads import download, place_of
from ada_tf.errors import UserError
from ada_tf.locks import Lock
from tests.sentences import refused
from tests.served import serving

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2
BY_HAND = f"{downloads.BY_HAND}."


def quiet(line):
    pass


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def served():
    with serving(CONTENT) as server:
        yield server


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def ranges(served):
    return [headers.get("Range") for headers in served.requests]


def broken_off(served, folder, at=HALF):
    """The path of a file of which the server has sent a part."""
    served.stop = at
    with refused(at, len(served.content)):
        download(served.url, folder, log=quiet)
    served.stop = None
    return place_of(served.url, folder)


def test_a_file_is_kept_under_its_name_with_its_hash_and_never_asked_for_again(served, tmp_path):
    lines = []
    path = download(served.url, tmp_path / "new", log=lines.append)
    assert path.read_bytes() == CONTENT
    assert re.fullmatch(r"net-[0-9a-f]{8}\.pkl", path.name)
    assert names(path.parent) == [path.name, f"{path.name}.sha256"]
    assert path.with_name(f"{path.name}.sha256").read_text() == f"{SHA256}  {path.name}\n"
    assert lines == [f"Downloading {served.url} (1.0 MB)", f"Downloaded {path} (1.0 MB)"]
    assert download(served.url, tmp_path / "new", log=lines.append) == path
    assert len(lines) == 2
    assert len(served.requests) == 1


def test_a_name_is_that_of_the_file_and_of_the_address():
    path = place_of("https://a.org/x/ffhq%20256.pkl?v=1#top", "cache")
    assert path == place_of("https://a.org/x/ffhq 256.pkl?v=1", "cache")
    assert re.fullmatch(r"cache/ffhq_256-[0-9a-f]{8}\.pkl", str(path))
    others = ("https://b.org/x/ffhq%20256.pkl?v=1", "https://a.org/x/ffhq%20256.pkl?v=2")
    for other in others:
        assert place_of(other, "cache") != path
    assert web.checked("http://m\xfcller.de:81/\xe4") == "http://xn--mller-kva.de:81/%C3%A4"
    for url in ("https://a.org", "https://a.org/", "https://a.org/..", "https://a.org/%2e%2e%2f.."):
        assert re.fullmatch(r"cache/file-[0-9a-f]{8}", str(place_of(url, "cache")))
    assert len(place_of(f"https://a.org/{'x' * 1000}.{'y' * 1000}", "cache").name) < 120


def test_the_hash_that_is_known_is_checked(served, tmp_path):
    path = download(served.url, tmp_path, sha256=SHA256, log=quiet)
    assert names(tmp_path) == [path.name]
    path.write_bytes(b"changed")
    with refused("SHA-256"):
        download(served.url, tmp_path, sha256=SHA256, log=quiet)
    path.unlink()
    served.content = CONTENT[::-1]
    with refused(SHA256[:12]):
        download(served.url, tmp_path, sha256=SHA256, log=quiet)
    assert names(tmp_path) == []


def test_the_hash_of_the_first_download_is_checked(served, tmp_path):
    path = download(served.url, tmp_path, log=quiet)
    path.write_bytes(b"changed")
    with refused("SHA-256"):
        download(served.url, tmp_path, log=quiet)
    path.unlink()
    served.content = CONTENT[::-1]
    with refused(SHA256[:12]):
        download(served.url, tmp_path, log=quiet)
    assert names(tmp_path) == [f"{path.name}.sha256"]
    served.content = CONTENT
    assert download(served.url, tmp_path, log=quiet).read_bytes() == CONTENT


def test_what_a_check_refuses_does_not_stay(served, tmp_path):
    seen = []

    def check(path):
        seen.append(path.read_bytes())
        raise UserError("no network.")

    with refused():
        download(served.url, tmp_path, log=quiet, check=check)
    assert seen == [CONTENT]
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "version", [("etag", '"a"'), ("modified", "Wed, 21 Oct 2015 07:28:00 GMT")]
)
def test_it_goes_on_where_it_broke_off(served, tmp_path, version):
    served.etag = None
    setattr(served, *version)
    path = broken_off(served, tmp_path)
    assert names(tmp_path) == [f"{path.name}.part", f"{path.name}.part.json"]
    lines = []
    assert download(served.url, tmp_path, log=lines.append) == path
    assert path.read_bytes() == CONTENT
    assert ranges(served) == [None, f"bytes={HALF}-"]
    assert served.requests[1]["If-Range"] == version[1]
    assert served.sent == len(CONTENT)
    assert lines[0] == f"Continuing at 0.5 MB {served.url} (1.0 MB)"
    assert names(tmp_path) == [path.name, f"{path.name}.sha256"]


@pytest.mark.parametrize("repeats", [True, False])
def test_in_many_parts(served, tmp_path, repeats):
    served.stop, served.repeats = 300_000, repeats
    for _ in range(3):
        with refused("net.pkl"):
            download(served.url, tmp_path, log=quiet)
    assert download(served.url, tmp_path, log=quiet).read_bytes() == CONTENT
    assert ranges(served) == [None, *(f"bytes={n}-" for n in (300_000, 600_000, 900_000))]
    assert served.sent == len(CONTENT)


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"etag": '"second"'}, 1),  # the server sends all of it at once
        ({"etag": '"second"', "if_range": False}, 2),
        ({"ranges": False}, 1),
        ({"shift": 1}, 2),
        ({"content": CONTENT[: HALF - 1]}, 2),  # there is nothing at HALF
        ({"content": CONTENT[:-1]}, 2),  # of another length, by the same ETag
    ],
)
def test_another_version_is_begun_anew(served, tmp_path, change, asked):
    broken_off(served, tmp_path)
    served.content = CONTENT[::-1]
    for name, value in change.items():
        setattr(served, name, value)
    assert download(served.url, tmp_path, log=quiet).read_bytes() == served.content
    assert ranges(served)[1:] == [f"bytes={HALF}-", None][:asked]


@pytest.mark.parametrize("etag", [None, 'W/"weak"', "bare"])
def test_what_tells_no_version_is_not_continued(served, tmp_path, etag):
    served.etag, served.stop = etag, HALF
    with refused(BY_HAND):
        download(served.url, tmp_path, log=quiet)
    assert names(tmp_path) == []


@pytest.mark.parametrize("notes", ["", "[]", '{"validator": 3, "size": 4}', '{"validator": "\\n"}'])
def test_notes_that_say_nothing_are_not_believed(served, tmp_path, notes):
    path = broken_off(served, tmp_path)
    path.with_name(f"{path.name}.part.json").write_text(notes)
    assert download(served.url, tmp_path, log=quiet).read_bytes() == CONTENT
    assert ranges(served) == [None, None]


def test_a_whole_part_needs_no_server(served, tmp_path):
    """The process was killed after the last byte."""
    path = broken_off(served, tmp_path)
    path.with_name(f"{path.name}.part").write_bytes(CONTENT)
    assert download(served.url, tmp_path, log=quiet).read_bytes() == CONTENT
    assert len(served.requests) == 1


DOWNLOAD = "import sys; from ada_tf.downloads import download; download(*sys.argv[1:])"


def test_kill_in_the_middle_and_again(served, tmp_path):
    served.hold = few = 1000  # less than what is written at a time
    part = place_of(served.url, tmp_path)
    part = part.with_name(f"{part.name}.part")
    process = subprocess.Popen(
        [sys.executable, "-c", DOWNLOAD, served.url, str(tmp_path)], stdout=subprocess.DEVNULL
    )
    deadline = time.time() + 60
    while not (part.exists() and part.stat().st_size == few) and time.time() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    served.go.set()
    served.hold = None
    path = download(served.url, tmp_path, log=quiet)
    assert path.read_bytes() == CONTENT
    assert ranges(served) == [None, f"bytes={few}-"]
    assert names(tmp_path) == [path.name, f"{path.name}.sha256"]


def test_two_at_once_ask_once(served, tmp_path):
    """Threads with locks of their own stand for processes: the kernel makes no difference."""
    served.hold, waiting, found, said = HALF, threading.Event(), [], []

    def log(line):
        said.append(line)
        if "waiting" in line:
            waiting.set()

    def one():
        found.append(download(served.url, tmp_path, log=log))

    threads = [threading.Thread(target=one) for _ in range(2)]
    threads[0].start()
    assert served.held.wait(60)
    threads[1].start()
    assert waiting.wait(60)
    served.go.set()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert found[0].read_bytes() == CONTENT
    assert len(served.requests) == 1
    expected = (
        rf"Another process is downloading {found[0]} \(process {os.getpid()} on .*\); waiting"
    )
    assert any(re.fullmatch(expected, line) for line in said)


def test_where_there_are_no_locks_nobody_writes_to_the_same_file(served, tmp_path, monkeypatch):
    class NoLock(Lock):
        def __enter__(self):
            super().__enter__()
            self.works = False
            return self

    monkeypatch.setattr(locks, "Lock", NoLock)
    served.stop = HALF
    with refused(BY_HAND):
        download(served.url, tmp_path, log=quiet)
    assert names(tmp_path) == []
    served.stop = None
    path = place_of(served.url, tmp_path)
    path.with_name(f"{path.name}.part").write_bytes(b"of another")
    assert download(served.url, tmp_path, log=quiet).read_bytes() == CONTENT
    assert path.with_name(f"{path.name}.part").read_bytes() == b"of another"


def test_a_full_disk_is_named_and_what_is_there_continued(served, tmp_path):
    """A limit on file sizes stands for the full disk."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (HALF, limit[1]))
    try:
        with pytest.raises(UserError, match=r"net-\w+\.pkl cannot be written: File too large\.$"):
            download(served.url, tmp_path, log=quiet)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    path = place_of(served.url, tmp_path)
    assert names(tmp_path) == [f"{path.name}.part", f"{path.name}.part.json"]
    assert download(served.url, tmp_path, log=quiet).read_bytes() == CONTENT
    assert ranges(served) == [None, f"bytes={HALF}-"]


@pytest.mark.parametrize("length", [None, ""])
def test_chunks_tell_where_a_file_ends(served, tmp_path, length):
    served.chunked, served.length = True, length
    assert download(served.url, tmp_path, log=quiet).read_bytes() == CONTENT


def test_a_redirect_is_followed(served, tmp_path):
    with serving() as other:
        other.status, other.location = 302, served.url
        path = download(other.url, tmp_path, log=quiet)
        assert path.read_bytes() == CONTENT
        assert path == place_of(other.url, tmp_path)


def test_a_length_that_is_too_great_is_not_waited_for(served, tmp_path):
    served.length = len(CONTENT) + 1
    with refused(len(CONTENT), len(CONTENT) + 1):
        download(served.url, tmp_path, log=quiet)


def test_a_length_that_is_too_small_is_told_by_the_hash(served, tmp_path):
    served.length = HALF
    with refused("SHA-256"):
        download(served.url, tmp_path, sha256=SHA256, log=quiet)
    assert names(tmp_path) == []


def test_a_server_that_falls_silent_and_one_that_is_not_there(served, tmp_path, monkeypatch):
    monkeypatch.setattr(web, "_SECONDS", 0.5)
    served.hold = HALF
    with refused("net.pkl"):
        download(served.url, tmp_path, log=quiet)
    with serving() as gone:
        pass
    with refused(gone.url):
        download(gone.url, tmp_path, log=quiet)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://a.org/x", "data:,x", "/tmp/x", "net.pkl", "",
        "http:///x", "https://user:word@a.org/x", "http://a.org:99999/x", "http://[x/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(tmp_path, url):
    with refused():
        download(url, tmp_path / "new", log=quiet)
    assert names(tmp_path) == []


def test_a_place_that_cannot_be_written(served, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/net-\w+\.pkl cannot be written: "):
        download(served.url, tmp_path / "file", log=quiet)
    assert served.requests == []


def test_the_bar_is_silent_where_nobody_watches(served, tmp_path, capsys):
    download(served.url, tmp_path)
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 2
    assert captured.err == ""
