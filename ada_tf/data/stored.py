"""The shape of stored pictures with the bits of their numbers."""

import dataclasses
import math

import numpy as np

from ada_tf.channels import BITS
from ada_tf.errors import UserError
from ada_tf.shape import Shape


@dataclasses.dataclass(frozen=True)
class Stored(Shape):
    """A shape whose numbers have so many bits.

    Attributes:
        bits: 8 or 16.
    """

    bits: int = 8

    def __post_init__(self):
        super().__post_init__()
        if type(self.bits) is not int or self.bits not in BITS:
            raise UserError(f"bits={self.bits!r:.80} must be 8 or 16.")

    @property
    def plain(self) -> Shape:
        """Without bits."""
        return Shape(*self.hwc)

    @property
    def dtype(self) -> np.dtype:
        """uint8 or uint16."""
        return np.dtype(f"u{self.bits // 8}")

    @property
    def size_in_bytes(self) -> int:
        """Bytes of the pixels of one picture."""
        return math.prod(self.hwc) * self.dtype.itemsize

    def __str__(self):
        return super().__str__() + ("" if self.bits == 8 else f"x{self.bits}bit")
