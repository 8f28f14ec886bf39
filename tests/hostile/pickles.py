"""Hostile PyTorch files: pickles written an instruction at a time, and the archives around them."""

import os
import pickle
import struct
import zipfile

import numpy as np

from tests.interop.torch_writer import Storage, Tensor, write_stream, write_zip

MAGIC = b"".join(
    pickle.dumps(value, protocol=2)
    for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
)


def raw(*instructions, head=b"\x80\x02", tail=b"."):
    """A builder of an archive whose data.pkl is these bytes."""

    def build(folder):
        path = folder / "w.pth"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("w/data.pkl", head + b"".join(instructions) + tail)
            archive.writestr("w/data/0", bytes(16))
        return path

    return build


def stream(*parts):
    """A builder of the older format, after its first three pickles."""

    def build(folder):
        (folder / "w.pth").write_bytes(MAGIC + b"".join(parts))
        return folder / "w.pth"

    return build


def text(string):
    return b"X" + struct.pack("<I", len(string)) + string.encode()


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


def integer(value):
    """LONG1 or LONG4."""
    data = pickle.encode_long(value)
    return (
        b"\x8a" + bytes([len(data)]) if len(data) < 256 else b"\x8b" + struct.pack("<i", len(data))
    ) + data


def reference(key=None, dtype=None, size=None):
    """A storage: ("storage", dtype, key, "cpu", size)."""
    return b"".join((
        b"(", text("storage"), dtype or name("torch", "FloatStorage"), key or text("0"), text("cpu"),
        size or b"K\x04", b"tQ",
    ))  # fmt: skip


def tensor(shape=b"K\x04\x85", strides=b"K\x01\x85", storage=None, offset=b"K\x00", after=b""):
    """A dictionary of one tensor."""
    call = (name("torch._utils", "_rebuild_tensor_v2"), b"(", storage or reference(), offset, shape,
            strides, b"\x89}tR")  # fmt: skip
    return b"".join((b"}", text("a"), *call, after, b"s"))


def doubled(empty, twice, levels=40):
    """A container of two references to a container of two references to ...: 2^40 to visit."""
    steps = [empty, *(twice(n) for n in range(levels))]
    made = b"".join(step + b"q" + bytes([n]) + b"0" for n, step in enumerate(steps))
    return made + b"h" + bytes([levels])


LISTS = doubled(b"]", lambda n: b"](h" + bytes([n]) + b"h" + bytes([n]) + b"e")
TUPLES = doubled(b")", lambda n: b"h" + bytes([n]) + b"h" + bytes([n]) + b"\x86")


def call(module, attribute, *arguments):
    return name(module, attribute) + b"(" + b"".join(text(a) for a in arguments) + b"tR"


def with_state(state, write=write_zip):
    """A builder of a file with these tensors."""

    def build(folder):
        write(folder / "w.pth", state)
        return folder / "w.pth"

    return build


small = with_state({"a": np.zeros(4, np.float32)})


def patched(change, build=small):
    """A builder that changes the bytes of a well-formed file."""

    def patch(folder):
        path = build(folder)
        path.write_bytes(change(path.read_bytes()))
        return path

    return patch


def encrypted(content):
    """Say in every header of an archive that its members are encrypted."""
    data = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


def unknown_method(content):
    """Say that the members are compressed in a way nobody knows."""
    data = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] = 99
            at = data.find(signature, at + 4)
    return bytes(data)


def bomb(folder):
    """Less than a megabyte that unpacks to 320."""
    with (
        zipfile.ZipFile(folder / "w.pth", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("w/data.pkl", "w") as member,
    ):
        for _ in range(80):
            member.write(bytes(2**22))
    return folder / "w.pth"


def two_roots(folder):
    with zipfile.ZipFile(folder / "w.pth", "w") as archive:
        for root in "ab":
            archive.writestr(f"{root}/data.pkl", b"\x80\x02}.")
    return folder / "w.pth"


def overlapping(folder):
    """A thousand names for the same bytes."""
    with zipfile.ZipFile(folder / "w.pth", "w") as archive:
        archive.writestr("w/data.pkl", b"\x80\x02}." + bytes(10**6))
        member = archive.infolist()[0]
        for n in range(1000):
            other = zipfile.ZipInfo(f"w/data/{n}")
            for field in ("file_size", "compress_size", "CRC", "header_offset"):
                setattr(other, field, getattr(member, field))
            archive.filelist.append(other)
    return folder / "w.pth"


def view(offset=0, shape=(4,), strides=(1,)):
    return with_state({"a": Tensor(Storage(np.zeros(4, np.float32)), offset, shape, strides)})


def long_names(folder):
    """A thousand tensors below a name of a megabyte."""
    storage = Storage(np.zeros(4, np.float32))
    inner = {f"{n}": Tensor(storage, 0, (4,), (1,)) for n in range(1000)}
    return with_state({"x" * 10**6: inner})(folder)


def written(content):
    def build(folder):
        (folder / "w.pth").write_bytes(content)
        return folder / "w.pth"

    return build


def pipe(folder):
    os.mkfifo(folder / "w.pth")
    return folder / "w.pth"


def endless(folder):
    (folder / "w.pth").symlink_to("/dev/zero")
    return folder / "w.pth"


def a_folder(folder):
    (folder / "w.pth").mkdir()
    return folder / "w.pth"


def big_storage(size):
    """The older format with a storage of another size than there is."""
    keys = pickle.dumps(["0"], protocol=2)
    return stream(b"\x80\x02", tensor(storage=reference(size=integer(size))), b".", keys,
                  struct.pack("<Q", size % 2**64), bytes(16))  # fmt: skip


FILES = {
    "empty": written(b""),
    "text": written(b"no weights"),
    "a pipe": pipe,
    "a device": endless,
    "a folder": a_folder,
    "head of an archive": written(b"PK\x03\x04" + bytes(100)),
    "end of an archive": written(b"PK\x05\x06" + bytes(18)),
    "two pickles": two_roots,
    "encrypted": patched(encrypted),
    "unknown compression": patched(unknown_method),
    "bomb": bomb,
    "overlapping members": overlapping,
    "wrong checksum": patched(lambda content: content.replace(b"FloatStorage", b"HalfStoragee")),
    "system": raw(call("os", "system", "touch executed")),
    "posix": raw(call("posix", "system", "touch executed")),
    "eval": raw(call("builtins", "eval", "open('executed', 'w')")),
    "getattr": raw(call("builtins", "getattr", "a", "b")),
    "dotted name": raw(text("torch._utils"), text("_rebuild_tensor_v2.__globals__"), b"\x93"),
    "name that is a list": raw(b"](", text("x"), b"e", text("y"), b"\x93"),
    "extension": raw(b"\x82\x01"),
    "instance of the old kind": raw(b"(", text("touch executed"), b"ios\nsystem\n"),
    "object of the old kind": raw(b"(", name("os", "system"), text("touch executed"), b"o"),
    "class with keywords": raw(name("__torch__", "X"), b")}\x92"),
    "call of a text": raw(text("x"), b")R"),
    "call with a list": raw(name("collections", "OrderedDict"), b"]R"),
    "state of a tensor": raw(tensor(after=b"}" + text("storage") + b"K\x05sb")),
    "reference to a text": raw(text("x"), b"Q"),
    "reference of unknown type": raw(reference(dtype=text("float"))),
    "reference by a function": raw(reference(dtype=name("torch._utils", "_rebuild_parameter"))),
    "reference by a bomb": raw(LISTS, b"0", reference(key=b"h\x28")),
    "storage of negative size": raw(tensor(storage=reference(size=integer(-4)))),
    "storage of 2^80 numbers": raw(tensor(storage=reference(size=integer(2**80)))),
    "storage that is not there": raw(tensor(storage=reference(key=text("1")))),
    "storage outside of the folder": raw(tensor(storage=reference(key=text("../../w.pth")))),
    "shape 2^70": raw(tensor(shape=integer(2**70) + b"\x85")),
    "shape of a million digits": raw(tensor(shape=integer(1 << 8 * 10**6) + b"\x85")),
    "shape of texts": raw(tensor(shape=text("x") + b"\x85")),
    "shape of a bomb": raw(LISTS, b"0", tensor(shape=b"h\x28")),
    "shape of 100 sides": raw(tensor(shape=b"(" + b"K\x01" * 100 + b"t", strides=b"(" + b"K\x01" * 100 + b"t")),
    "shape without strides": raw(tensor(strides=b")")),
    "negative shape": raw(tensor(shape=integer(-4) + b"\x85")),
    "offset 2^70": raw(tensor(offset=integer(2**70))),
    "view of 4 GB": view(shape=(2**30,), strides=(0,)),
    "view of 4 GB in two sides": view(shape=(2**15, 2**15), strides=(0, 0)),
    "view backwards": view(shape=(4,), strides=(-1,)),
    "view beyond": view(offset=1),
    "view before": view(offset=-1),
    "view of nothing by 2^70": view(shape=(0, 2**70), strides=(1, 1)),
    "lists to visit 2^40 times": raw(LISTS),
    "tuples to hash 2^40 times": raw(b"}", TUPLES, b"K\x01s"),
    "tuples to hash in OrderedDict": raw(
        name("collections", "OrderedDict"), b"](", TUPLES, b"K\x01\x86e\x85R"
    ),
    "list that holds itself": raw(b"]q\x00h\x00a"),
    "100,000 lists deep": raw(b"](" * 50_000, b"e" * 50_000),
    "100,000 tuples deep, a key": raw(b"})", b"\x85" * 100_000, b"K\x01s"),
    "million instructions": raw(b"K\x010" * 500_000, b"}"),
    "memo of 2^31": raw(b"}r", struct.pack("<I", 2**31 - 1)),
    "memo of 10^4000": raw(b"}p1" + b"0" * 4000 + b"\n"),
    "number of a million digits": raw(b"L" + b"1" * 10**6 + b"L\n"),
    "text of 2^62": raw(b"\x8d", struct.pack("<Q", 2**62), b"x"),
    "bytes of 2^40": raw(b"\x8e", struct.pack("<Q", 2**40), b"x"),
    "array of bytes of 2^40": raw(b"\x96", struct.pack("<Q", 2**40), b"x"),
    "frame of 2^62": raw(b"\x95", struct.pack("<Q", 2**62)),
    "empty stack": raw(b"0"),
    "no mark": raw(b"e"),
    "nothing left": raw(b""),
    "two values": raw(b"}}"),
    "no end": raw(b"}", tail=b""),
    "unknown instruction": raw(b"\xff"),
    "item of a number": raw(b"K\x01K\x02a"),
    "key of a number": raw(b"K\x01K\x02K\x03s"),
    "key without value": raw(b"}(K\x01u"),
    "names of a megabyte": long_names,
    "stream: not a dictionary": written(MAGIC[:-20] + b"."),
    "stream: cut": stream(b"\x80\x02}"),
    "stream: keys that are a number": stream(b"\x80\x02}.", b"\x80\x02K\x05."),
    "stream: keys that are not there": stream(b"\x80\x02}.", pickle.dumps(["x"], protocol=2)),
    "stream: keys that are bombs": stream(b"\x80\x02}.", b"\x80\x02](", TUPLES, b"e."),
    "stream: storage of 2^61": big_storage(2**61),
    "stream: storage of -1": big_storage(-1),
    "stream: cut storage": patched(lambda c: c[:-4], with_state({"a": np.zeros(4, np.float32)}, write_stream)),
    "stream: big endian": written(MAGIC.replace(b"\x88", b"\x89") + b"\x80\x02}."),
    "kernel of one side": with_state({"Conv2d_1a_3x3.conv.weight": np.zeros(3, np.float32)}),
    "normalisation of another shape": with_state({
        "Conv2d_1a_3x3.conv.weight": np.zeros([32, 3, 3, 3], np.float32),
        **{f"Conv2d_1a_3x3.bn.{part}": np.zeros([1000, 1, 1, 1], np.float32)
           for part in ("weight", "bias", "running_mean", "running_var")},
    }),
    "numbers that are none": with_state({"a": np.full([1008, 2048], np.nan, np.float32)}),
}  # fmt: skip
