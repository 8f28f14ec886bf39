"""Places of XMP in pictures and films, by container: found without decoding a pixel.

| container | place | specified by |
|---|---|---|
| PNG | an iTXt chunk "XML:com.adobe.xmp" | XMP part 3, 1.1.5 |
| WebP | an "XMP " chunk | RFC 9649 |
| GIF | an application extension "XMP DataXMP" | XMP part 3, 1.1.2 |
| MP4 | a "uuid" box | XMP part 3, 1.2.7 |
| JPEG | an APP1 segment | XMP part 3, 1.1.3 |
| TIFF | tag 700 | XMP part 3, 1.1.6 |

JPEG and TIFF are read alone: other programs make them of our files.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ada_tf import marking
from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, reading
from ada_tf.marking import MAX_READ, Mark

PNG_KEYWORD = b"XML:com.adobe.xmp"
GIF_NAME = b"\x0bXMP DataXMP"
# A reader that takes XMP for blocks of GIF, each of which begins with its length, ends here.
GIF_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
MP4_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_JPEG_NAME = b"http://ns.adobe.com/xap/1.0/\0"
_TIFF_TAG = 700
_DAMAGED = (struct.error, EOFError, IndexError, ValueError, OverflowError, zlib.error)
MAX_PARTS = 10_000  # chunks, boxes, segments or entries of a file that are passed over


def png_content(xmp: bytes) -> bytes:
    """Content of the iTXt chunk: keyword, not compressed, no language, no translation."""
    return PNG_KEYWORD + b"\0\0\0\0\0" + xmp


def gif_extension(xmp: bytes) -> bytes:
    """The application extension."""
    return b"\x21\xff" + GIF_NAME + xmp + GIF_TRAILER


def mp4_box(xmp: bytes) -> bytes:
    """The box, which may follow all others."""
    content = b"uuid" + MP4_UUID + xmp
    return struct.pack(">I", 4 + len(content)) + content


def read_mark(path) -> Mark | None:
    """Return what a file says of itself; None if it does not say that it was generated.

    Raises:
        UserError: it cannot be read, is of no kind above, or its XMP is broken or too long.
    """
    with reading(path, "a picture or film"), open_regular(path) as file:
        try:
            found = _xmp_of(file)
        except UserError as error:
            raise UserError(f"{printable(path)}: {error}") from error
        except _DAMAGED as error:
            raise UserError(
                f"{printable(path)} is damaged: it ends within its metadata."
            ) from error
    try:
        return None if found is None else marking.parse(found)
    except UserError as error:
        raise UserError(f"{printable(path)}: {error}") from error


def _xmp_of(file: BinaryIO) -> bytes | None:
    head = file.read(16)
    for (start, magic), find in _FINDERS.items():
        if head[start : start + len(magic)] == magic:
            return find(file)
    raise UserError("is no PNG, WebP, GIF, MP4, JPEG or TIFF.")


def _taken(file: BinaryIO, length: int) -> bytes:
    """Read so many bytes of metadata.

    Raises:
        UserError: they are more than is read.
        EOFError: there are fewer.
    """
    if length > MAX_READ:
        raise UserError(f"its XMP has {length} bytes; {MAX_READ} are read.")
    content = file.read(length)
    if len(content) < length:
        raise EOFError
    return content


def _parts() -> Iterator[None]:
    """Count what is passed over.

    Raises:
        UserError: it is more than any picture has.
    """
    for _ in range(MAX_PARTS):
        yield
    raise UserError(f"has more than {MAX_PARTS} parts.")


def _in_png(file: BinaryIO) -> bytes | None:
    file.seek(8)
    for _ in _parts():
        header = file.read(8)
        if len(header) < 8 or header[4:] == b"IEND":
            return None
        (length,) = struct.unpack_from(">I", header)
        end = file.tell() + length + 4
        if header[4:] == b"iTXt" and file.read(len(PNG_KEYWORD) + 1) == PNG_KEYWORD + b"\0":
            return _of_itxt(_taken(file, length - len(PNG_KEYWORD) - 1))
        file.seek(end)


def _of_itxt(content: bytes) -> bytes:
    """The text behind its compression, language and translated keyword."""
    _, _, rest = content[2:].split(b"\0", 2) if content[2:].count(b"\0") >= 2 else (0, 0, b"")
    if not content[0]:
        return rest
    found = zlib.decompressobj().decompress(rest, MAX_READ + 1)
    if len(found) > MAX_READ:
        raise UserError(f"its XMP has more than {MAX_READ} bytes.")
    return found


def _in_webp(file: BinaryIO) -> bytes | None:
    file.seek(12)
    for _ in _parts():
        header = file.read(8)
        if len(header) < 8:
            return None
        name, length = struct.unpack("<4sI", header)
        if name == b"XMP ":
            return _taken(file, length)
        file.seek(length + length % 2, 1)


def _in_gif(file: BinaryIO) -> bytes | None:
    file.seek(10)
    file.seek(2 + _table(file.read(1)[0]), 1)
    for _ in _parts():
        kind = file.read(1)
        if kind == b"\x21":
            label = file.read(1)
            if label == b"\xff" and (name := file.read(len(GIF_NAME))) == GIF_NAME:
                return _until_trailer(file)
            if label == b"\xff":
                file.seek(-len(name), 1)
        elif kind == b"\x2c":
            file.seek(8, 1)
            file.seek(_table(file.read(1)[0]) + 1, 1)  # and the least size of a code
        else:
            return None
        while length := file.read(1)[0]:
            file.seek(length, 1)


def _table(flags: int) -> int:
    """Bytes of the table of colours that flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _until_trailer(file: BinaryIO) -> bytes:
    content = file.read(MAX_READ + len(GIF_TRAILER))
    end = content.find(GIF_TRAILER)
    if end < 0:
        raise UserError(f"its XMP does not end within {MAX_READ} bytes.")
    return content[:end]


def _in_mp4(file: BinaryIO) -> bytes | None:
    start = 0
    for _ in _parts():
        file.seek(start)
        header = file.read(8)
        if len(header) < 8:
            return None
        length, name = struct.unpack(">I4s", header)
        before = 8
        if length == 1:  # a length of 64 bits follows
            (length,) = struct.unpack(">Q", file.read(8))
            before = 16
        if name == b"uuid" and file.read(16) == MP4_UUID:
            return _taken(file, length - before - 16)
        if length < before:  # 0: until the end of the file
            return None
        start += length


def _in_jpeg(file: BinaryIO) -> bytes | None:
    file.seek(2)
    for _ in _parts():
        marker = file.read(4)
        if len(marker) < 4 or marker[0] != 0xFF or marker[1] in (0xD9, 0xDA):
            return None
        length = struct.unpack(">H", marker[2:])[0] - 2
        content = _taken(file, length)
        if marker[1] == 0xE1 and content.startswith(_JPEG_NAME):
            return content[len(_JPEG_NAME) :]


def _in_tiff(file: BinaryIO) -> bytes | None:
    file.seek(0)
    order = {b"II": "<", b"MM": ">"}[file.read(2)]
    (_, start) = struct.unpack(f"{order}HI", file.read(6))
    file.seek(start)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    for _, _ in zip(range(count), _parts(), strict=False):
        tag, _, length, place = struct.unpack(f"{order}HHII", file.read(12))
        if tag == _TIFF_TAG:
            file.seek(place)
            return _taken(file, length)
    return None


# (place, bytes there) -> what finds the XMP
_FINDERS = {
    (0, b"\x89PNG\r\n\x1a\n"): _in_png,
    (8, b"WEBP"): _in_webp,
    (0, b"GIF8"): _in_gif,
    (4, b"ftyp"): _in_mp4,
    (0, b"\xff\xd8"): _in_jpeg,
    (0, b"II*\0"): _in_tiff,
    (0, b"MM\0*"): _in_tiff,
}
