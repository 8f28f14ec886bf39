"""Former names of arguments, settings, flags and classes, which go on working and name the new word."""

import functools
import sys
import warnings
from collections.abc import Mapping

from ada_tf.errors import UserError


class RenamedWarning(FutureWarning):
    """A former name was used."""


def warn_renamed(old: str, new: str, stacklevel: int = 1) -> None:
    """Warn that `old` was used for `new`; level 1 is the caller of this function's caller."""
    warnings.warn(f"{old} is now called {new}.", RenamedWarning, stacklevel=stacklevel + 2)


def with_new_names(values: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """Values under the names of today.

    Args:
        values: by names of today or former ones.
        names: former name -> name of today.

    Raises:
        UserError: a value is given under both names.
    """
    found = {}
    for name, value in values.items():
        new = names.get(name, name)
        if new in found:
            old = next(n for n in values if n != new and names.get(n) == new)
            raise UserError(f"{new} is given twice, once as {old}, its former name; give it once.")
        found[new] = value
    return found


def renamed_argument(**names: str):
    """Decorate a function some of whose arguments had other names.

        @renamed_argument(truncation="truncation_psi")
        def generate(generator, truncation_psi=1.0): ...

    Args:
        **names: former name -> name of today.
    """

    def decorate(function):
        @functools.wraps(function)
        def with_former_names(*args, **kwargs):
            for old in kwargs.keys() & names.keys():
                warn_renamed(f"{old} of {_shown(function)}", names[old])
            return function(*args, **with_new_names(kwargs, names))

        return with_former_names

    return decorate


def renamed_names(module: str, otherwise=None, **names: str):
    """Make `__getattr__` of a module some of whose names were others.

        __getattr__ = renamed_names(__name__, Kind="SourceKind")

    Args:
        module: its `__name__`.
        otherwise: the module's own `__getattr__`, if there is one.
        **names: former name -> name of today.
    """

    def get(name):
        if name in names:
            warn_renamed(f"{module}.{name}", f"{module}.{names[name]}")
            return getattr(sys.modules[module], names[name])
        if otherwise is not None:
            return otherwise(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return get


def _shown(function) -> str:
    return function.__qualname__.removesuffix(".__init__").rpartition(".")[2]
