"""More hostile files in place of published networks: numbers that are none or too many, and archives."""

import functools
import io
import pickle
import random
import struct
import zipfile

import numpy as np

from tests.hostile import pickles
from tests.hostile.published import (
    AGAIN,
    BIG,
    ENDLESS,
    SETTINGS,
    archive,
    array,
    blob,
    call,
    dtype,
    g_ema,
    integer,
    items,
    module,
    name,
    pkl,
    state,
    storage_file,
    tensor,
    text,
    tf1,
    variable,
    weight,
    weights,
)
from tests.interop import (
    g_ema_writer,
    published_networks,
    published_writer,
    safetensors_writer,
)
from tests.interop.torch_writer import Storage, Tensor, write_stream, write_zip

TENSORS = {
    "of a shape of 2^30": weight(shape=integer(2**30) + b"\x85", strides=b"K\x00\x85"),
    "of two sides of 2^40": weight(
        shape=integer(2**40) + integer(2**40) + b"\x86", strides=b"K\x00K\x00\x86"
    ),
    "of a shape of 2^70": weight(shape=integer(2**70) + b"\x85"),
    "of 100 sides": weight(
        shape=b"(" + b"K\x01" * 100 + b"t", strides=b"(" + b"K\x01" * 100 + b"t"
    ),
    "of no sides by 2^62": weight(
        shape=b"K\x00" + integer(2**62 - 1) + b"\x86", strides=b"K\x01K\x01\x86"
    ),
    "of a negative side": weight(shape=integer(-4) + b"\x85"),
    "of negative strides": weight(strides=integer(-1) + b"\x85"),
    "of a negative offset": weight(offset=integer(-1)),
    "of an offset of 2^62": weight(offset=integer(2**62)),
    "of truths": weight(shape=b"\x88\x85"),
    "of a fraction": weight(shape=b"G" + struct.pack(">d", 2.0) + b"\x85"),
    "of texts": weight(shape=text("x") + b"\x85"),
    "of a text": weight(shape=text("1234"), strides=text("1234")),
    "of no strides": weight(strides=b")"),
    "of no storage": weight(b"N"),
    "of a list": weight(b"]"),
    "that is none": weights(items(weight=b"K\x05")),
    "of whole numbers": weight(blob(storage_file(4, "IntStorage"))),
    "in a storage of 2^40": weight(blob(storage_file(2**40, values=bytes(16)))),
    "in a storage of -1": weight(blob(storage_file(-1, values=bytes(16)))),
    "in a storage of 2^62": weight(blob(storage_file(2**62, values=bytes(16)))),
    "in a storage of 2^80": weight(
        blob(storage_file(4).replace(integer(4), integer(2**80)))
    ),
    "in an unknown storage": weight(blob(storage_file(4, "BFloat16Storage"))),
    "in a storage of no bytes": weight(blob(b"")),
    "in a storage of a dictionary": weight(blob(pickle.dumps({}))),
    "in a storage of another pickle": weight(blob(b"\x80\x02}.")),
    "in a storage that is cut": weight(blob(storage_file()[:-1])),
    "in an archive": weight(blob(archive([("a/data.pkl", b"\x80\x02}.")]))),
    "in an archive of bombs": weight(
        blob(archive([("a/data.pkl", bytes(2**26))], zipfile.ZIP_DEFLATED))
    ),
    "in an archive of no pickle": weight(blob(archive([("a/b", b"")]))),
    "in archives of archives": weight(
        blob(archive([("a/data.pkl", blob(archive([("a/data.pkl", b"N.")])) + b".")]))
    ),
    "of 60 MB from 30, two hundred times": weights(
        items(**{f"w{n}": b"h\x01" for n in range(200)}),
        blob(storage_file(15 * 2**20, "HalfStorage", bytes(30 * 2**20))) + b"q\x00"
        + b"0" + tensor(b"h\x00", integer(15 * 2**20) + b"\x85") + b"q\x010",
    ),
}  # fmt: skip

ARRAYS = {
    **{
        f"of the type {kind[:9]}": variable(array(kind=dtype(kind)))
        for kind in ("O8", "V8", "U8", "S4", "c8", "M8", "m8", "f16", "f3", "O", "", "f4,f4", "x" * 10**6)
    },
    "of the byte order x": variable(array(kind=dtype(order="x"))),
    "of the byte order ||": variable(array(kind=dtype(order="||"))),
    "of no type": variable(array(kind=b"N")),
    "of a type with fields": variable(
        array(kind=name("numpy", "dtype") + b"]" + text("a") + text("f4") + b"\x86a\x85R")
    ),
    "of a shape of 2^40": variable(array(shape=integer(2**40) + b"\x85")),
    "of two sides of 2^32": variable(array(shape=(integer(2**32) * 2) + b"\x86")),
    "of no side by 2^62": variable(array(shape=b"K\x00" + integer(2**62 - 1) + b"\x86", data=b"C\x00")),
    "of sides that overflow to 1": variable(array(shape=integer(2**64 + 1) + b"\x85")),
    "of -1 by -1": variable(array(shape=integer(-1) * 2 + b"\x86")),
    "of 33 sides": variable(array(shape=b"(" + b"K\x01" * 33 + b"t")),
    "of a list for a shape": variable(array(shape=b"]K\x01a")),
    "of a truth for a shape": variable(array(shape=b"\x88\x85")),
    "of a text": variable(array(data=text("abcd"))),
    "of a list": variable(array(data=b"]NaNaNaNa")),
    "of too few bytes": variable(array(data=b"C\x03abc")),
    "of whole numbers": variable(array(kind=dtype("i4"))),
    "of truths": variable(array(shape=b"K\x04\x85", kind=dtype("b1"))),
    "of a state of a text": variable(
        name("numpy.core.multiarray", "_reconstruct") + name("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"
        + text("x") + b"b"
    ),
    "of protocol 5, of objects": variable(
        name("numpy.core.numeric", "_frombuffer") + b"(C\x04abcd" + dtype("i4") + integer(2**40) + b"\x85"
        + text("C") + b"tR"
    ),
    "of protocol 5, of endless axes": variable(
        name("numpy.core.numeric", "_frombuffer") + b"(C\x04abcd" + dtype() + b"K\x01\x85" + text("K")
        + b"(" + b"K\x00" * BIG + b"ttR"
    ),
    "of a number of no bytes": variable(name("numpy.core.multiarray", "scalar") + dtype() + b"C\x00\x86R"),
    "of a number of a text": variable(name("numpy.core.multiarray", "scalar") + dtype() + text("x") + b"\x86R"),
    "of a number of 10,000 bits": variable(integer(1 << 10_000)),
    "of bytes in UTF-7": variable(name("_codecs", "encode") + text("+AGE-") + text("utf-7") + b"\x86R"),
    "of bytes in ROT13": variable(name("_codecs", "encode") + text("x") + text("rot13") + b"\x86R"),
    "of bytes that are no Latin": variable(
        name("_codecs", "encode") + b"X\x03\x00\x00\x00\xe2\x82\xac" + text("latin1") + b"\x86R"
    ),
    "of 500,000 variables": tf1(
        text("a") + b"N\x86q\x000", variables=b"](" + b"h\x00" * 170_000 + b"e"
    ),
    "of 2^30 names": tf1(variables=b"](" + (text("x" * 1000) + b"N\x86") * 3000 + b"e"),
    "of 320 MB from 20": tf1(
        array(integer(5 * 2**20) + b"\x85", dtype("f4"), b"B" + struct.pack("<I", 20 * 2**20) + bytes(20 * 2**20))
        + b"q\x000",
        variables=b"](" + b"".join(text(f"mapping/Dense{n}/weight") + b"h\x00\x86" for n in range(500)) + b"e",
    ),
}  # fmt: skip

OF_NETWORKS = {
    "of a megabyte of a name": g_ema(state(items(**SETTINGS, **{"x" * 10**6: b"N"}))),
    "of names that end lines": g_ema(state(items(**SETTINGS, **{"x\n\x1b[2J": b"N"}))),
    "of a class that ends lines": g_ema(state(), text("X\n\x1b[2J" * 100)),
    "of a text for a state": g_ema(text("x")),
    "of no class": pkl(items(G_ema=module(state(), b"N"))),
    "of a module for a name": pkl(items(G_ema=module(state(), module(state())))),
    "of a list for parts": g_ema(state(_modules=b"]")),
    "of numbers for parts": g_ema(state(_modules=items(a=b"K\x01"))),
    "of a list for weights": g_ema(state(_parameters=b"](NNe")),
    "of a number for settings": g_ema(state(b"K\x01")),
    "of a million of a z": g_ema(state(items(**{**SETTINGS, "z_dim": integer(10**6)}))),
    "of a z of 10^4000": g_ema(state(items(**{**SETTINGS, "z_dim": integer(10**4000)}))),
}


@functools.cache
def honest() -> dict:
    """Files that are what they say, which are then damaged."""
    of = published_networks.architecture(
        8, conv_clamp=None, channel_base=32, channel_max=4, z_dim=4, w_dim=4, mapping_layers=1
    )
    networks = published_networks.build(of)
    checkpoint = g_ema_writer.checkpoint(networks, average=True)
    streams = io.BytesIO(), io.BytesIO(), io.BytesIO()
    for write, stream in zip((write_zip, write_stream), streams, strict=False):
        write(stream, checkpoint)
    write_zip(streams[2], published_writer.pytorch(of, networks, saved=True)["G_ema"])
    return {
        "pytorch": published_writer.to_pickle(published_writer.pytorch(of, networks)),
        "tf1": published_writer.to_pickle(published_writer.tf1(of, networks), protocol=3),
        "archive": streams[0].getvalue(),
        "stream": streams[1].getvalue(),
        "modules": streams[2].getvalue(),
        "safetensors": safetensors_writer.to_bytes(
            published_writer.arrays_of(networks["generator"])
        ),
    }


def flipped(content: bytes, seed: int) -> bytes:
    """A file with a few bits that are others."""
    rng, data = random.Random(seed), bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def checkpoint(**tensors):
    """A builder of a checkpoint with these tensors below g_ema."""
    state = {"style.1.weight": np.zeros([4, 4], np.float32), **tensors}

    def build(folder):
        write_zip(folder / "n.pt", {"g_ema": state})
        return folder / "n.pt"

    return build


def mapping(width, z, layers=1, **more):
    """A builder of a checkpoint without a mean of w, of a mapping of this size, from one storage."""

    def build(folder):
        storage = Storage(np.zeros(width * (max(z, width) if layers > 1 else z), np.float32))
        rgb = np.zeros([1, 3, 4, 1, 1], np.float32)
        tensors = {"to_rgb1.conv.weight": rgb, "to_rgbs.0.conv.weight": rgb}
        for n in range(1, layers + 1):
            inputs = z if n == 1 else width
            tensors[f"style.{n}.weight"] = Tensor(storage, 0, (width, inputs), (inputs, 1))
            tensors[f"style.{n}.bias"] = Tensor(storage, 0, (width,), (1,))
        return checkpoint(**{**tensors, **more})(folder)

    return build


def many_tensors(folder):
    tensor = Tensor(Storage(np.zeros(4, np.float32)), 0, (4,), (1,))
    tree = [[tensor] * 1000] * 1
    write_zip(folder / "n.pt", {"g_ema": {f"{n}": [tensor] * 1000 for n in range(100)}, "x": tree})
    return folder / "n.pt"


def half(folder):
    """One storage of float16 by 300 names."""
    storage = Storage(np.zeros(2**22, np.float16))
    tensors = {
        f"convs.{n}.conv.weight": Tensor(storage, 0, (1, 2**22), (2**22, 1)) for n in range(60)
    }
    return checkpoint(**tensors)(folder)


def to_pt(build):
    """The files of `tests.hostile.pickles` by another name."""

    def renamed(folder):
        path = build(folder)
        return path.rename(path.with_suffix(".pt"))

    return renamed


def written(content):
    def build(folder):
        (folder / "n.pkl").write_bytes(content)
        return folder / "n.pkl"

    return build


def duplicated(folder):
    """Two members of one name: which of them counts?"""
    content = archive([("a/data.pkl", b"\x80\x02}."), ("b/data.pkl", b"\x80\x02}.")])
    return written(content.replace(b"b/data.pkl", b"a/data.pkl"))(folder)


ARCHIVES = {
    "bomb": written(archive([("a/data.pkl", bytes(2**28))], zipfile.ZIP_DEFLATED)),
    "lzma": written(archive([("a/data.pkl", bytes(2**20))], zipfile.ZIP_LZMA)),
    "two pickles of one name": duplicated,
    "an absolute name": written(archive([("/etc/data.pkl", b"\x80\x02}."), ("/tmp/executed", b"x")])),
    "a name that leads out": written(archive([("../../data.pkl", b"\x80\x02}."), ("../executed", b"x")])),
    "no name": written(archive([("/data.pkl", b"\x80\x02}.")])),
    "30,000 members": written(archive([(f"a/{n}", b"") for n in range(30_000)])),
    **{
        f"a network of {what}": written(
            archive([("a/data.pkl", pkl(before, module(*arguments)))])
        )
        for what, before, arguments in (
            ("lists", ENDLESS, (AGAIN,)),
            ("lists as settings", ENDLESS, (state(AGAIN),)),
            ("lists as weights", ENDLESS, (state(_parameters=items(w=AGAIN)),)),
            ("itself", b"", (b"}q\x00" + text("_modules") + items(a=module(b"h\x00")) + b"s",)),
            ("source", b"", (state(b"}"),)),
            ("a tensor without an end", b"", (state(_parameters=items(w=tensor(
                b"(" + text("storage") + name("torch", "FloatStorage") + text("0") + text("cpu")
                + integer(2**40) + b"tQ"))),)),
            ("a file in it", b"", (state(_parameters=items(w=tensor())),)),
        )
    },
    "a call in a network": written(
        archive([("a/data.pkl", pkl(items(G_ema=module(state(items(x=call("os", "system", text("touch executed"))))))))])
    ),
    "pickle of networks": written(archive([("a/data.pkl", pkl(items(g_ema=module(state()))))])),
    "endless constants": written(archive([("a/data.pkl", b"}."), ("a/constants.pkl", b"}" * 2**20)])),
    "z of 2^20": mapping(4, 2**20),
    "w of 2^17": mapping(2**17, 4),
    "layers of one storage": mapping(512, 512, 63),
    "a bias to multiply": mapping(4, 4, **{"style.1.bias": np.zeros([4096, 1, 4], np.float32)}),
    "a layer to multiply": mapping(1, 4, 2, **{"style.2.weight": np.zeros([10**6, 1], np.float32)}),
    "100,000 tensors": many_tensors,
    "480 MB from 8": half,
    "names of convolutions": checkpoint(**{"convs.99999999999.conv.weight": np.zeros(1, np.float32)}),
    "names of lines": checkpoint(**{"a\n\x1b[2J.b": np.zeros(1, np.float32)}),
    "a name of dots": checkpoint(**{"." * 900: np.zeros(1, np.float32)}),
    "whole numbers": checkpoint(**{"style.1.bias": np.zeros(4, np.int64)}),
    **{f"as weights: {name}": to_pt(build) for name, build in pickles.FILES.items()},
}  # fmt: skip

# What may be as large as this: it is read, in bounded time and memory all the same.
LARGE = {
    "infinite weights": mapping(4, 4, **{"style.1.weight": np.full([4, 4], 3e38, np.float32)}),
    "z of 65,536": mapping(4, 65_536),
    "mapping of 60 MB": mapping(2048, 8, 4),
}
