"""Processes that decode: what a picture may take, and what is left when one takes more."""

import contextlib
import dataclasses
import functools
import importlib
import io
import os
import resource
import signal
import struct
import sys
import time
import types
import zlib

import numpy as np
import pytest
from PIL import Image

from ada_tf import png
from ada_tf.data import decode, decoding, picture_limits
from ada_tf.data.decoding import Decoders, Failed
from ada_tf.data.sources.source import MAX_BYTES, Entry
from tests.data import samples

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")


def entries(*contents, path=None):
    return [
        Entry(str(number), None, functools.partial(io.BytesIO, content), path=path)
        for number, content in enumerate(contents)
    ]


def answers(look, contents, **arguments):
    with Decoders(len(contents), **arguments) as decoders:
        return [answer for _, answer in decoders.each(look, entries(*contents))]


# What is asked of pictures below; another process finds it by its name.


def content(stream, taken):
    return stream.read()


def process(stream, taken):
    return os.getpid()


def takes(stream, taken, limit):
    if stream.read() == b"much":
        return limit()
    return "little"


def memory():
    return len(np.ones(decoding.MAX_MEMORY, np.uint8))


def time_():
    # As `_allow` would leave after a picture: a second instead of 30.
    decoding._allow(1)
    while True:
        pass


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def printed():
    print("between the answers")
    os.write(1, b"and below Python")


def wrong():
    raise ValueError("is\nwrong")


@pytest.mark.parametrize("limited", [True, False])
def test_answers_come_in_order(limited):
    contents = [bytes([number]) for number in range(150)]
    assert answers(content, contents, limited=limited) == contents


def test_one_process_looks_into_few_pictures_and_it_is_another_one():
    found = set(answers(process, [b""] * 5))
    assert len(found) == 1
    assert os.getpid() not in found
    assert set(answers(process, [b""] * 5, limited=False)) == {os.getpid()}


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        (memory, "takes more than 2 GB of memory to decode"),
        (time_, "takes more than 30 s of a processor to decode"),
        (crash, "ended its decoder (exit status -11)"),
        (wrong, "is wrong"),
    ],
)
def test_what_takes_too_much_is_left_out_and_the_rest_is_not(limit, why):
    look = functools.partial(takes, limit=limit)
    assert answers(look, [b"", b"much", b"", b"much", b""]) == [
        "little",
        Failed(why),
        "little",
        Failed(why),
        "little",
    ]


def test_what_a_decoder_prints_is_no_answer():
    assert answers(functools.partial(takes, limit=printed), [b"much", b""]) == [None, "little"]


class Counted(decoding.Budget):
    """A budget that counts how many have a part of it at the same time."""

    def __init__(self, units):
        super().__init__(units)
        self.now = self.most = 0

    @contextlib.contextmanager
    def taken(self, units):
        with super().taken(units):
            self.now += 1
            self.most = max(self.most, self.now)
            yield
            self.now -= 1


def test_files_that_are_unpacked_share_a_budget():
    both = [dataclasses.replace(entry, unpacked=6) for entry in entries(b"", b"", b"")]
    with Decoders(100) as decoders:
        decoders._unpacked = budget = Counted(10)
        list(decoders.each(waits, both))
    assert budget.most == 1


@pytest.mark.parametrize(("units", "together"), [(10, 1), (12, 2)])
def test_pictures_of_all_processes_share_a_budget(monkeypatch, units, together):
    monkeypatch.setattr(decoding, "_PICTURES_A_PROCESS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with Decoders(8) as decoders:
        decoders._pixels = budget = Counted(units)
        list(decoders.each(needs_six, entries(*[b""] * 8)))
    assert budget.most == together


def waits(stream, taken):
    time.sleep(0.1)


def needs_six(stream, taken):
    with taken(6):
        time.sleep(0.1)


def test_a_file_of_the_disk_is_opened_by_the_process(tmp_path):
    (tmp_path / "a").write_bytes(b"on the disk")
    with Decoders(1) as decoders:
        ((_, found),) = decoders.each(content, entries(b"in memory", path=tmp_path / "a"))
        ((_, gone),) = decoders.each(content, entries(b"in memory", path=tmp_path / "b"))
    assert found == b"on the disk"
    assert gone == Failed("No such file or directory")


def test_a_file_without_end_is_not_read(tmp_path):
    with open(tmp_path / "long", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    with Decoders(1) as decoders:
        ((_, found),) = decoders.each(content, entries(b"", path=tmp_path / "long"))
    assert found == Failed(f"is larger than {MAX_BYTES} bytes")


@pytest.mark.parametrize("limited", [True, False])
def test_a_broken_archive_is_a_reason(limited):
    def broken():
        raise NotImplementedError

    with Decoders(2, limited) as decoders:
        found = decoders.each(content, [Entry("a", None, broken), *entries(b"b")])
        assert [answer for _, answer in found] == [Failed("NotImplementedError"), b"b"]


class _Deadly:
    def __reduce__(self):
        os.kill(os.getpid(), signal.SIGKILL)


def ends_within_its_answer(stream, taken):
    return bytes(2**20), _Deadly()


def test_half_an_answer_is_none():
    assert answers(ends_within_its_answer, [b""]) == [Failed("ended its decoder (exit status -9)")]


def sleeps(stream, taken):
    time.sleep(60 * len(stream.read()))


def test_nobody_waits_for_pictures_that_are_not_asked_for_any_more():
    began = time.monotonic()
    with Decoders(100) as decoders:
        next(decoders.each(sleeps, entries(b"", b"much", b"", b"much")))
    assert time.monotonic() - began < 30


def surroundings(stream, taken):
    used = resource.getrusage(resource.RUSAGE_SELF)
    left = resource.getrlimit(resource.RLIMIT_CPU)[0] - used.ru_utime - used.ru_stime
    return left, os.getsid(0) == os.getpid(), os.environ["OMP_NUM_THREADS"]


def test_each_picture_has_its_time_in_a_session_of_the_process():
    """Ctrl-C reaches the program alone, which ends its processes."""
    for left, alone, threads in answers(surroundings, [b""] * 3):
        assert decoding.MAX_SECONDS - 1 < left <= decoding.MAX_SECONDS + 1
        assert (alone, threads) == (True, "1")


def test_modules_of_the_program_are_found_by_the_process(tmp_path, monkeypatch):
    (tmp_path / "brought.py").write_text("def look(stream, taken):\n    return stream.read()\n")
    monkeypatch.syspath_prepend(tmp_path)
    look = importlib.import_module("brought").look
    assert answers(look, [b"seen"]) == [b"seen"]


@pytest.mark.parametrize("hard", [resource.RLIM_INFINITY, 2**60, 34, 33, 10])
def test_no_limit_is_above_that_of_the_user(monkeypatch, hard):
    found = {}
    used = types.SimpleNamespace(ru_utime=1.5, ru_stime=0.7)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (hard, hard))
    monkeypatch.setattr(resource, "getrusage", lambda who: used)
    monkeypatch.setattr(resource, "setrlimit", found.__setitem__)
    decoding._allow(30)
    assert found == ({} if 0 <= hard <= 33 else {resource.RLIMIT_CPU: (33, hard)})
    found.clear()
    decoding._limit_memory()
    if 0 <= hard <= 34:
        assert not found
    else:  # besides what this process has
        assert found[resource.RLIMIT_AS][1] == hard
        assert found[resource.RLIMIT_AS][0] > decoding.MAX_MEMORY + 2**20


def test_processes_end_with_the_work_and_on_the_way():
    with Decoders(100) as decoders:
        asked = decoders.each(process, entries(*[b""] * 100))
        numbers = {next(asked)[1] for _ in range(50)}
    assert numbers
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


# Limits that a file shows before it is decoded.


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_file(before=0, behind=0) -> bytes:
    file = io.BytesIO()
    samples.noise(1, (8, 8)).save(file, "png")
    data = file.getvalue()
    return data[:33] + before * chunk(b"teSt") + data[33:-12] + behind * chunk(b"teSt") + data[-12:]


@pytest.mark.parametrize("place", ["before", "behind"])
def test_chunks_of_a_png_are_bounded(place):
    # Besides them it has a header and an end.
    most = {place: picture_limits.MAX_CHUNKS - 2}
    assert decode.open_image(io.BytesIO(png_file(**most))).size == (8, 8)
    more = png_file(**{place: picture_limits.MAX_CHUNKS - 1})
    with pytest.raises(ValueError, match="more than 1000 chunks"):
        decode.open_image(io.BytesIO(more))
    if place == "behind":  # where the header does not end
        assert decode.open_image(io.BytesIO(more), header_alone=True).size == (8, 8)


@pytest.mark.parametrize("name", [b"IDAT", b"fdAT", b"fcTL"])
def test_pixels_and_frames_of_a_png_are_as_many_as_there_are(name):
    stream = io.BytesIO(png.SIGNATURE + 2 * picture_limits.MAX_CHUNKS * chunk(name))
    picture_limits.check_chunks(stream)
    assert stream.tell() == 0


def jpeg(scans: int, ending=b"") -> bytes:
    """A progressive JPEG whose last scan comes again."""
    file = io.BytesIO()
    samples.noise(1, (40, 40)).save(file, "jpeg", progressive=True)
    data = file.getvalue()
    found = data.count(b"\xff\xda")
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + (scans - found) * last + data[-2:] + ending


def test_scans_of_a_jpeg_are_bounded():
    most = picture_limits.MAX_SCANS
    image = decode.open_image(io.BytesIO(jpeg(most)))
    assert np.asarray(image).shape == (40, 40, 3)
    with pytest.raises(ValueError, match="more than 100 scans"):
        decode.open_image(io.BytesIO(jpeg(most + 1)))


def test_what_comes_behind_a_jpeg_is_none_of_its_scans():
    film = b"\xff\xda\0\x02" * 20_000  # as of phones that append one
    assert decode.open_image(io.BytesIO(jpeg(20, film))).size == (40, 40)


# What stands in the pixels of a scan, or before a marker, and is none: to jump as far as it says would
# miss scans. And a segment with marks inside.
STRANGE = {
    "255": b"\xff\0\xff\xff",
    "restart": b"\xff\xd0\xff\xff",
    "last restart": b"\xff\xd7\xff\xff",
    "filling": b"\xff",
    "segment": b"\xff\xe0\0\x06\xff\xd9\xff\xd9",
}


@pytest.mark.parametrize("kind", STRANGE)
def test_all_scans_of_a_jpeg_are_counted(kind):
    def stream(scans):
        found = io.BytesIO(b"\xff\xd8" + scans * (STRANGE[kind] + b"\xff\xda\0\x02") + b"\xff\xd9")
        found.seek(7)
        return found

    good = stream(picture_limits.MAX_SCANS)
    picture_limits.check_scans(good)
    assert good.tell() == 7
    with pytest.raises(ValueError, match="more than 100 scans"):
        picture_limits.check_scans(stream(picture_limits.MAX_SCANS + 1))


@pytest.mark.parametrize(("kind", "good"), [("jpeg", False), ("mpo", False), ("baseline", True)])
def test_scans_are_counted_where_pixels_of_progressive_pictures_are_asked_for(
    monkeypatch, kind, good
):
    monkeypatch.setattr(picture_limits, "MAX_SCANS", 0)
    file, image = io.BytesIO(), samples.noise(1, (40, 40))
    more = {"save_all": True, "append_images": [image]} if kind == "mpo" else {}
    progressive = kind != "baseline"
    image.save(file, "mpo" if kind == "mpo" else "jpeg", progressive=progressive, **more)
    for header_alone in {True, not good}:
        file.seek(0)
        assert decode.open_image(file, header_alone).size == (40, 40)
    if not good:
        file.seek(0)
        with pytest.raises(ValueError, match="more than 0 scans"):
            decode.open_image(file)


def test_a_side_may_be_as_long_as_a_jpeg_has_it():
    picture_limits.check_size(65_535, 656)
    picture_limits.check_size(656, 65_535)


@pytest.mark.parametrize(
    ("size", "good"),
    [((800, 8), True), ((801, 8), False), ((8, 801), False), ((65_536, 700), False)],
)
def test_sides_are_bounded(size, good):
    file = io.BytesIO()
    Image.new("1", size).save(file, "png")
    file.seek(0)
    if good:
        assert decode.open_image(file).size == size
    else:
        with pytest.raises(
            ValueError, match=f"is {size[0]}x{size[1]} pixels; sides may have 65535"
        ):
            decode.open_image(file)
