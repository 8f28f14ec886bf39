"""What files of generated pictures say of themselves: packets, containers, and files that lie."""

import contextlib
import io
import shutil
import struct
import subprocess
import time
import zlib

import numpy as np
import PIL.Image
import pytest

from ada_tf import marking, png
from ada_tf.errors import UserError
from ada_tf.films.film_file import FORMATS, save_film
from ada_tf.images import growing_grid, save_grid, save_png
from ada_tf.marked_files import GIF_TRAILER, MP4_UUID, png_content, read_mark
from ada_tf.marking import COMPOSITE, GENERATED, MAX_BYTES, MAX_READ, Mark, name_of, parse
from tests.sentences import refused

MARK = Mark(
    network="photos", sha256="ab" * 32, command="ada-generate", file="seed0007.png",
    flags=(("seeds", "7"), ("class", 'a "b" <c> & \'d\''), ("label", "größe:1,猫:2")),
)  # fmt: skip
RNG = np.random.RandomState(0)


def picture(channels=3, dtype=np.uint8):
    return RNG.randint(0, np.iinfo(dtype).max, [16, 24, channels], dtype)


def frames():
    return [picture() for _ in range(3)]


def grown(path, mark):
    with growing_grid(path, 2, 2, mark) as add:
        add(np.stack([picture()] * 2))


# name of a file -> what writes it with a mark
WRITERS = {
    "a.png": lambda path, mark: save_png(picture(), path, mark),
    "deep.png": lambda path, mark: save_png(picture(4, np.uint16), path, mark),
    "grey.png": lambda path, mark: save_grid([picture(1)] * 3, path, 2, mark),
    "strips.png": grown,
    **{f"film{ending}": lambda path, mark: save_film(frames(), path, 20, mark=mark) for ending in FORMATS},
}  # fmt: skip


def frames_of(path):
    if path.suffix == ".mp4":
        import av

        with av.open(str(path)) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    found = []
    with PIL.Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(np.asarray(image))
    return found


@pytest.mark.parametrize("name", WRITERS)
def test_every_file_says_what_it_is_and_shows_the_same(name, tmp_path):
    global RNG
    (tmp_path / "plain").mkdir()
    for folder, mark in ((tmp_path, MARK), (tmp_path / "plain", None)):
        RNG = np.random.RandomState(0)
        WRITERS[name](folder / name, mark)
    assert read_mark(tmp_path / name) == MARK
    assert read_mark(tmp_path / "plain" / name) is None
    for one, two in zip(*map(frames_of, (tmp_path / name, tmp_path / "plain" / name)), strict=True):
        np.testing.assert_array_equal(one, two)
    before = (tmp_path / name).read_bytes()
    RNG = np.random.RandomState(0)
    WRITERS[name](tmp_path / name, MARK)
    assert (tmp_path / name).read_bytes() == before


def test_pillow_reads_it_from_pictures(tmp_path):
    for name in ("a.png", "deep.png", "strips.png", "film.webp", "film.gif"):
        WRITERS[name](tmp_path / name, MARK)
        with PIL.Image.open(tmp_path / name) as image:
            kept = image.info.get("extension")
            for number in range(getattr(image, "n_frames", 1)):
                image.seek(number)
                image.load()
            found = image.info.get("xmp")
        if name == "film.gif":  # of which Pillow gives the name and the place
            called, place = kept
            assert called == b"XMP DataXMP"
            found = (tmp_path / "film.gif").read_bytes()[place:].partition(GIF_TRAILER)[0]
        assert parse(found if isinstance(found, bytes) else found.encode()) == MARK


@pytest.mark.parametrize("name", WRITERS)
def test_exiftool_reads_it(name, tmp_path):
    program = shutil.which("exiftool")
    assert program, "exiftool is missing: apt-get install libimage-exiftool-perl"
    WRITERS[name](tmp_path / name, MARK)
    asked = ["-s3", "-XMP-iptcExt:DigitalSourceType", "-XMP:Network", tmp_path / name]
    found = subprocess.run([program, *asked], capture_output=True, text=True, check=True)
    source, network = found.stdout.splitlines()
    assert (source.rpartition("/")[2], network) == (GENERATED, "photos")


@pytest.mark.parametrize("format", ["JPEG", "TIFF", "WEBP", "PNG"])
def test_what_other_programs_made_of_it_is_read(format, tmp_path):
    image, path = PIL.Image.fromarray(picture()), tmp_path / "a"
    if format == "PNG":
        content = io.BytesIO()
        image.save(content, "PNG")
        packed = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(MARK.xmp())
        chunk = png.xmp_chunk(b"x").replace(png_content(b"x"), packed)
        size = struct.pack(">I", len(packed))
        path.write_bytes(content.getvalue()[: png.HEAD] + size + chunk[4:] + content.getvalue()[png.HEAD :])  # fmt: skip
    else:
        image.save(path, format, xmp=MARK.xmp(), **{"tiffinfo": {700: MARK.xmp()}} if format == "TIFF" else {})  # fmt: skip
    assert read_mark(path) == MARK


def test_a_grid_is_marked_where_nobody_says_otherwise(tmp_path):
    save_grid([picture()], tmp_path / "a.png", 1)
    assert read_mark(tmp_path / "a.png") == Mark()
    save_film(frames(), tmp_path / "a.gif", 20)
    assert read_mark(tmp_path / "a.gif") == Mark()


def test_other_ways_to_write_the_same_are_read():
    elements = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<r:Description xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><i:DigitalSourceType>%s%s'
        "</i:DigitalSourceType></r:Description></r:RDF></x:xmpmeta>"
    )
    place = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    for source in (GENERATED, COMPOSITE):
        assert parse((elements % (place, source)).encode()).source == source
    assert parse((elements % (place, "digitalCapture")).encode()) is None  # a camera's


def test_names_of_networks_are_no_paths():
    for path in ("runs/00000-photos", "/home/me/00000-photos/", "https://host/a/00000-photos", r"C:\x\00000-photos"):  # fmt: skip
        assert name_of(path) == "00000-photos"
    assert len(name_of("n" * 999)) == 200


@pytest.mark.parametrize("length", [10, 1000, 1500, 3000, 10**6])
def test_packets_are_short(length):
    flags = (("seeds", "1," * length), ("class", "<" * length), ("trunc", "0.5"))
    packet = Mark(network="n" * 200, sha256="a" * 64, command="ada-generate", flags=flags).xmp()
    assert len(packet) <= MAX_BYTES
    kept = dict(parse(packet).flags)
    assert kept["trunc"] == "0.5"
    for name in ("seeds", "class"):
        assert (name in kept) != (name.encode() in packet.partition(b"leftOut=")[2])


def test_texts_that_no_xml_holds_are_escaped():
    mark = Mark(network="a\0b\x1b[31m\ud800", flags=(("class", "x\ny"),))
    found = parse(mark.xmp())
    assert found.network == r"a\x00b\x1b[31m\ud800"
    assert dict(found.flags) == {"class": r"x\ny"}


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "'
    + b"a" * 99
    + b'">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;</x:xmpmeta>'
)
PACKETS = {
    "bomb": BOMB,
    "no XML": b"<x><y></x>",
    "no text": b"\xff\xfe\xff",
    "empty": b"",
    "deep": b"<a>" * 20_000 + b"</a>" * 20,
    "long": b" " * (MAX_READ + 1),
    "huge": b" " * 10**8,
}


@pytest.mark.parametrize("kind", PACKETS)
def test_hostile_packets_are_a_sentence_at_once(kind, tmp_path):
    content = io.BytesIO()
    PIL.Image.fromarray(picture()).save(content, "PNG")
    content = content.getvalue()
    chunk = png.xmp_chunk(PACKETS[kind] or b"x").replace(
        png_content(b"x"), png_content(PACKETS[kind])
    )
    (tmp_path / "a.png").write_bytes(content[: png.HEAD] + chunk + content[png.HEAD :])
    began = time.process_time()
    with refused("a.png"):
        read_mark(tmp_path / "a.png")
    assert time.process_time() - began < 2


def packed(length):
    """A compressed text that grows."""
    content = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b" " * length, 9)
    return png.SIGNATURE + struct.pack(">I", len(content)) + b"iTXt" + content


# name -> bytes of a file
FILES = {
    "nothing": b"",
    "a text": b"a picture? no.",
    "a compressed bomb.png": packed(10**7),
    "cut.png": png.SIGNATURE + struct.pack(">I", 99) + b"iTXtXML:com.adobe.xmp\0\0\0\0\0<x",
    "short.png": png.SIGNATURE + struct.pack(">I", 18) + b"iTXtXML:com.adobe.xmp\0",
    "chunks.png": png.SIGNATURE + (struct.pack(">I", 0) + b"aaaa" + bytes(4)) * 20_000,
    "cut.webp": b"RIFF\0\0\0\0WEBPXMP " + struct.pack("<I", 50) + b"x",
    "long.webp": b"RIFF\0\0\0\0WEBPXMP " + struct.pack("<I", 2**31) + b"x",
    "cut.gif": b"GIF89a" + bytes(7) + b"\x21\xff\x0bXMP DataXMP<x",
    "blocks.gif": b"GIF89a" + bytes(7) + b"\x21\xfe\xff",
    "cut.mp4": struct.pack(">I4s", 8, b"ftyp") + bytes(8) + struct.pack(">I4s", 99, b"uuid") + MP4_UUID,
    "cut.jpg": b"\xff\xd8\xff\xe1\xff\xff",
    "cut.tif": b"II*\0\xff\xff\xff\xff",
    "entries.tif": b"II*\0" + struct.pack("<IH", 8, 60_000) + bytes(12) * 60_000,
    "far.tif": b"MM\0*" + struct.pack(">IHHHII", 8, 1, 700, 7, 100, 2**31),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_broken_files_are_a_sentence_or_say_nothing(name, tmp_path):
    (tmp_path / name).write_bytes(FILES[name])
    began = time.process_time()
    if name in ("cut.mp4",):
        assert read_mark(tmp_path / name) is None
    else:
        with refused(name):
            read_mark(tmp_path / name)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", WRITERS)
def test_no_cut_of_a_file_is_an_error_of_python(name, tmp_path):
    WRITERS[name](tmp_path / name, MARK)
    content = (tmp_path / name).read_bytes()
    for length in {*range(0, 60), *RNG.randint(0, len(content), 60)}:
        (tmp_path / name).write_bytes(content[:length])
        with contextlib.suppress(UserError):
            assert read_mark(tmp_path / name) in (None, MARK)


def test_what_is_no_file_is_refused(tmp_path):
    with refused("is no regular file"):
        read_mark("/dev/zero")
    with refused("none.png"):
        read_mark(tmp_path / "none.png")


def test_the_same_attributes_are_those_of_the_packet():
    """No name of the packet is lost on the way back."""
    assert parse(MARK.xmp()) == MARK
    assert MARK.line.startswith("ada-generate RUN --seeds=7 --class=")
    assert Mark().line == ""
    assert marking.ANY.replace([("a", "1")], file="x").without("a") == Mark(file="x")
