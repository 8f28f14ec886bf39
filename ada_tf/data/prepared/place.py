"""Where prepared sets are kept."""

import os
import pathlib

from ada_tf import files
from ada_tf.errors import UserError


def place_of_sets(cache_dir: str | None) -> pathlib.Path:
    """The folder of prepared sets, which need not exist.

    Args:
        cache_dir: as in `DataConfig`.

    Raises:
        UserError: TensorFlow could not name files in it.
    """
    folder = files.user_cache() / "datasets"
    if cache_dir:
        folder = pathlib.Path(cache_dir).expanduser()
    try:
        os.fspath(folder).encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"cache_dir={files.printable(folder)!r}: must be a path in UTF-8."
        ) from error
    return folder


def cache_folder(cache_dir: str | None) -> pathlib.Path:
    """The same, made if need be.

    Raises:
        UserError: it cannot be made, or TensorFlow could not name files in it.
    """
    return files.make_cache(place_of_sets(cache_dir))
