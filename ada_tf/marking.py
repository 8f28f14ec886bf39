"""Marks: what a generated picture says of itself, as XMP (ISO 16684-1) that other programs read.

The source is that of IPTC for "created by a trained model". Beside it stand the program, the network
with the hash of its weights, and the flags that make the picture again. A mark names no path, no user
and no machine, and is the same for the same call. Imports nothing heavy.
"""

import dataclasses
import pathlib
import re
import xml.etree.ElementTree
from collections.abc import Iterable, Sequence

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.version import __version__

MARKS = ("all", "none")  # of --mark
# https://cv.iptc.org/newscodes/digitalsourcetype/
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = "trainedAlgorithmicMedia"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"  # generated pictures beside real ones
_XMP = "http://ns.adobe.com/xap/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OWN = "urn:ada-tf:mark:1"
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'  # the fixed id of the standard
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about="" xmlns:xmp="{_XMP}"'
    f' xmlns:Iptc4xmpExt="{_IPTC}" xmlns:ada="{_OWN}" %s/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
MAX_BYTES = 4096  # of a packet that is written
MAX_READ = 2**16  # of one that is read, which other programs may have padded
_LONGEST = 200  # characters of a text
_NAME = re.compile(r"[a-z][a-z0-9_]*")  # of flags, which become attributes


@dataclasses.dataclass(frozen=True)
class Mark:
    """A statement of a picture about itself.

    Attributes:
        network: name of the network, no path; "" if it is not known.
        sha256: hash of the weights, see `ada_tf.models.weights_hash.hash_of`, or "".
        command: program that makes the picture from the network, or "".
        flags: (name, text) of the flags that the program takes for it, and what else decides it.
        file: name of the file that the program writes.
        source: `GENERATED` or `COMPOSITE`.
        program: and its version.
    """

    network: str = ""
    sha256: str = ""
    command: str = ""
    flags: tuple[tuple[str, str], ...] = ()
    file: str = ""
    source: str = GENERATED
    program: str = f"ada_tf {__version__}"

    def replace(self, flags: Iterable[tuple[str, str]] = (), **changes) -> "Mark":
        """Return a mark with other attributes; `flags` replace or follow those of their names."""
        flags = tuple({**dict(self.flags), **dict(flags)}.items())
        return dataclasses.replace(self, flags=flags, **changes)

    def without(self, *names: str) -> "Mark":
        """Return a mark without some flags."""
        flags = tuple(pair for pair in self.flags if pair[0] not in names)
        return dataclasses.replace(self, flags=flags)

    def xmp(self) -> bytes:
        """Return the packet, UTF-8 of at most `MAX_BYTES`; what does not fit is left out, and named."""
        own = [
            (name, getattr(self, name))
            for name in ("network", "sha256", "command", "file")
            if getattr(self, name)
        ]
        flags = [(f"flag-{name}", text) for name, text in self.flags]
        left_out = [name for name, text in flags if len(text) > MAX_BYTES // 2]
        flags = [pair for pair in flags if pair[0] not in left_out]
        while True:
            more = [("leftOut", " ".join(name.removeprefix("flag-") for name in left_out))]
            packet = self._packet([*own, *flags, *more * bool(left_out)])
            if len(packet) <= MAX_BYTES:
                return packet
            longest = max(flags, key=lambda pair: len(pair[1]))
            flags.remove(longest)
            left_out.append(longest[0])

    def _packet(self, own: Sequence[tuple[str, str]]) -> bytes:
        attributes = [
            ("xmp:CreatorTool", self.program),
            ("Iptc4xmpExt:DigitalSourceType", _SOURCES + self.source),
            *((f"ada:{name}", text) for name, text in own),
        ]
        # Here, since it imports urllib and ssl: a fifth of the start of a process that decodes.
        from xml.sax.saxutils import quoteattr

        written = (f"{name}={quoteattr(printable(text))}" for name, text in attributes)
        return (_PACKET % " ".join(written)).encode()

    @property
    def line(self) -> str:
        """The command that makes the picture from a network RUN; "" if none does."""
        if not self.command:
            return ""
        quoted = (f"--{name}={text}" for name, text in self.flags)
        return " ".join([self.command, "RUN", *quoted])


ANY = Mark()  # of pictures whose network is not known


def xmp_of(mark: Mark | None) -> bytes:
    """Return the packet of a mark; b"" without one."""
    return b"" if mark is None else mark.xmp()


def name_of(path) -> str:
    """Return how a network is called in a mark: the last part of its path or address."""
    name = re.split(r"[/\\]", str(path).rstrip("/\\"))[-1]
    return pathlib.PurePath(name).name[:_LONGEST]


def parse(packet: bytes) -> Mark | None:
    """Read a packet of any program; None if it does not say that the picture was generated.

    Raises:
        UserError: it is too long, is no XMP, or has entities, which XMP does not need.
    """
    if len(packet) > MAX_READ:
        raise UserError(f"its XMP has {len(packet)} bytes; {MAX_READ} are read.")
    if b"<!" in packet:  # entities that grow, and files that they name
        raise UserError("its XMP declares a document type, which XMP has not.")
    try:
        root = xml.etree.ElementTree.fromstring(packet.strip(b"\0 \r\n\t").decode("utf-8"))
    except (xml.etree.ElementTree.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"its XMP is no XML ({printable(str(error))[:_LONGEST]}).") from error
    found = {}
    for node in root.iter(f"{{{_RDF}}}Description"):
        found.update(node.attrib)
        for child in node:  # the other way to write a property
            found.setdefault(child.tag, child.get(f"{{{_RDF}}}resource") or child.text or "")
    source = found.get(f"{{{_IPTC}}}DigitalSourceType", "").rpartition("/")[2]
    if source not in (GENERATED, COMPOSITE):
        return None
    own = {
        key.rpartition("}")[2]: text for key, text in found.items() if key.startswith(f"{{{_OWN}}}")
    }
    flags = (
        (key.removeprefix("flag-"), text) for key, text in own.items() if key.startswith("flag-")
    )
    return Mark(
        **{name: own.get(name, "") for name in ("network", "sha256", "command", "file")},
        flags=tuple((name, text) for name, text in flags if _NAME.fullmatch(name)),
        source=source,
        program=found.get(f"{{{_XMP}}}CreatorTool", ""),
    )
