"""Classes of a conditional generator by name; imports nothing heavy, for programs."""

from collections.abc import Sequence

from ada_tf.errors import UserError
from ada_tf.files import listed, printable

_DIGITS = 9  # of a number of a class, of which there are fewer than 2**20


def class_number(name: str, class_names: Sequence[str] = (), count: int | None = None) -> int:
    """The number of a class, as `generate` takes it for `labels`.

    A name goes before a number. Where a name is itself a number, numbers are names alone, so that
    "2" is never the class that comes after "0" and "1" if that one is called "10".

    Args:
        name: of a class, or its number as a text.
        class_names: of the run, as in its RunConfig, or of the network; () if there are none.
        count: how many classes there are; default as many as names.

    Raises:
        UserError: there is no such class; says which there are.
    """
    count = len(class_names) if count is None else count
    if name in class_names:
        return class_names.index(name)
    if not any(map(_is_number, class_names)) and _is_number(name) and int(name) < count:
        return int(name)
    raise UserError(f"class={printable(name)[:80]} must be {accepted(class_names, count)}.")


def accepted(class_names: Sequence[str], count: int) -> str:
    """What `class_number` takes, in words."""
    numbers = f"a number of 0 to {count - 1}"
    if not class_names:
        return numbers
    names = f"one of {listed(class_names)}"
    return names if any(map(_is_number, class_names)) else f"{names}, or {numbers}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
