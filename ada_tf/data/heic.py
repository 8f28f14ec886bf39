"""HEIC, in which iPhones save: PIL reads it by a package of its own, if that is there."""

import functools
import importlib

ENDINGS = (".heic", ".heics", ".heif", ".heifs", ".hif")
# Bytes of a file that tell whether it is one, whatever it is called: phones and messengers rename them.
BEGINNING = 12
# The brands of ISO/IEC 23008-12 for pictures of HEVC; "mif1" alone may be AVIF, too.
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
# Both are of one author; the second only reads, without the encoder under the GPL.
_PACKAGES = ("pillow_heif", "pi_heif")
ADVICE = "pip install pillow-heif reads them"
WHY = "is HEIC, which PIL reads with the package pillow-heif"


@functools.cache
def enable() -> bool:
    """Let PIL read HEIC if a package for it is installed; says whether one is."""
    for name in _PACKAGES:
        try:
            package = importlib.import_module(name)
        except ImportError:
            continue
        package.register_heif_opener()
        return True
    return False


def is_heic(beginning: bytes) -> bool:
    """Whether a file begins as HEIC; AVIF that PIL has refused may count as it, too."""
    return beginning[4:8] == b"ftyp" and beginning[8:BEGINNING] in _BRANDS
