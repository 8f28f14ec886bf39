"""The explorer's scripts, styles and markup, which are files of `web/`, as parts of one page.

The scripts are ES modules, which a page that is opened from a disk cannot load one by one: they are put
one after the other, what is imported first, without the lines that import and the words that export.
So top-level names are different in all of them, and nothing is renamed when it is imported.
"""

import importlib.resources
import re

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |function |async function |class )", re.MULTILINE)


def text(name: str) -> str:
    """A file of the explorer."""
    file = importlib.resources.files("ada_tf.interop") / "web" / name
    return file.read_text(encoding="utf-8")


def joined(name: str) -> str:
    """A script with all that it imports."""
    parts: dict[str, str] = {}
    _gather(name, parts)
    return "".join(parts.values())


def _gather(name: str, parts: dict[str, str]) -> None:
    script = text(name)
    for needed in _IMPORT.findall(script):
        if needed not in parts:
            _gather(needed, parts)
    parts[name] = f"// {name}\n" + _EXPORT.sub("", _IMPORT.sub("", script))
