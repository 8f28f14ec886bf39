"""Python as it stands in a page: whole, or lines of several places with ... between them."""

import ast
import re
import textwrap

LEFT_OUT = re.compile(r"^ *\.\.\.\n", re.MULTILINE)


def parts(code: str) -> list[str]:
    """The parts of a block that are Python by themselves, in order.

    Raises:
        SyntaxError: one of them is not.
    """
    try:
        ast.parse(code)
        return [code]
    except SyntaxError:
        found = [textwrap.dedent(part) for part in LEFT_OUT.split(code)]
        for part in found:
            ast.parse(part)
        return found
