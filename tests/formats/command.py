"""The configuration that a command of ada-train means."""

from ada_tf.cli import train
from ada_tf.data import open_dataset
from ada_tf.training.presets import data_of, preset
from tests.cli.programs import flags_of


def config_of(flagfile, *arguments):
    """RunConfig of the flags in a file, and of more."""
    given = flags_of(train, f"--flagfile={flagfile}", *arguments).asked
    name = given.pop("preset", train.DEFAULT_PRESET)
    data = data_of({path: given.pop(path) for path in [*given] if path.startswith("data.")})
    return preset(name, data=data, dataset=open_dataset(data), settings=given)
