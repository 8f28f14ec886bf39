"""The data sets that need no download: handwritten digits and drawn creatures."""

import dataclasses
import io
import pathlib
import re
from collections.abc import Callable, Iterator

import numpy as np
import PIL
from PIL import Image

from ada_tf import png
from ada_tf.channels import are_bands, has_alpha
from ada_tf.data.config import CREATURES
from ada_tf.data.creatures import CHOICES, MAX_NUMBER, TRAITS, Creature, creature, draw
from ada_tf.data.sources.labels import pack
from ada_tf.data.sources.source import DRAWN, Entry, Source
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.label_space import LabelSpace
from ada_tf.shape import Shape

# The built-in set: 1,797 handwritten digits, 10 classes, no download.

# Pixels of the set are counts of ink in a 4x4 cell: 0 (none) to 16 (all).
_FULL_INK = 16


def load_digits(height: int, width: int):
    """Read scikit-learn's digits (BSD licence), white ink on black.

    They have 8x8 pixels and are enlarged with the bicubic filter: Lanczos rings visibly on the
    black ground, box leaves blocks. In pictures that are no squares they stand in the middle.

    Args:
        height: of the returned images.
        width: of the returned images.

    Returns:
        (uint8 [1797, height, width, 1], int64 [1797] classes 0 to 9).
    """
    from sklearn import datasets  # only who asks for digits waits for this import

    ink, labels = datasets.load_digits(return_X_y=True)
    images = np.rint(ink.reshape(-1, 8, 8) * (255 / _FULL_INK)).astype(np.uint8)
    side = min(height, width)
    size, top, left = (side, side), (height - side) // 2, (width - side) // 2
    pictures = np.zeros([len(images), height, width, 1], np.uint8)
    pictures[:, top : top + side, left : left + side, 0] = [
        Image.fromarray(p).resize(size, Image.Resampling.BICUBIC) for p in images
    ]
    return pictures, labels.astype(np.int64)


# The set without end: coloured creatures, drawn on request; no download.

DEFAULT_COUNT, DEFAULT_RESOLUTION, CHANNELS = 1000, 32, 3

# Raised when any creature of a number looks different, so that sets drawn before are drawn again.
_DRAWING = 1
# creatures, creatures:300, creatures:1000-1999, creatures:traits, creatures:traits:300
_SOURCE = re.compile(
    rf"{CREATURES}(?P<traits>:traits)?(:(?P<first>\d{{1,10}})(-(?P<last>\d{{1,10}}))?)?"
)
_CLASSES = CHOICES["body"]


@dataclasses.dataclass(frozen=True)
class _Entries:
    """Creatures as PNG files in memory, one drawn at a time."""

    numbers: range
    size: Shape
    alpha: bool
    label: Callable[[Creature], int | bytes]

    def __iter__(self) -> Iterator[Entry]:
        for number in self.numbers:
            label = self.label(creature(number))
            yield Entry(f"creature {number}", label, lambda number=number: self._drawn(number))

    def _drawn(self, number: int) -> io.BytesIO:
        size = self.size.height, self.size.width
        return io.BytesIO(png.encode(draw(creature(number), *size, alpha=self.alpha)))


def _body(of: Creature) -> int:
    return _CLASSES.index(of.body)


def _traits(of: Creature) -> bytes:
    return pack(trait(of) for trait in TRAITS.values())


def from_name(source: str, resolution: int | str, channels: int) -> Source:
    """The creatures of a name; their class is the kind of their body, or their labels are traits.

    Args:
        source: `creatures` are the first thousand, `creatures:N` the first N, `creatures:A-B`
            those of the numbers A to B; `creatures:traits`, with or without those numbers behind
            it, are the same pictures with `ada_tf.data.creatures.TRAITS` for labels.
        resolution: of their pictures, as in `DataConfig`.
        channels: of their pictures; with alpha there is no ground behind them.

    Raises:
        UserError: the name means none, or creatures have no such channels.
    """
    if are_bands(channels):
        raise UserError(
            f"channels={channels}: {CREATURES} have colours and alpha, at most 4 channels."
        )
    found = _SOURCE.fullmatch(source)
    numbers = range(0)
    if found:
        first, last = found["first"] or str(DEFAULT_COUNT), found["last"]
        numbers = range(int(first)) if last is None else range(int(first), int(last) + 1)
    if not numbers or numbers[-1] > MAX_NUMBER:
        raise UserError(
            f"data={printable(source)!r}: must be {CREATURES}, {CREATURES}:N for the first N of them, or"
            f" {CREATURES}:A-B for those of the numbers A to B; numbers end at {MAX_NUMBER}."
        )
    has_traits = found["traits"] is not None
    classes = LabelSpace(len(_CLASSES), _CLASSES)
    return Source(
        kind=DRAWN,
        name=CREATURES,
        path=pathlib.Path(source),
        identity={
            "drawing": _DRAWING,
            "pillow": PIL.__version__,
            "numbers": [numbers[0], numbers[-1]],
            "resolution": resolution,
            "alpha": has_alpha(channels),
        },
        entries=_Entries(
            numbers, Shape.parse(resolution), has_alpha(channels), _traits if has_traits else _body
        ),
        size=len(numbers),
        split="train",
        label_space=LabelSpace(attributes=tuple(TRAITS)) if has_traits else classes,
        notes=(f"creatures {numbers[0]} to {numbers[-1]}, drawn at {resolution} pixels",),
    )
