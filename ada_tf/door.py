"""Packages whose names are imported on first use, so that their settings are read without TensorFlow."""

import ast
import importlib
import pkgutil


def door(package: str):
    """Make what a package needs to import its names on first use.

    Args:
        package: its `__name__`. Its `__init__.pyi` lists the names: `from module import name as name`.

    Returns:
        `__getattr__`, `__dir__` and `__all__` of the package.
    """
    home = _homes_in(pkgutil.get_data(package, "__init__.pyi"))
    names = sorted(home)

    def get(name):
        if name not in home:
            raise AttributeError(f"{package} has no {name!r}; it has {', '.join(names)}.")
        return getattr(importlib.import_module(home[name]), name)

    return get, lambda: names, names


def _homes_in(stub: bytes) -> dict[str, str]:
    """Name -> module, of the imports in a stub; `__version__` and its like are there already."""
    imports = [node for node in ast.parse(stub).body if isinstance(node, ast.ImportFrom)]
    found = {alias.name: node.module for node in imports for alias in node.names}
    return {name: module for name, module in found.items() if not name.startswith("_")}
