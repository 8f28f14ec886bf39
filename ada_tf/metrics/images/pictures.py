"""Finished images of a folder or zip file, scored as they are: nothing dropped, cropped or kept."""

import collections
import concurrent.futures
import dataclasses
import os
import pathlib
from collections.abc import Callable, Sequence

import numpy as np
from PIL import ExifTags, Image

from ada_tf.channels import GREY, RGB, has_alpha, in_words, shown
from ada_tf.data import decode
from ada_tf.data.array_files import ArrayPicture
from ada_tf.data.prepared import fingerprint
from ada_tf.data.prepared.data_report import reason
from ada_tf.data.prepared.transform import MAX_UNPACKED, Budget
from ada_tf.data.sources import folders_and_archives
from ada_tf.data.sources.folders_and_archives import File, LeftOut
from ada_tf.data.sources.listing import MAX_BYTES, is_hidden
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, reading
from ada_tf.images import as_shown
from ada_tf.metrics.images.images import BATCH, Images, check_enough

_MAX_THREADS = 16
MAX_PIXELS = 2**25  # of images decoded at the same time, unless one alone has more
# Channels of the modes of PIL whose pixels mean one thing; grey of 16 bits has several.
_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I": 1, "I;16": 1, "I;16B": 1}
_MODES = {GREY: "L", RGB: "RGB"}  # of images as they are shown
_NAMED = 3  # groups of equal images that a protocol names


class _Unfit(ValueError):
    """Raised with the reason for which a picture cannot be scored."""


@dataclasses.dataclass(frozen=True)
class _Form:
    """Size in pixels, channels and bits."""

    height: int
    width: int
    channels: int
    bits: int = 8

    @property
    def shown(self) -> tuple[int, int, int]:
        """(height, width, channels) as it is scored."""
        return self.height, self.width, shown(self.channels)

    def __str__(self):
        deep = "" if self.bits == 8 else f" of {self.bits} bits"
        return f"{self.width}x{self.height} {in_words(self.channels)}{deep}"


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
    forms = folder.each(range(folder.count), _form_of)
    first = next((form for form in forms if isinstance(form, _Form)), None)
    wanted = first if like is None else _Form(*map(int, like))
    whose = "the first is" if like is None else "the real images are"
    folder.refuse([f if isinstance(f, str) else _why_not(f, wanted, fit, whose) for f in forms])
    originals = sorted({form for form in forms if form != wanted}, key=str)
    batch = max(1, min(batch, MAX_PIXELS // (wanted.height * wanted.width)))
    digests = {}  # number -> hash of the pixels, of those that were read so far

    def decode_one(file):
        pixels = _pixels_of(file, wanted)
        return pixels, fingerprint.of_image(pixels)

    def problem(file):
        _pixels_of(file, wanted)
        return ""

    def batches(count):
        check_enough(folder.given, folder.count, count)
        for start in range(0, count, batch):
            numbers = range(start, min(start + batch, count))
            found = folder.each(numbers, decode_one)
            if any(isinstance(image, str) for image in found):  # which its header did not tell
                folder.refuse(folder.each(range(folder.count), problem))
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

    def each(self, numbers: Sequence[int], look: Callable) -> list:
        """Apply a function to files, in threads; where it fails, its result is the reason, a text."""
        unpacked = Budget(MAX_UNPACKED)

        def one(number):
            file = self._files[number]
            try:
                with unpacked.taken(file.unpacked):
                    return look(file)
            except Exception as error:  # PIL's readers raise anything when a file is broken
                return f"cannot be scored ({reason(error)})"

        workers = min(_MAX_THREADS, os.cpu_count() or 1)
        with decode.strict(), concurrent.futures.ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, numbers))

    def refuse(self, problems: list[str]) -> None:
        """Name the first file that has a problem, and say how many have.

        Raises:
            UserError: there is one.
        """
        wrong = [number for number, problem in enumerate(problems) if problem]
        if wrong:
            many = f" (and {len(wrong) - 1} more of {self.count})" if len(wrong) > 1 else ""
            raise UserError(f"{self.given}: {self.names[wrong[0]]} {problems[wrong[0]]}{many}.")


def _pictures_in(path, name: str) -> list[File]:
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
    files = [_as_file(item) for item in found if _is_picture(item)]
    if not files:
        raise UserError(f"{given} holds no images; files that end in .png, .jpg and so on are.")
    return sorted(files, key=lambda file: file.name)


def _is_picture(item: File | LeftOut) -> bool:
    if is_hidden(item.name) or getattr(item, "is_run", False):
        return False
    # A folder that cannot be opened may hold pictures.
    named = pathlib.PurePosixPath(item.name).suffix.lower() in decode.suffixes()
    return named or isinstance(item, LeftOut)


def _as_file(item: File | LeftOut) -> File:
    if isinstance(item, File):
        return item

    def refuse(max_bytes):
        raise _Unfit(item.why)

    return File(item.name, refuse, (0, 0))


def _form_of(file: File) -> _Form:
    """Read size, channels and bits from the header of a file.

    Raises:
        Unfit: its pixels would have to be changed to be scored.
        Exception: whatever PIL raises for a broken file.
    """
    with file.open(MAX_BYTES) as stream, decode.open_image(stream) as image:
        return _checked(image)


def _pixels_of(file: File, wanted: _Form) -> np.ndarray:
    """Decode a picture in the form of the real images, changed no more than `_why_not` allows.

    Returns:
        uint8 [height, width, 1 or 3], see `ada_tf.images.as_shown`.

    Raises:
        Unfit: see `_form_of`; it is marked as turned; or there are colours where grey is wanted.
        Exception: whatever PIL raises for a broken file.
    """
    with file.open(MAX_BYTES) as stream, decode.open_image(stream) as image:
        form = _checked(image)
        # In a PNG this may come behind the pixels, so that the header does not tell.
        if image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9):
            raise _Unfit("is marked as turned")
        pixels = as_shown(decode.numbers_of(image, form.channels))
    if pixels.shape == wanted.shown:
        return pixels
    height, width, channels = wanted.shown
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == GREY else pixels)
    if image.mode != _MODES[channels]:
        image = _recoloured(image, _MODES[channels])
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(image).reshape(wanted.shown)


def _why_not(form: _Form, wanted: _Form, fit: bool, whose: str) -> str:
    """Reason for which a picture cannot be scored beside others; "" if it can.

    Args:
        form: of the picture.
        wanted: of the others.
        fit: the picture may be resized as a whole, and shown in other channels if it looks the same.
        whose: "the real images are", or whoever else has the wanted form.
    """
    if has_alpha(form.channels) and not has_alpha(wanted.channels):
        return f"has transparent parts, where {whose} {wanted}"
    if form.bits > wanted.bits:
        return f"has {form.bits} bits, where {whose} {wanted}"
    if form.shown == wanted.shown:
        return ""
    if not fit:
        return f"is {form}, where {whose} {wanted}; --fit_generated (fit=True) would resize it"
    if form.height * wanted.width != wanted.height * form.width:
        return f"is {form}, where {whose} {wanted}, which it cannot become as a whole; crop it"
    return ""


def _checked(image: Image.Image) -> _Form:
    if isinstance(image, ArrayPicture):
        return _Form(image.height, image.width, image.channels, image.bits)
    if "transparency" in image.info:
        raise _Unfit("has a colour that means transparent")
    if image.mode not in _CHANNELS:
        raise _Unfit("has a palette" if image.mode == "P" else f"is of mode {image.mode}")
    if getattr(image, "is_animated", False):
        raise _Unfit("is animated")
    return _Form(image.height, image.width, _CHANNELS[image.mode], decode.bits_of(image))


def _recoloured(image: Image.Image, mode: str) -> Image.Image:
    """Convert to other channels, if that looks the same."""
    changed = image.convert(mode)
    if mode == "L" and changed.convert(image.mode).tobytes() != image.tobytes():
        raise _Unfit("has colours, where the real images are grey")
    return changed
