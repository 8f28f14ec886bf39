"""Processes that decode: what a picture may take, and what is left when one takes more."""

import contextlib
import functools
import io
import os
import signal
import struct
import sys
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from ada_tf.data import decode, decoding, picture_limits
from ada_tf.data.decoding import Decoders, Failed
from ada_tf.data.sources.source import Entry
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


@pytest.mark.parametrize(("units", "together"), [(10, 1), (12, 2)])
def test_pictures_of_all_processes_share_a_budget(monkeypatch, units, together):
    monkeypatch.setattr(decoding, "_PICTURES_A_PROCESS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with Decoders(8) as decoders:
        decoders._pixels = budget = Counted(units)
        list(decoders.each(needs_six, entries(*[b""] * 8)))
    assert budget.most == together


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
    film = b"\xff\xda\0\x02" * 1000  # as of phones that append one
    assert decode.open_image(io.BytesIO(jpeg(20, film))).size == (40, 40)


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
