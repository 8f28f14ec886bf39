"""Hostile run directories: checkpoints, their lists, and the configurations inside."""

import copy
import functools
import json
import os

import tensorflow as tf

from ada_tf import formats
from ada_tf.models.build import make_generator
from ada_tf.shape import Shape
from ada_tf.training.runs.checkpoint_folder import CONFIG_KEY, described, network_state
from tests.inference.runs import NETWORK, run_config

NAME = "images-8"


@functools.cache
def honest():
    """(configuration, state of a generator) of a run at 8 pixels."""
    config = run_config(resolution=8, channels=3)
    return described(config), network_state(make_generator(NETWORK, Shape(8, 8, 3), 0))


def run(config=None, state=None, text=None):
    """A builder of a run directory with a checkpoint.

    Args:
        config: changes a configuration, given as a dictionary, in place.
        state: changes the variables of the generator, given by name, in place.
        text: what the checkpoint holds instead of a configuration.
    """

    def build(folder):
        values, variables = copy.deepcopy(honest()[0]), dict(honest()[1])
        if config is not None:
            config(values)
        if state is not None:
            state(variables)
        held = tf.Variable(json.dumps(values) if text is None else text, trainable=False)
        place = folder / "checkpoints"
        place.mkdir()
        saved = {"config": held, "generator_ema": variables}
        tf.train.Checkpoint(state=saved).write(str(place / NAME))
        (place / "checkpoint").write_text(
            f'model_checkpoint_path: "{NAME}"\nall_model_checkpoint_paths: "{NAME}"\n'
        )
        return folder

    return build


def setting(path, value):
    """A change of one setting, as in "network.w_dim"."""

    def change(config):
        *sections, name = path.split(".")
        for section in sections:
            config = config[section]
        config[name] = value

    return change


def without(name):
    return lambda config: config.pop(name)


def together_without(*names):
    return lambda config: [config.pop(name) for name in names]


def stamp(number, version):
    return lambda config: config.update({formats.FORMAT: number, formats.VERSION: version})


def first_weight(value):
    """Replace the variable of the first layer."""

    def change(variables):
        name = "mapping.fc.0.kernel"
        variables[name] = tf.Variable(value(variables[name]), trainable=False)

    return run(state=change)


plain = run()


def file_of(name, change, build=plain):
    """A builder that changes one file of an honest run directory, given its path."""

    def changed(folder):
        path = build(folder)
        change(path / "checkpoints" / name)
        return path

    return changed


def content(data):
    return lambda path: path.write_bytes(data)


def cut(part):
    return lambda path: os.truncate(path, int(path.stat().st_size * part))


def pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def remove(path):
    path.unlink()


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def claiming(shape, alone=False):
    """A builder of a checkpoint whose index says that a tensor is as large as this.

    TensorFlow writes such an index for a part of a tensor.
    """

    def build(folder):
        zeros = tf.zeros([4] + [1] * (len(shape) - 1))
        part = " ".join(map(str, shape)) + " 0,4" + ":0,1" * (len(shape) - 1)
        (folder / "checkpoints").mkdir()
        place = folder / "checkpoints" / NAME
        names = ["state/generator_ema/big/.ATTRIBUTES/VARIABLE_VALUE", CONFIG_KEY]
        values = [zeros, tf.constant(json.dumps(honest()[0]))]
        tf.raw_ops.SaveV2(
            prefix=str(place), tensor_names=names, shape_and_slices=[part, ""], tensors=values
        )
        return place if alone else folder

    return build


def alone(build):
    """A builder that names the checkpoint, not the run directory."""
    return lambda folder: build(folder) / "checkpoints" / NAME


def in_the_way(folder):
    """A folder by the name of the checkpoint, with a list that is a pipe."""
    path = run()(folder) / "checkpoints" / NAME
    path.mkdir()
    os.mkfifo(path / "checkpoint")
    return path


def together(**sections):
    """A change of several settings: section -> {setting: value}."""

    def change(config):
        for name, values in sections.items():
            config[name] |= values

    return change


DATA = f"{NAME}.data-00000-of-00001"
INDEX = f"{NAME}.index"

# What no format can be, or is of another version.
STAMPS = {
    "format is missing, and more": together_without("format", "preset"),
    "format is a text": setting("format", "2"),
    "format is true": setting("format", True),
    "format 0": setting("format", 0),
    "format -1": setting("format", -1),
    "format of a fraction": setting("format", 2.0),
    "format is a list": setting("format", [[2]]),
    "format 2^70": setting("format", 2**70),
    "format of 4000 digits": setting("format", 10**4000),
    "older": setting("format", 1),
    "of 0.1": without("format"),
    "newer, of a version with lines": stamp(99, "1.0\nevil\x1b[2J"),
    "newer, of a version of a megabyte": stamp(99, "1" * 10**6),
    "newer, of a list": stamp(99, ["1.0"]),
}

# What no configuration can be.
TYPES = {
    "is missing": without("batch"),
    "section is missing": without("network"),
    "unknown": setting("evil", 1),
    "unknown, a megabyte": setting("x" * 10**6, 1),
    "section is a list": setting("network", []),
    "section is a text": setting("data", "digits"),
    "section is null": setting("network", None),
    "text for a number": setting("network.w_dim", "8"),
    "text of a megabyte": setting("network.w_dim", "8" * 10**6),
    "list for a number": setting("network.w_dim", [[[8]]]),
    "true for a number": setting("network.w_dim", True),
    "true for a fraction": setting("kimg", True),
    "number for true": setting("tf32", 1),
    "fraction for a number": setting("network.w_dim", 8.0),
    "number for a text": setting("network.precision", 16),
    "null for a text": setting("preset", None),
    "NaN": setting("kimg", float("nan")),
    "infinity": setting("network.conv_clamp", float("inf")),
    "10^400 for a fraction": setting("kimg", 10**400),
    "null for a number": setting("network.z_dim", None),
    "resolution 15": setting("data.resolution", 15),
    "resolution is a sentence": setting("data.resolution", "large"),
    "channels 65": setting("data.channels", 65),
    "names of no classes": setting("class_names", ["cat", "dog"]),
    "numbers for names": setting("class_names", [1]),
    "a text for names": setting("class_names", "cat"),
}

# What no generator of this file can be built of.
SIZES = {
    "resolution 2^40": together(data={"resolution": 2**40}, network={"channel_base": 2**41}),
    "resolution null": setting("data.resolution", None),
    "channels null": setting("data.channels", None),
    "a million layers": setting("network.mapping_layers", 10**6),
    "no layers": setting("network.mapping_layers", 0),
    "w of 2^30": together(network={"w_dim": 2**30, "z_dim": 2**30}),
    "z of -8": setting("network.z_dim", -8),
    "maps of 0": setting("network.channel_base", 0),
    "maps of 2^40": together(network={"channel_base": 2**40, "channel_max": 2**40}),
    "classes 2^40": setting("num_classes", 2**40),
    "classes -1": setting("num_classes", -1),
    "unknown precision": setting("network.precision", "float8"),
    "unknown architecture": setting("network.generator_architecture", "evil"),
}

# Modules that a run names, which are not imported for that.
USES = {
    "uses a file beside it": setting("use", [["evil.py", "0" * 64]]),
    "uses a file elsewhere": setting("use", [["/tmp/evil.py", "0" * 64]]),
    "uses a module": setting("use", [["antigravity", "0" * 64]]),
    "uses a name of a megabyte": setting("use", [["x" * 10**6, "0"]]),
    "uses a hundred thousand": setting("use", [["evil\n", "0"]] * 10**5),
    "uses no pairs": setting("use", ["evil.py"]),
    "uses a text": setting("use", "evil.py"),
    "uses numbers": setting("use", [[1, 2]]),
}

CHECKPOINTS = {
    "an empty folder": lambda folder: folder,
    "no such folder": lambda folder: folder / "none",
    "a text": lambda folder: (folder / "x").write_text("x") and folder / "x",
    "list is a pipe": file_of("checkpoint", pipe, file_of(INDEX, remove)),
    "list is a device": file_of("checkpoint", device, file_of(INDEX, remove)),
    "list of 4 MB": file_of("checkpoint", content(b"#" * 2**22), file_of(INDEX, remove)),
    "list of the password file": file_of(
        "checkpoint", content(b'model_checkpoint_path: "/etc/passwd"\n'), file_of(INDEX, remove)
    ),
    "list is no text": file_of("checkpoint", content(b"\xff\xfe"), file_of(INDEX, remove)),
    "number that is none": file_of(
        "images-abc.index", content(b""), file_of(INDEX, remove, file_of("checkpoint", remove))
    ),
    "number of 200 digits": file_of(
        f"images-{'9' * 200}.index", content(b""), file_of(INDEX, remove, file_of("checkpoint", remove))
    ),
    "index is a pipe": file_of(INDEX, pipe),
    "index is a device": file_of(INDEX, device),
    "index is empty": file_of(INDEX, content(b"")),
    "index is a text": file_of(INDEX, content(b"no index at all" * 10)),
    "index is cut": file_of(INDEX, cut(0.5)),
    "index has a flipped bit": file_of(INDEX, flip),
    "data is a pipe": file_of(DATA, pipe),
    "data is a device": file_of(DATA, device),
    "data is missing": file_of(DATA, remove),
    "data is cut": file_of(DATA, cut(0.5)),
    "data has a flipped bit": file_of(DATA, flip),
    "alone: index is a pipe": alone(file_of(INDEX, pipe)),
    "alone: index is cut": alone(file_of(INDEX, cut(0.5))),
    "alone: data is a pipe": alone(file_of(DATA, pipe)),
    "alone: data is cut": alone(file_of(DATA, cut(0.5))),
    "alone: a folder in the way": in_the_way,
    "tensor of 4 TB": claiming([2**40]),
    "alone: tensor of 4 TB": claiming([2**40], alone=True),
    "alone: tensor of 2^60 by 4": claiming([2**30, 2**30], alone=True),
    "configuration is no JSON": run(text="{"),
    "configuration is a list": run(text="[]"),
    "configuration is null": run(text="null"),
    "configuration is deep": run(text="[" * 100_000),
    "configuration of 8 MB": run(text="[" + "[],[]," * 2**20 + "0]"),
    "configuration is no text": run(text=b"\xff"),
    "configuration is a number": run(text=7),
    "configuration is many": run(text=["{}", "{}"]),
    **{f"setting: {name}": run(change) for name, change in (TYPES | SIZES | STAMPS | USES).items()},
    "weights are missing": run(state=lambda variables: variables.pop("mapping.fc.0.kernel")),
    "weights of another shape": first_weight(lambda v: tf.zeros([9, 9])),
    "weights of another type": first_weight(lambda v: tf.cast(v, tf.float64)),
    "weights of texts": first_weight(lambda v: tf.strings.as_string(v)),
    "weights with NaN": first_weight(lambda v: v * float("nan")),
    "weights with infinity": first_weight(lambda v: v + float("inf")),
}  # fmt: skip


def options(content):
    """A builder of the options of a run."""

    def build(folder):
        (folder / "training_options.json").write_bytes(content)
        return folder / "training_options.json"

    return build


def changed_options(change):
    def build(folder):
        values = copy.deepcopy(honest()[0])
        change(values)
        return options(json.dumps(values).encode())(folder)

    return build


def pipe_of_options(folder):
    pipe(folder / "training_options.json")
    return folder / "training_options.json"


OPTIONS = {
    "a pipe": pipe_of_options,
    "empty": options(b""),
    "text": options(b"no JSON"),
    "list": options(b"[]"),
    "number": options(b"7"),
    "null": options(b"null"),
    "text in quotes": options(b'"x"'),
    "deep list": options(b"[" * 100_000),
    "deep dictionary": options(b'{"a":' * 100_000),
    "no text": options(b"\xff\xfe"),
    "5000 digits": options(b"1" * 5000),
    "nothing": options(b"{}"),
    **{f"setting {name}": changed_options(change) for name, change in (TYPES | STAMPS).items()},
}
