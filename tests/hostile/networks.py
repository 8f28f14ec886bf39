"""Hostile network folders: what they say of themselves, and the arrays inside."""

import copy
import dataclasses
import functools
import io
import json
import os
import tempfile
import zipfile

import numpy as np

from ada_tf.inference.open_networks import as_network, open_trained
from ada_tf.interop import network_folder
from ada_tf.interop.network_folder import FILE, WEIGHTS, About
from ada_tf.training.runs.transfer import start
from tests.hostile.checkpoints import STAMPS, cut, device, pipe, remove, setting, without
from tests.hostile.weights import NPZ, header, npy
from tests.hostile.weights import objects as array_of_objects
from tests.inference.runs import NETWORK
from tests.interop.networks import built, make_network

KERNEL = "G_ema.mapping.fc0.weight"


@functools.cache
def honest():
    """(what network.json says, name -> array) of networks at 8 pixels."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = network_folder.write(make_network(), f"{temporary}/network")
        with np.load(folder / WEIGHTS) as arrays:
            return json.loads((folder / FILE).read_text()), dict(arrays)


@functools.cache
def untrained():
    of = make_network().architecture
    return of, {group: built(of, group) for group in network_folder.GROUPS}


def resume(path):
    """What ada-train does with --resume."""
    of, networks = untrained()
    start(networks, of, open_trained(path, "resume"))


def export(path):
    """What ada-export does with --format=network."""
    as_network(open_trained(path), About(name="x"))


def network(describe=lambda values: None, arrays=lambda arrays: None):
    """A builder of a network folder.

    Args:
        describe: changes what network.json says, in place.
        arrays: changes the arrays, given by name, in place; an array may be the bytes of a member.
    """

    def build(folder):
        values, members = copy.deepcopy(honest()[0]), dict(honest()[1])
        describe(values)
        arrays(members)
        path = folder / "network"
        path.mkdir()
        (path / FILE).write_text(json.dumps(values))
        with zipfile.ZipFile(path / WEIGHTS, "w", zipfile.ZIP_DEFLATED) as file:
            for name, array in members.items():
                file.writestr(f"{name}.npy", array if isinstance(array, bytes) else saved(array))
        return path

    return build


def saved(array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def said(path, value):
    return network(setting(path, value))


def all_said(**values):
    """Several settings of the networks."""
    return network(lambda found: found["architecture"]["network"].update(values))


def array(value, name=KERNEL):
    return network(arrays=lambda arrays: arrays.update({name: value}))


def renamed(new):
    return network(arrays=lambda arrays: arrays.update({new: arrays.pop(KERNEL)}))


def file_of(name, change):
    """A builder that changes one file, given its path, of an honest folder."""

    def build(folder):
        path = network()(folder)
        change(path / name)
        return path

    return build


def text(content):
    return file_of(FILE, lambda path: path.write_bytes(content))


def sparse(path):
    os.truncate(path, 2**30)


def a_folder(path):
    path.unlink()
    path.mkdir()


def objects(folder):
    """An array whose pickle is a call."""
    (folder / "other").mkdir()
    with zipfile.ZipFile(array_of_objects(folder / "other")) as file:
        (content,) = map(file.read, file.namelist())
    return array(content)(folder)


def npz(build):
    """A builder with a hostile .npz file as the weights."""

    def changed(folder):
        path = network()(folder)
        return build(path).replace(path / WEIGHTS) and path

    return changed


def many(arrays):
    arrays.update({f"D.{n}": npy(header("()"), bytes(4)) for n in range(20_000)})


def huge_discriminator(folder):
    """What embeds a million labels in the generator is one number each, in the discriminator 64."""
    one = dataclasses.replace(NETWORK, w_dim=1, z_dim=1, channel_base=512, channel_max=64)
    found = make_network(["generator_ema"], classes=2**20, network=one)
    weights = {**found.weights, "discriminator": {"b4.out.bias": np.zeros(1, np.float32)}}
    found = dataclasses.replace(found, weights=weights)
    return network_folder.write(found, folder / "network")


GENERATORS = {
    "weights: missing": file_of(WEIGHTS, remove),
    "weights: a pipe": file_of(WEIGHTS, pipe),
    "weights: a device": file_of(WEIGHTS, device),
    "weights: a folder": file_of(WEIGHTS, a_folder),
    "weights: 1 GB": file_of(WEIGHTS, sparse),
    "weights: cut": file_of(WEIGHTS, cut(0.5)),
    **{f"weights: {name}": npz(build) for name, build in NPZ.items()},
    "weights: objects among honest ones": objects,
    "weights: a bomb among honest ones": array(npy(header("(83886080,)"), bytes(83886080 * 4))),
    "weights: shape 2^40 among honest ones": array(npy(header("(1099511627776,)"))),
    "weights: shape 0 by 2^40": array(npy(header("(0, 1099511627776)"))),
    "weights: 60 sides": array(npy(header(f"({'1,' * 60})"), bytes(4))),
    "weights: no sides": array(np.float32(1)),
    "weights: too wide": array(np.zeros([8, 9], np.float32)),
    "weights: whole numbers": array(np.zeros([8, 8], int)),
    "weights: complex": array(np.zeros([8, 8], complex)),
    "weights: NaN": array(np.full([8, 8], np.nan)),
    "weights: 10^300": array(np.full([8, 8], 1e300)),
    "weights: a group that is none": renamed("evil.mapping.fc0.weight"),
    "weights: a name of lines": renamed("G_ema." + "\n\x1b[2J" * 999),
    "weights: a group of 4000 letters": renamed(f"{'x' * 4000}.y"),
    "weights: another network's": renamed("G_ema.../../mapping.fc0.weight"),
    "weights: none": network(arrays=dict.clear),
    "said: a pipe": file_of(FILE, pipe),
    "said: a device": file_of(FILE, device),
    "said: a folder": file_of(FILE, a_folder),
    "said: 1 GB": file_of(FILE, sparse),
    "said: cut": file_of(FILE, cut(0.5)),
    "said: empty": text(b""),
    "said: a list": text(b"[]"),
    "said: deep list": text(b"[" * 2**20),
    "said: deep dictionary": text(b'{"a":' * 2**20),
    "said: no text": text(b"\xff\xfe"),
    "said: 5000 digits": text(b"1" * 5000),
    **{
        f"said: {name}": network(change)
        for name, change in STAMPS.items() if name not in ("format is missing, and more", "older")
    },
    "said: no architecture": network(without("architecture")),
    "said: no origin": network(without("about")),
    "said: architecture is a list": said("architecture", []),
    "said: networks are a text": said("architecture.network", "stylegan2"),
    "said: unknown, a megabyte": said("architecture." + "x" * 10**6, 1),
    "said: text of a megabyte": said("architecture.network.w_dim", "8" * 10**6),
    "said: true for a number": said("architecture.network.w_dim", True),
    "said: infinity": said("architecture.network.conv_clamp", float("inf")),
    "said: height 2^40": said("architecture.shape.height", 2**40),
    "said: height null": said("architecture.shape.height", None),
    "said: resolution 16384": network(
        lambda v: v["architecture"]["shape"].update(height=2**14, width=2**14)
        or v["architecture"]["network"].update(channel_base=2**14)
    ),
    "said: channels 7": said("architecture.shape.channels", 7),
    "said: classes 2^40": said("architecture.num_classes", 2**40),
    "said: classes 2^20": said("architecture.num_classes", 2**20),
    "said: w of 2^30": all_said(w_dim=2**30, z_dim=2**30),
    "said: w of 2^16": all_said(w_dim=2**16, z_dim=2**16),
    "said: maps of 2^16": all_said(channel_base=2**30, channel_max=2**16),
    "said: no maps": all_said(channel_base=1),
    "said: a million layers": all_said(mapping_layers=10**6),
    "said: another family": all_said(generator="evil"),
    "said: a family of a megabyte": all_said(generator="evil\n" * 2**18),
    "said: class names that are none": said("about.class_names", [["a"], 7]),
    "said: class names nested": said("about.class_names", [[[[[[]]]]]] * 10**5),
    "said: attributes 2^40": said("architecture.num_attributes", 2**40),
    "said: attributes 2^12": said("architecture.num_attributes", 2**12),
    "said: names of no attributes": said("about.attributes", ["age"]),
    "said: ranges of no attributes": said("about.attribute_ranges", [[0, 0, 1]]),
    "said: ranges that are none": said("about.attribute_ranges", [[0, float("nan"), 1], "x"]),
    "said: scales of no attributes": said("architecture.attribute_scales", [[0, 1]]),
    "said: scales that are none": said("architecture.attribute_scales", [[0, float("nan")], "x"]),
    "said: shares of no classes": said("about.class_shares", [0.5, 0.5]),
    "said: shares that are none": said("about.class_shares", [float("nan"), -1]),
    "said: no name": said("about.name", None),
    "said: kimg of 10^400": said("about.kimg", 10**400),
}  # fmt: skip

RESUMED = {
    "20,000 arrays more": network(arrays=many),
    "a discriminator of another shape": array(np.zeros([8, 9], np.float32), "D.b4.fc.weight"),
    "a discriminator of no sides": array(np.float32(1), "D.b4.fc.weight"),
    "a discriminator of other names": array(np.zeros(1), "D." + "\n" * 5000),
    "no discriminator": network(
        setting("about.name", "evil\n" * 2**18),
        lambda arrays: [arrays.pop(name) for name in [*arrays] if name.startswith("D.")],
    ),
    "another architecture": network(setting("architecture.network.mapping_layers", 1)),
    "a discriminator of a megabyte": all_said(discriminator="evil\n" * 2**18),
}

EXPORTED = {
    "a discriminator of a megabyte": all_said(discriminator="evil\n" * 2**18),
    "a huge discriminator": huge_discriminator,
}
