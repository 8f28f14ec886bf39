"""The configuration that a command of ada-train means."""

from absl import flags

from ada_tf.cli import train
from ada_tf.data import open_dataset
from ada_tf.training.presets import data_of, preset


def config_of(flagfile, *arguments):
    """RunConfig of the flags in a file, and of more."""
    values = flags.FlagValues()
    train.define_flags(values)
    # absl reads --flagfile for its own FLAGS alone
    values(["ada-train", *flagfile.read_text().split(), *arguments])
    given = train.settings_of(values)
    name = given.pop("preset", train.DEFAULT_PRESET)
    data = data_of({path: given.pop(path) for path in [*given] if path.startswith("data.")})
    return preset(name, data=data, dataset=open_dataset(data), settings=given)
