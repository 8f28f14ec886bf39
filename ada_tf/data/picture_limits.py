"""What a file may have that is worth decoding: sides, aspect, scans and chunks.

Beyond the limits no picture was found, but files of less than 1 MB that take gigabytes or minutes.
"""

import re

# The longest side of a JPEG, and so many times longer than the other one.
MAX_SIDE, MAX_ASPECT = 65_535, 100
# Scans of a progressive JPEG: encoders write 10 or so, and each costs as much as the whole picture.
MAX_SCANS = 100
# Chunks of a PNG besides those of pixels: text, colours, times.
MAX_CHUNKS = 1_000

_PIXEL_CHUNKS = (b"IDAT", b"fdAT", b"fcTL")  # the last two are frames of an animation
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# What ends the pixels of a scan: neither a byte 255 of theirs nor a mark to restart at.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def check_size(width: int, height: int) -> None:
    """Refuse sides that no picture has.

    Raises:
        ValueError: a side, or their relation, is beyond the limit.
    """
    long, short = max(width, height), min(width, height)
    if long > MAX_SIDE or long > MAX_ASPECT * short:
        raise ValueError(
            f"is {width}x{height} pixels; sides may have {MAX_SIDE}, and one may be"
            f" {MAX_ASPECT} times the other"
        )


def check_chunks(stream, header_alone: bool = False) -> None:
    """Refuse a PNG of more chunks than MAX_CHUNKS.

    Args:
        stream: of its bytes, at its beginning afterwards.
        header_alone: look no farther than to its first pixels.

    Raises:
        ValueError: it has more.
    """
    stream.seek(8)
    count = 0
    while len(head := stream.read(8)) == 8:
        if head[4:] not in _PIXEL_CHUNKS:
            count += 1
        elif header_alone:
            break
        if count > MAX_CHUNKS:
            raise ValueError(f"has more than {MAX_CHUNKS} chunks besides its pixels")
        stream.seek(int.from_bytes(head[:4], "big") + 4, 1)  # its content and checksum
    stream.seek(0)


def check_scans(stream) -> None:
    """Refuse a JPEG of more scans than MAX_SCANS.

    Args:
        stream: of its bytes; it stays where it is, since PIL reads on from there.

    Raises:
        ValueError: it has more.
    """
    place = stream.tell()
    stream.seek(0)
    data, at, scans = stream.read(), 2, 0
    stream.seek(place)
    while found := _MARKER.search(data, at):
        at, marker = found.end(), found[0][1]
        if marker == _END_OF_IMAGE:
            return
        scans += marker == _START_OF_SCAN
        if scans > MAX_SCANS:
            raise ValueError(f"has more than {MAX_SCANS} scans")
        at += int.from_bytes(data[at : at + 2], "big")  # each marker that is left has a length
