"""What lies beside an export and says what it is: ada_tf.json for programs, README.md for people."""

import pathlib

from ada_tf import formats
from ada_tf.files import read_json, reading
from ada_tf.settings import to_dict

CONFIG = "ada_tf.json"
README, GRID = "README.md", "grid.png"
BESIDE = (README, GRID)  # of what `ada_tf.interop.model_card` writes


def describe(config) -> dict:
    """What an export says about its network: no folders of who trained it.

    Args:
        config: RunConfig or Architecture.
    """
    description = to_dict(config)
    # An Architecture knows the shape of the images alone.
    data = description.get("data", description)
    names = ("resolution", "channels", "bits", "mirror", "shape")
    description["data"] = {name: data[name] for name in names if name in data}
    if description.get("resume") is not None:  # what it started from, of which a licence may follow
        description["resume"] = pathlib.PurePath(description["resume"]).name
    return formats.stamped(formats.EXPORT, description)


def check_format(path) -> None:
    """Refuse an export of which another version of ada_tf has written what its signatures mean.

    Args:
        path: of a SavedModel, which may come from anywhere: without our file it is of no format.

    Raises:
        OtherFormat: its format is not known.
        UserError: the file is there, but cannot be read.
    """
    path = pathlib.Path(path)
    if (path / CONFIG).exists():
        with reading(path / CONFIG, "the description of an export"):
            formats.current(formats.EXPORT, read_json(path / CONFIG), path)
