"""Hostile .npz, .pb and .h5 files."""

import io
import os
import pickle
import zipfile

import h5py
import numpy as np
import tensorflow as tf

from ada_tf.metrics.features.inception import CONVOLUTIONS
from tests.hostile.pickles import encrypted, unknown_method


class Touch:
    """Pickles as a call that leaves a file."""

    def __reduce__(self):
        return os.system, ("touch executed",)


def archive(members, compression=zipfile.ZIP_STORED):
    """A builder of w.npz with these members: name -> bytes."""

    def build(folder):
        with zipfile.ZipFile(folder / "w.npz", "w", compression) as file:
            for name, content in members.items():
                file.writestr(name, content)
        return folder / "w.npz"

    return build


def npy(header, data=b"", version=b"\x01\x00", length=None):
    """An .npy file with a header of one's own."""
    text = header.encode("latin-1") + b"\n"
    size = (len(text) if length is None else length).to_bytes(2 if version[0] == 1 else 4, "little")
    return b"\x93NUMPY" + version + size + text + data


def header(shape="(4,)", descr="'<f4'", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def one(content):
    return archive({"fc.kernel.npy": content})


def objects(folder):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array([Touch()], object), allow_pickle=True)
    return one(stream.getvalue())(folder)


def pickled(folder):
    (folder / "w.npz").write_bytes(pickle.dumps(Touch()))
    return folder / "w.npz"


def changed(change, compression=zipfile.ZIP_STORED):
    def build(folder):
        path = archive({"fc.kernel.npy": npy(header(), bytes(16))}, compression)(folder)
        path.write_bytes(change(path.read_bytes()))
        return path

    return build


def bomb(folder):
    with (
        zipfile.ZipFile(folder / "w.npz", "w", zipfile.ZIP_DEFLATED) as file,
        file.open("fc.kernel.npy", "w") as member,
    ):
        member.write(npy(header("(83886080,)")))
        for _ in range(80):
            member.write(bytes(2**22))
    return folder / "w.npz"


def write(name, content=b""):
    def build(folder):
        (folder / name).write_bytes(content)
        return folder / name

    return build


def pipe(name):
    def build(folder):
        os.mkfifo(folder / name)
        return folder / name

    return build


def sparse(name, size):
    """A file that is long and takes no place."""

    def build(folder):
        with open(folder / name, "wb") as file:
            file.truncate(size)
        return folder / name

    return build


NPZ = {
    "empty": write("w.npz"),
    "text": write("w.npz", b"no archive"),
    "a pipe": pipe("w.npz"),
    "a pickle": pickled,
    "no arrays": archive({"fc.kernel.npy": b"text"}),
    "short": one(b"\x93NUMPY"),
    "encrypted": changed(encrypted),
    "unknown compression": changed(unknown_method),
    "wrong checksum": changed(lambda content: content.replace(b"'<f4'", b"'<i4'")),
    "broken compression": changed(
        lambda c: c[:60] + bytes(len(c[60:90])) + c[90:], zipfile.ZIP_DEFLATED
    ),
    "bomb": bomb,
    "objects": objects,
    "shape 2^40": one(npy(header("(1099511627776,)"))),
    "shape 2^70": one(npy(header(f"({2**70}, 4)"), bytes(16))),
    "negative shape": one(npy(header("(-4,)"), bytes(16))),
    "product of two negative": one(npy(header("(-2, -2)"), bytes(16))),
    "shape of a digit a time": one(npy(header(f"({'1,' * 30_000})"), bytes(4))),
    "shape of 4000 digits": one(npy(header(f"({'9' * 5000},)"), bytes(4))),
    "code": one(npy("__import__('os').system('touch executed')")),
    "30,000 brackets": one(npy("(" * 30_000)),
    "header beyond the end": one(npy(header(), length=60_000)),
    "header of 4 GB": one(npy(header(), version=b"\x02\x00", length=2**32 - 1)),
    "version 9": one(npy(header(), bytes(16), version=b"\x09\x00")),
    "type of 99 bytes": one(npy(header(descr="'<f99'"), bytes(396))),
    "type of fields": one(npy(header(descr="[('a', '<f4')]"), bytes(16))),
    "type of texts": one(npy(header(descr="'<U4'"), bytes(64))),
    "complex": one(npy(header(descr="'<c8'"), bytes(32))),
    "scalar": one(npy(header("()"), bytes(4))),
    "of another network": one(npy(header("(2, 2)"), bytes(16))),
    "numbers that are none": one(npy(header("(2048, 1008)"), np.full(2048 * 1008, np.nan, "f4").tobytes())),
}  # fmt: skip


def directions(**change):
    """A builder of directions.npz with a change: name -> .npy content."""
    good = {
        "names": npy(header("(1,)", "'<U1'"), "a".encode("utf-32-le")),
        "vectors": npy(header("(1, 1)"), np.float32(1).tobytes()),
        "deviations": npy(header("(1,)"), np.float32(1).tobytes()),
        "layers": npy(header("(1, 1)", "'|b1'"), b"\x01"),
    }
    return archive({f"{name}.npy": content for name, content in (good | change).items()})


def named(name):
    text = f"'<U{len(name)}'"
    return directions(names=npy(header("(1,)", text), name.encode("utf-32-le", "surrogatepass")))


DIRECTIONS = {
    "a path for a name": named("../../x"),
    "lines in a name": named("a\nb"),
    "a surrogate for a name": named("\ud800"),
    "9,999 letters for a name": named("a" * 9999),
    "characters that there are not": directions(names=npy(header("(1,)", "'<U1'"), b"\xff" * 4)),
    "texts of no length": directions(names=npy(header("(1099511627776,)", "'<U0'"))),
    "texts beyond the end": directions(names=npy(header("(1099511627776,)", "'<U9'"), bytes(36))),
    "objects for names": directions(names=npy(header("(1,)", "'|O'"), pickle.dumps([Touch()]))),
    "names of another order": directions(names=npy(header("(1,)", "'>U1'"), b"\0\0\0a")),
    "a vector of NaN": directions(vectors=npy(header("(1, 1)"), np.float32(np.nan).tobytes())),
    "no layers": directions(layers=npy(header("(1, 0)", "'|b1'"))),
}


def latents(array):
    """A builder of w.npz with these as its `w`."""

    def build(folder):
        np.savez(folder / "w.npz", w=array)
        return folder / "w.npz"

    return build


LATENTS = {
    "of another generator": latents(np.zeros([1, 18, 512], np.float32)),
    "none": latents(np.zeros([0, 8, 64], np.float32)),
    "of none and 2^30 layers": archive({"w.npy": npy(header("(0, 1073741824, 64)"))}),
    "numbers that are none": latents(np.full([1, 8, 64], np.nan)),
    "numbers that float32 has not": latents(np.full([1, 8, 64], 1e300)),
    "whole numbers": latents(np.zeros([1, 8, 64], np.int64)),
    "a number": latents(np.float32(1)),
    "32 sides": latents(np.zeros([1] * 32, np.float32)),
}


def graph(change=lambda node: None):
    """A builder of a frozen graph with the first convolution and the classifier."""

    def build(folder):
        made = tf.compat.v1.GraphDef()
        _, name, kernel = CONVOLUTIONS[0]
        parts = ("beta", "moving_mean", "moving_variance")
        shapes = {"softmax/weights": (2048, 1008), f"{name}/conv2d_params": kernel}
        shapes |= {f"{name}/batchnorm/{part}": kernel[-1:] for part in parts}
        for constant, shape in shapes.items():
            node = made.node.add(name=constant, op="Const")
            tensor = node.attr["value"].tensor
            tensor.dtype = tf.float32.as_datatype_enum
            tensor.float_val.append(1)
            for side in shape:
                tensor.tensor_shape.dim.add(size=side)
            change(tensor)
        return write("w.pb", made.SerializeToString())(folder)

    return build


def of_texts(tensor):
    tensor.dtype = tf.string.as_datatype_enum
    tensor.string_val.append(b"x")


def of_4_terabytes(tensor):
    tensor.tensor_shape.dim.add(size=2**40)


def of_halves(tensor):
    tensor.dtype = tf.float16.as_datatype_enum


def of_no_type(tensor):
    tensor.dtype = 99


def of_short_content(tensor):
    tensor.tensor_content = b"abc"


def deep(folder):
    """An attribute of a function of an attribute of a function ..., 9000 messages deep."""
    content = b""
    for _ in range(3000):
        for tag in (b"\x52", b"\x12", b"\x12"):  # AttrValue.func, NameAttrList.attr, its value
            content = tag + _varint(len(content)) + content
    for tag in (b"\x52", b"\x12", b"\x2a", b"\x0a"):  # ..., NodeDef.attr, GraphDef.node
        content = tag + _varint(len(content)) + content
    return write("w.pb", content)(folder)


def _varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


PB = {
    "empty": write("w.pb"),
    "text": write("w.pb", b"no graph at all"),
    "cut": write("w.pb", b"\x0a\xff\xff\xff\xff\x0f"),
    "a pipe": pipe("w.pb"),
    "256 MB": sparse("w.pb", 2**28),
    "deep": deep,
    "16 MB of empty messages": write("w.pb", b"\x0a\x06\x2a\x04\x12\x02\x42\x00" * 2**21),
    "a group": write("w.pb", b"\x0b\x0c"),
    "a number without end": write("w.pb", b"\x08" + b"\x80" * 100),
    "one convolution": graph(),
    "texts": graph(of_texts),
    "4 TB": graph(of_4_terabytes),
    "halves": graph(of_halves),
    "unknown type": graph(of_no_type),
    "short content": graph(of_short_content),
}

GROUP = "model_weights/mobilenetv2_1.00_160"
FIRST = f"{GROUP}/Conv1/kernel"


def h5(change, name=GROUP):
    """A builder of an .h5 file with the group of the network in it."""

    def build(folder):
        with h5py.File(folder / "w.h5", "w") as file:
            change(file.create_group(name), folder)
        return folder / "w.h5"

    return build


def kernel(**options):
    shape = options.pop("shape", (3, 3, 3, 32))
    dtype = options.pop("dtype", "f4")
    return h5(lambda group, folder: group.create_dataset("Conv1/kernel", shape, dtype, **options))


def external(target):
    """The numbers lie in another file."""

    def change(group, folder):
        if target == "pipe":
            os.mkfifo(folder / "pipe")
        place = str(folder / "pipe") if target == "pipe" else target
        group.create_dataset("Conv1/kernel", (3, 3, 3, 32), "f4", external=[(place, 0, 3456)])

    return h5(change)


def linked(link):
    def change(group, folder):
        os.mkfifo(folder / "other.h5")
        group.create_group("Conv1")["kernel"] = link(folder)

    return h5(change)


def linked_group(folder):
    os.mkfifo(folder / "other.h5")
    with h5py.File(folder / "w.h5", "w") as file:
        file["model_weights"] = h5py.ExternalLink(str(folder / "other.h5"), "/")
    return folder / "w.h5"


def virtual(group, folder):
    layout = h5py.VirtualLayout((3, 3, 3, 32), "f4")
    layout[0] = h5py.VirtualSource(str(folder / "other.h5"), "x", shape=(3, 3, 32))
    group.create_virtual_dataset("Conv1/kernel", layout)


def loop(group, folder):
    group["Conv1"] = group


def cut(part):
    def build(folder):
        path = kernel()(folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * part)])
        return path

    return build


def flipped(position):
    def build(folder):
        path = kernel()(folder)
        content = bytearray(path.read_bytes())
        content[position] ^= 0xFF
        path.write_bytes(content)
        return path

    return build


H5 = {
    "empty": write("w.h5"),
    "text": write("w.h5", b"no numbers"),
    "a pipe": pipe("w.h5"),
    "cut to the half": cut(0.5),
    "cut to a twentieth": cut(0.05),
    **{f"byte {position} flipped": flipped(position) for position in (8, 13, 40, 96, 100, 136, 700)},
    "another network": h5(lambda group, folder: None, "model_weights/resnet"),
    "no weights": h5(lambda group, folder: None),
    "one weight": kernel(),
    "shape 2^40": kernel(shape=(2**40,), chunks=(2**20,)),
    "another shape": kernel(shape=(3, 3)),
    "texts": kernel(dtype=h5py.string_dtype()),
    "whole numbers": kernel(dtype="i4"),
    "compressed": kernel(compression="gzip"),
    "numbers of a device": external("/dev/zero"),
    "numbers of a pipe": external("pipe"),
    "link": linked(lambda folder: h5py.SoftLink("/model_weights")),
    "link to a pipe": linked(lambda folder: h5py.ExternalLink(str(folder / "other.h5"), "/x")),
    "group of a pipe": linked_group,
    "virtual": h5(virtual),
    "a group in itself": h5(loop),
    "a group where numbers belong": h5(lambda group, folder: group.create_group("Conv1/kernel")),
    "numbers where the group belongs": h5(
        lambda group, folder: None, "model_weights/x"
    ),
}  # fmt: skip
