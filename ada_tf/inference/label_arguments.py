"""Labels as people ask for them: --class=cat, --label=age:0.3, --rows=classes; imports nothing heavy."""

import math
from collections.abc import Sequence

from ada_tf.errors import UserError
from ada_tf.files import listed, printable
from ada_tf.label_space import LabelSpace

# Classes by name.

_DIGITS = 9  # of a number of a class, of which there are fewer than 2**20


def class_number(name: str, class_names: Sequence[str] = (), count: int | None = None) -> int:
    """The number of a class, as `generate` takes it for `labels`.

    A name goes before a number. If any name is itself a number, numbers are names alone: with classes
    "0", "1" and "10", the text "2" is no class.

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
    raise UserError(
        f"class={printable(name)[:80]} must be {_accepted_classes(class_names, count)}."
    )


def _accepted_classes(class_names: Sequence[str], count: int) -> str:
    """Tell in words what `class_number` takes."""
    numbers = f"a number of 0 to {count - 1}"
    if not class_names:
        return numbers
    names = f"one of {listed(class_names)}"
    return names if any(map(_is_number, class_names)) else f"{names}, or {numbers}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


# Labels as people ask for them, `--class=cat --label=age:0.3`.

_EXACT = 1e-3  # by which shares of a mixture may miss 1, as 0.333 does


def asked_label(space: LabelSpace, classes: str | None = None, attributes: str | None = None):
    """The label that somebody asks for.

    Args:
        space: what the generator knows.
        classes: the name or the number of a class, or a mixture such as "cat:0.5,dog:0.5".
        attributes: values by name, such as "smiling:1,age:0.3"; the others have the median of the
            data.

    Returns:
        A class number, or the vector of an attribute or a mixture; as `generate` takes either.

    Raises:
        UserError: it is missing, or there is no such label; says which there are.
    """
    if classes is not None and not space.num_classes:
        raise UserError(
            f"class={printable(classes)[:80]}: this generator has no classes; give --label, of"
            f" {listed(space.attributes)}."
        )
    if attributes is not None and not space.attributes:
        raise UserError(
            f"label={printable(attributes)[:80]}: this generator has no attributes; give --class,"
            f" {_accepted_classes(space.class_names, space.num_classes)}."
        )
    if classes is None and space.num_classes:
        raise UserError(
            "class is missing: this generator needs --class,"
            f" {_accepted_classes(space.class_names, space.num_classes)}."
        )
    if attributes is None and not space.num_classes:
        raise UserError(
            f"label is missing: this generator needs --label, such as {listed(space.attributes[:1])}:1, of"
            f" {listed(space.attributes)}."
        )
    shares = {} if classes is None else _shares(space, classes)
    if space.are_classes and len(shares) == 1:
        return next(iter(shares))
    return space.vector(shares, attribute_values(attributes))


def attribute_values(text: str | None) -> dict[str, float]:
    """Name -> value, of "smiling:1,age:0.3"; None is nothing.

    Raises:
        UserError: it is something else.
    """
    return {} if text is None else named_numbers("label", text)


def _shares(space: LabelSpace, text: str) -> dict[int, float]:
    """Class number -> its share."""
    names, count = space.class_names, space.num_classes
    if text in names or ":" not in text:
        return {class_number(text, names, count): 1.0}
    pairs = named_numbers("class", text)
    shares = {class_number(name, names, count): share for name, share in pairs.items()}
    if len(shares) < len(pairs) or min(pairs.values()) < 0 or abs(sum(pairs.values()) - 1) > _EXACT:
        raise UserError(
            f"class={printable(text)[:80]} must be shares of different classes, none below 0, that add"
            " up to 1, such as 0.5 and 0.5."
        )
    return shares


def named_numbers(flag: str, text: str) -> dict[str, float]:
    """Name -> number, of "a:1,b:0.5".

    Raises:
        UserError: naming the flag, it is something else.
    """
    found = {}
    for part in text.split(","):
        name, colon, number = (piece.strip() for piece in part.rpartition(":"))
        value = _number(number)
        if not colon or not math.isfinite(value) or name in found:
            raise UserError(
                f"{flag}={printable(text)[:80]} must be names with a number each, such as a:1,b:0.5,"
                " and no name twice."
            )
        found[name] = value
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
