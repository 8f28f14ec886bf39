"""Finished images of a folder or zip file, scored as they are: nothing dropped, cropped or kept."""

import collections
import functools
import pathlib
from collections.abc import Sequence

import numpy as np

from ada_tf.data import decode
from ada_tf.data.decoding import Decoders, Failed, Look
from ada_tf.data.sources import folders_and_archives
from ada_tf.data.sources.folders_and_archives import File, LeftOut
from ada_tf.data.sources.listing import is_hidden
from ada_tf.data.sources.source import MAX_BYTES, Entry
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, reading
from ada_tf.metrics.images.images import BATCH, Images, check_enough
from ada_tf.metrics.images.picture_form import Form, Unfit, form_of, pixels_of, why_not

MAX_PIXELS = 2**25  # of images decoded at the same time, unless one alone has more
_NAMED = 3  # groups of equal images that a protocol names


def images_of_folder(path, like=None, fit=False, batch=BATCH, name="generated") -> Images:
    """All images of a folder, its sub-folders, or a zip file, in the order of their names.

    They are read for each pass, a batch at a time, and written nowhere. The protocol counts equal
    images, since from a generator those are a result: collapse, or copying.

    Args:
        path: of the folder or zip file.
        like: (height, width, channels, bits) of the real images, which all must have; None takes
            those of the first.
        fit: resize images of another size as a whole (Lanczos), and show grey ones as RGB.
        batch: images at a time, fewer if they are large.
        name: of the argument, for messages.

    Raises:
        UserError: there are no images; or one cannot be scored as it is. It may be broken, of another
            size or channels, animated, turned or of a palette, or, where the real images are not,
            transparent or of 16 bits.
    """
    folder = _Folder(path, name)
    with folder.decoders() as decoders:
        forms = folder.each(decoders, range(folder.count), form_of)
    first = next((form for form in forms if isinstance(form, Form)), None)
    wanted = first if like is None else Form(*map(int, like))
    whose = "the first is" if like is None else "the real images are"
    folder.refuse([f if isinstance(f, str) else why_not(f, wanted, fit, whose) for f in forms])
    originals = sorted({form for form in forms if form != wanted}, key=str)
    batch = max(1, min(batch, MAX_PIXELS // (wanted.height * wanted.width)))
    digests = {}  # number -> hash of the pixels, of those that were read so far

    def batches(count):
        check_enough(folder.given, folder.count, count)
        look = functools.partial(pixels_of, wanted=wanted)
        with folder.decoders() as decoders:
            for start in range(0, count, batch):
                numbers = range(start, min(start + batch, count))
                found = folder.each(decoders, numbers, look)
                if any(isinstance(image, str) for image in found):  # which its header did not tell
                    each = folder.each(decoders, range(folder.count), look)
                    folder.refuse([found if isinstance(found, str) else "" for found in each])
                digests.update((n, digest) for n, (_, digest) in zip(numbers, found, strict=True))
                yield np.stack([image for image, _ in found])

    def describe(count):
        part = f"all {count}" if count == folder.count else f"the first {count} of {folder.count}"
        words = f"{part} pictures of {printable(path)}"
        if originals:
            shown = ", ".join(map(str, originals[:3]))
            more = " and others" if len(originals) > 3 else ""
            words += f", resized as a whole (Lanczos) from {shown}{more} to {wanted}"
        else:
            words += f", {wanted}, as they are"
        equal = describe_equal([(digests[n], folder.names[n]) for n in sorted(digests)])
        return f"{words}, {equal}" if equal else words

    return Images(
        folder.given, batches, describe, folder.count, wanted.shown, names=lambda: folder.names
    )


def describe_equal(images: list[tuple[bytes, str]]) -> str:
    """Count equal images: "59 of 100 are an earlier one again (00.png is there 60 times)".

    Args:
        images: (hash of the pixels, name) of each.

    Returns:
        "" if all are different.
    """
    groups = collections.defaultdict(list)
    for digest, name in images:
        groups[digest].append(name)
    equal = sorted((g for g in groups.values() if len(g) > 1), key=len, reverse=True)
    if not equal:
        return ""
    named = [f"{group[0]} is there {len(group)} times" for group in equal[:_NAMED]]
    if len(equal) > _NAMED:
        named.append(f"{len(equal) - _NAMED} more are there several times")
    repeats = sum(len(group) - 1 for group in equal)
    return f"{repeats} of {len(images)} are an earlier one again ({', '.join(named)})"


class _Folder:
    """The files of a folder, and how messages name them."""

    def __init__(self, path, name: str):
        self.given = f"{name}={printable(path)!r}"
        self._files = _pictures_in(path, name)
        self.names = [printable(file.name) for file in self._files]
        self.count = len(self._files)

    def decoders(self) -> Decoders:
        """Return what looks into the files; a context manager."""
        return Decoders(self.count)

    def each(self, decoders: Decoders, numbers: Sequence[int], look: Look) -> list:
        """Look into files; where that fails, the result is the reason, a text."""
        results = decoders.each(look, [self._files[number] for number in numbers])
        return [
            f"cannot be scored ({result.why})" if isinstance(result, Failed) else result
            for _, result in results
        ]

    def refuse(self, problems: list[str]) -> None:
        """Name the first file that has a problem, and say how many have.

        Raises:
            UserError: there is one.
        """
        wrong = [number for number, problem in enumerate(problems) if problem]
        if wrong:
            many = f" (and {len(wrong) - 1} more of {self.count})" if len(wrong) > 1 else ""
            raise UserError(f"{self.given}: {self.names[wrong[0]]} {problems[wrong[0]]}{many}.")


def _pictures_in(path, name: str) -> list[Entry]:
    """Find the picture files of a folder, its sub-folders, or a zip file, in the order of names.

    Files that are hidden, named otherwise, or inside of a run of ada-train are left out. Files that
    are named like pictures and cannot be opened are kept, to be refused by name later.

    Args:
        path: of the folder or zip file.
        name: of the argument, for messages.

    Raises:
        UserError: it is neither, or holds none.
    """
    check_local(name, path)
    path = pathlib.Path(path).expanduser()
    given = f"{name}={printable(path)!r}"
    with reading(path, "a folder or zip file of images"):
        is_folder, is_file = path.is_dir(), path.is_file()
        if not is_folder and not is_file:
            raise UserError(f"{given} does not exist; give a folder or zip file of images.")
        found = list(
            folders_and_archives.files_below(path)
            if is_folder
            else folders_and_archives.files_of_zip(path)
        )
    pictures = [_as_entry(item) for item in found if _is_picture(item)]
    if not pictures:
        raise UserError(f"{given} holds no images; files that end in .png, .jpg and so on are.")
    return sorted(pictures, key=lambda picture: picture.name)


def _is_picture(item: File | LeftOut) -> bool:
    if is_hidden(item.name) or getattr(item, "is_run", False):
        return False
    # A folder that cannot be opened may hold pictures.
    named = pathlib.PurePosixPath(item.name).suffix.lower() in decode.suffixes()
    return named or isinstance(item, LeftOut)


def _as_entry(item: File | LeftOut) -> Entry:
    if isinstance(item, File):
        opener = functools.partial(item.open, MAX_BYTES)
        return Entry(item.name, None, opener, item.unpacked, item.path)

    def refuse():
        raise Unfit(item.why)

    return Entry(item.name, None, refuse)
