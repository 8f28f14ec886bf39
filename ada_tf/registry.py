"""Tables of rows by name that anybody may add to: families, losses, transforms, metrics, ...

    EXPORTS = Registry("export format")
    EXPORTS.add("onnx", ExportFormat(...))

The package fills its own tables as somebody from outside does, see docs/extending.md.
"""

import contextlib
import difflib
import re
from typing import TypeVar

from ada_tf.errors import UserError
from ada_tf.files import quoted

Row = TypeVar("Row")
_NAME = re.compile(
    r"[A-Za-z][A-Za-z0-9_]{0,39}"
)  # fits into flags, file names and Python's keywords

_recording: list[list] = []  # rows added within `all_or_none`, a list each time that it is entered


@contextlib.contextmanager
def all_or_none():
    """Remove the rows that are added within, if it raises: what is mended can be added again."""
    added = []
    _recording.append(added)
    try:
        yield
    except BaseException:
        for table, name in added:
            table.pop(name, None)
        raise
    finally:
        _recording.pop()


class UnknownName(UserError):
    """A name without a row in a table."""


class Registry(dict[str, Row]):
    """A table of rows by name, in the order of registration.

    It is a dictionary, so that reading, counting and iterating are as usual. An unknown name raises
    `UnknownName`, where a plain dictionary raises a KeyError; `get` and `in` are as usual.

    Args:
        noun: for a row, in messages: "family of generators".
        form: pattern of the names; letters, digits and _, a letter first, by default.
    """

    def __init__(self, noun: str, form: str | re.Pattern = _NAME):
        super().__init__()
        self.noun, self._form = noun, re.compile(form)

    def add(self, name: str, row: Row) -> Row:
        """Register a row and return it.

        Raises:
            UserError: the name is taken, or malformed.
        """
        if not isinstance(name, str) or not self._form.fullmatch(name):
            words = (
                "be at most 40 letters, digits and _, a letter first"
                if self._form is _NAME
                else f"match {self._form.pattern}"
            )
            raise UserError(f"the name of a {self.noun}, {quoted(name)}, must {words}.")
        if name in self:
            raise UserError(f"there is a {self.noun} {name!r} already; choose another name.")
        self[name] = row
        for added in _recording:
            added.append((self, name))
        return row

    @property
    def choices(self) -> str:
        """All names, and where others come from, for the end of a sentence."""
        return f"{', '.join(self)}; --use brings others"

    def __missing__(self, name):
        close = difflib.get_close_matches(str(name)[:99], self, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise UnknownName(
            f"there is no {self.noun} {quoted(name)}, only {', '.join(self) or 'none'}{hint}"
        )
