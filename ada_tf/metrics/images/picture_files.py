"""Files of finished images, and what each of them must be to be scored as it is."""

import dataclasses
import pathlib

import numpy as np
from PIL import ExifTags, Image

from ada_tf.channels import GREY, RGB, has_alpha, in_words, shown
from ada_tf.data import decode
from ada_tf.data.array_files import ArrayPicture
from ada_tf.data.sources import folders_and_archives
from ada_tf.data.sources.folders_and_archives import File, LeftOut
from ada_tf.data.sources.listing import MAX_BYTES, is_hidden
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, reading
from ada_tf.images import as_shown

# Of the modes whose pixels mean one thing; grey of 16 bits has more.
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I": 1, "I;16": 1, "I;16B": 1}
MODES = {GREY: "L", RGB: "RGB"}  # of what is shown


class Unfit(ValueError):
    """Why a picture cannot be scored."""


@dataclasses.dataclass(frozen=True)
class Form:
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


def pictures_in(path, name: str) -> list[File]:
    """The files of a folder, its sub-folders, or a zip file that are named like images, by name.

    What is hidden, named otherwise or inside of a run of ada-train is no picture. What looks like
    one and cannot be opened is among them.

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
        raise Unfit(item.why)

    return File(item.name, refuse, (0, 0))


def form_of(file: File) -> Form:
    """What the header of a file says.

    Raises:
        Unfit: its pixels would have to be changed to be scored.
        Exception: whatever PIL raises for a broken file.
    """
    with file.open(MAX_BYTES) as stream, decode.open_image(stream) as image:
        return _checked(image)


def pixels_of(file: File, wanted: Form) -> np.ndarray:
    """A picture in the form of the real images, changed no more than `refuse_form` allows.

    Returns:
        uint8 [height, width, 1 or 3], see `ada_tf.images.as_shown`.

    Raises:
        Unfit: see `form_of`; it is marked as turned; or there are colours where grey is wanted.
        Exception: whatever PIL raises for a broken file.
    """
    with file.open(MAX_BYTES) as stream, decode.open_image(stream) as image:
        form = _checked(image)
        # In a PNG this may come behind the pixels, so that the header does not tell.
        if image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9):
            raise Unfit("is marked as turned")
        pixels = as_shown(decode.numbers_of(image, form.channels))
    if pixels.shape == wanted.shown:
        return pixels
    height, width, channels = wanted.shown
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == GREY else pixels)
    if image.mode != MODES[channels]:
        image = _recoloured(image, MODES[channels])
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(image).reshape(wanted.shown)


def why_not(form: Form, wanted: Form, fit: bool, whose: str) -> str:
    """Why a picture cannot be scored beside others; nothing if it can.

    Args:
        form: its own.
        wanted: of the others.
        fit: it may be resized as a whole, and shown in other channels if it stays as it looks.
        whose: form is wanted, for the sentence: "the real images are".
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


def _checked(image: Image.Image) -> Form:
    if isinstance(image, ArrayPicture):
        return Form(image.height, image.width, image.channels, image.bits)
    if "transparency" in image.info:
        raise Unfit("has a colour that means transparent")
    if image.mode not in CHANNELS:
        raise Unfit("has a palette" if image.mode == "P" else f"is of mode {image.mode}")
    if getattr(image, "is_animated", False):
        raise Unfit("is animated")
    return Form(image.height, image.width, CHANNELS[image.mode], decode.bits_of(image))


def _recoloured(image: Image.Image, mode: str) -> Image.Image:
    """The same to look at in other channels."""
    changed = image.convert(mode)
    if mode == "L" and changed.convert(image.mode).tobytes() != image.tobytes():
        raise Unfit("has colours, where the real images are grey")
    return changed
