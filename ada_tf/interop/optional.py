"""Packages that a format needs and ada_tf does without."""

import importlib

from ada_tf.errors import UserError


def package(name: str, extra: str):
    """Import a package of an extra.

    Args:
        name: as it is imported.
        extra: of ada_tf, which brings it.

    Raises:
        UserError: it is not there.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UserError(
            f"--format={extra} needs the package {error.name or name}; install it with pip install"
            f" 'ada_tf[{extra}]'."
        ) from error
