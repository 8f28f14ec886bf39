"""Packages whose names are imported on first use, so that their settings are read without TensorFlow."""

import importlib


def door(package: str, homes: dict[str, tuple[str, ...]]):
    """What a package needs to import its names on first use.

    Args:
        package: its `__name__`.
        homes: module of the package -> the names that come from it.

    Returns:
        `__getattr__` and `__dir__` of the package.
    """
    home = {name: module for module, names in homes.items() for name in names}

    def get(name):
        if name not in home:
            raise AttributeError(f"{package} has no {name!r}; it has {', '.join(sorted(home))}.")
        return getattr(importlib.import_module(f"{package}.{home[name]}"), name)

    return get, lambda: sorted(home)
