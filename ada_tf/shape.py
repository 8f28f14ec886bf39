"""Shapes of pictures that the networks can make: sides, blocks, and how people write them."""

import dataclasses
import math
import re

from ada_tf.errors import UserError

# Below two blocks nothing is synthesised step by step; far above MAX_SIDE nothing fits a memory.
MIN_SIDE, _MAX_SIDE = 8, 2**14
_MIN_BASE, _MAX_BASE = 4, 32  # pixels of a side of the smallest block
MAX_CHANNELS = 64
ACCEPTED = (
    f"WIDTHxHEIGHT, such as 64 or 512x384: both {_MIN_BASE} to {_MAX_BASE} times one power of two from 2,"
    f" up to {_MAX_SIDE}"
)
_TEXT = re.compile(r"(\d{1,9})(?:x(\d{1,9}))?")


@dataclasses.dataclass(frozen=True)
class Shape:
    """Height, width and channels of pictures that the networks can make.

    Both networks halve and double pictures, from the smallest block, `base`, to the whole: the sides
    are those of the base times one power of two. A square of a power of two has the base 4x4.

    Attributes:
        height: pixels, 8 to 16384.
        width: pixels, 8 to 16384.
        channels: 1 is grey, 3 colour; 1 to 64.

    Raises:
        UserError: there is no such base of 4 to 32 pixels a side; other numbers.
    """

    height: int
    width: int
    channels: int

    def __post_init__(self):
        sides = (self.height, self.width)
        known = all(_is_count(side) and MIN_SIDE <= side <= _MAX_SIDE for side in sides)
        if not known or self.levels < 1 or max(self.base) > _MAX_BASE:
            raise UserError(f"resolution={self.size}{self._why_not(known)} must be {ACCEPTED}.")
        if not _is_count(self.channels) or not 1 <= self.channels <= MAX_CHANNELS:
            raise UserError(f"channels={self.channels!r} must be 1 to {MAX_CHANNELS}.")

    @classmethod
    def of(cls, shape) -> "Shape":
        """Make a shape of (height, width, channels); a Shape is returned as it is."""
        if isinstance(shape, Shape):
            return shape
        if not isinstance(shape, (tuple, list)) or len(shape) != 3:
            raise UserError(f"shape={shape!r:.80} must be a Shape, or (height, width, channels).")
        return cls(*shape)

    @classmethod
    def parse(cls, size, channels: int = 3) -> "Shape":
        """Read a shape as people write it: 64, "64" or "512x384", which is WIDTHxHEIGHT.

        Raises:
            UserError: it is none.
        """
        match = _TEXT.fullmatch(str(size))
        if match is None:
            raise UserError(f"resolution={size!r:.80} must be {ACCEPTED}.")
        width = int(match[1])
        return cls(int(match[2] or width), width, channels)

    @property
    def levels(self) -> int:
        """Number of doublings of the base."""
        room = min(self.height, self.width) // _MIN_BASE
        twos = math.gcd(self.height, self.width)
        return min(_twos(twos), room.bit_length() - 1)

    @property
    def base(self) -> tuple[int, int]:
        """(height, width) of the smallest block, of which all others are doubles."""
        return self.height >> self.levels, self.width >> self.levels

    @property
    def blocks(self) -> tuple[int, ...]:
        """Names of the blocks, from the smallest on: 4, 8, 16, ... up to `top`.

        In squares of a power of two it is their side; feature maps follow from it.
        """
        return tuple(4 << level for level in range(self.levels + 1))

    @property
    def top(self) -> int:
        """Name of the block of whole pictures."""
        return 4 << self.levels

    def at(self, block: int) -> tuple[int, int]:
        """(height, width) of a block."""
        height, width = self.base
        return height * block // 4, width * block // 4

    @property
    def side(self) -> int:
        """Side of the square of a power of two that has about as many pixels."""
        return 1 << int(math.log2(self.height * self.width) / 2 + 0.5)

    @property
    def hwc(self) -> tuple[int, int, int]:
        """(height, width, channels), as arrays have it."""
        return self.height, self.width, self.channels

    @property
    def size(self) -> str:
        """Text without channels: "64", or "512x384", which is WIDTHxHEIGHT."""
        return size_of(self.height, self.width)

    @property
    def resolution(self) -> int | str:
        """The value of the setting `resolution`: 64, or "512x384"."""
        return self.width if self.height == self.width else self.size

    def __str__(self):
        return f"{self.width}x{self.height}x{self.channels}"

    def _why_not(self, known: bool) -> str:
        """Return why sides that are numbers are not accepted."""
        if not known:
            return ""
        if self.levels < 1:
            return " has no power of two in both sides and"
        height, width = self.base
        return f" would grow from a block of {width}x{height} pixels and"


def is_size(value) -> bool:
    """Return True for a size that the networks can make: 64, "64" or "512x384"."""
    try:
        Shape.parse(value)
    except UserError:
        return False
    return True


def size_of(height: int, width: int) -> str:
    """The size of any pictures as people write it: "64", or "512x384", which is WIDTHxHEIGHT."""
    return f"{width}" if height == width else f"{width}x{height}"


def quarter_turns(*sides: int) -> int:
    """Return the fewest quarter turns that keep the sides of a picture."""
    return 1 if len(set(sides)) <= 1 else 2


def _is_count(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _twos(number: int) -> int:
    """Count the factors of 2 of a number."""
    return (number & -number).bit_length() - 1
