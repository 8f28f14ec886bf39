"""Labels that a file beside the images gives, and what such a file may hold."""

import dataclasses
import struct
from collections.abc import Iterable

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.label_space import MAX_VALUE, LabelSpace

# Millions of images fit; in memory they may need twenty times as much.
MAX_BYTES = 2**26

# ImageNet-21k, the largest labelled collection there is, has 21,841 classes.
MAX_CLASSES = 100_000

# Of all label vectors together: CelebA has 8 million.
MAX_NUMBERS = 2**26

# Characters of the name of an attribute.
MAX_NAME = 100


@dataclasses.dataclass(frozen=True)
class Listed:
    """Labels of a file.

    Attributes:
        file: its name.
        labels: file name of an image -> its class number, or its packed vector where there are
            attributes.
        label_space: what they mean; None for class numbers without names.
    """

    file: str
    labels: dict[str, int | bytes]
    label_space: LabelSpace | None


def checked(where: str, listed: Listed) -> Listed:
    """Refuse labels that networks or people could not use.

    Args:
        where: the file, for messages.
        listed: its labels.

    Raises:
        UserError: naming the attribute, or how many numbers there are.
    """
    space = listed.label_space
    for name in space.attributes:
        if not _is_name(name):
            raise UserError(
                f"{where} has the attribute {quoted(name)}; names of attributes must be 1 to {MAX_NAME}"
                " printable characters, without commas, colons, and spaces around them."
            )
    problem = space.problem()
    if problem is not None:
        raise UserError(f"{where} holds labels that {problem}.")
    numbers = len(listed.labels) * space.label_dim
    if not space.are_classes and numbers > MAX_NUMBERS:
        raise UserError(
            f"{where} holds vectors of {numbers} numbers together, at most {MAX_NUMBERS} are read."
        )
    return listed


def _is_name(name) -> bool:
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        return False
    return name == name.strip() == printable(name) and not set(name) & set(",:")


def is_usable(number) -> bool:
    """Whether an attribute may have a value."""
    return isinstance(number, int | float) and type(number) is not bool and abs(number) <= MAX_VALUE


def pack(vector: Iterable[float]) -> bytes:
    """A label vector in little memory: float32, as bytes that can be compared and hashed."""
    numbers = tuple(vector)
    return struct.pack(f"<{len(numbers)}f", *numbers)


def unpack(label: bytes) -> np.ndarray:
    """A packed label vector as float32 [label_dim]."""
    return np.frombuffer(label, "<f4")
