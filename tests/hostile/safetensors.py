"""Hostile .safetensors files: lengths, types, shapes and places that are none, and names without end."""

import json

import numpy as np

from tests.interop.safetensors_writer import to_bytes, with_header


def tensor(dtype="F32", shape=(1,), data_offsets=(0, 4), **more) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": data_offsets, **more}


def of(data=bytes(4), **tensors) -> bytes:
    """A file with this header before these bytes."""
    return with_header(json.dumps(tensors).encode(), data)


def one(data=bytes(4), **description) -> bytes:
    """A file that describes one array so."""
    return of(data, **{"mapping.w_avg": tensor(**description)})


def length(number: int, rest: bytes = b"{}") -> bytes:
    return number.to_bytes(8, "little") + rest


FILES = {
    "nothing": of(b""),
    "a header of 2^31": length(2**31),
    "a header of 2^32 - 1": length(2**32 - 1),
    "a header beyond the end": length(3),
    "a header of 5 MB": with_header(b"{" + b" " * (5 * 2**20) + b"}"),
    "ten million names": with_header(b'{"a":{},' * (10**7 // 8) + b'"b":{}}'),
    "100,000 names": of(**{f"{n}": {} for n in range(100_000)}),
    "17,000 arrays": of(b"", **{f"{n}": tensor(shape=(0,), data_offsets=(0, 0)) for n in range(17_000)}),
    "no JSON": with_header(b"{x}"),
    "no UTF-8": with_header(b'{"\xff\xfe": {}}'),
    "a header that is cut": with_header(b'{"a": {"dtype": "F32"'),
    "a header without an end": with_header(b'{"a":' * 400_000),
    "lists without an end": with_header(b'{"a":' + b"[" * 10**6),
    "a number of a million digits": with_header(b'{"a":' + b"9" * 10**6 + b"}"),
    "one name twice": with_header(b'{"a": 1, "a": 2}'),
    "one setting twice": with_header(
        b'{"a": {"dtype": "F32", "shape": [1], "shape": [1], "data_offsets": [0, 4]}}', bytes(4)
    ),
    "a description that is a list": of(a=[]),
    "a description that is a number": of(a=1),
    "no type": of(a={"shape": [1], "data_offsets": [0, 4]}),
    "more than a description": one(offset=3),
    **{f"the type {kind!r:.20}": one(dtype=kind) for kind in ("I32", "BOOL", "F8_E4M3", "", "x" * 10**6, None, 3, ["F32"], {})},
    "a shape of 2^40": one(shape=[2**40]),
    "two sides of 2^40": one(shape=[2**40, 2**40]),
    "a shape of 2^70": one(shape=[2**70]),
    "sides that overflow to 1": one(shape=[2**64 + 1]),
    "no side by 2^62": one(b"", shape=[0, 2**62], data_offsets=[0, 0]),
    "100 sides": one(shape=[1] * 100),
    "-1 by -1": one(shape=[-1, -1]),
    "a negative side": one(shape=[-1]),
    "a truth for a side": one(shape=[True]),
    "a fraction for a side": one(shape=[1.0]),
    "a text for a shape": one(shape="1"),
    "no shape": one(shape=None),
    "an offset of -4": one(data_offsets=[-4, 0]),
    "offsets that turn round": one(data_offsets=[4, 0]),
    "an offset of 2^62": one(data_offsets=[2**62, 2**62 + 4]),
    "an offset of infinity": with_header(
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, Infinity]}}', bytes(4)
    ),
    "three offsets": one(data_offsets=[0, 4, 8]),
    "one offset": one(data_offsets=[4]),
    "no offsets": one(data_offsets=None),
    "too few bytes": one(bytes(3)),
    "too many bytes": one(bytes(5)),
    "a gap": of(bytes(12), a=tensor(), b=tensor(data_offsets=(8, 12))),
    "a gap at the start": one(bytes(8), data_offsets=[4, 8]),
    "arrays that overlap": of(bytes(6), a=tensor(), b=tensor(data_offsets=(2, 6))),
    "arrays in one place": of(a=tensor(), b=tensor()),
    "16,000 names of one array": of(**{f"{n}": tensor() for n in range(16_000)}),
    "names of lines": of(**{"a\n\x1b[2J": tensor()}),
    "names of a megabyte": of(**{"x" * 10**6: tensor()}),
    "whole numbers for weights": one(dtype="I64", data=bytes(8), data_offsets=[0, 8]),
    "layers that no network has": to_bytes({"synthesis.b4.const": np.zeros(4, "f4")}),
    "a block of 99999": to_bytes({
        "synthesis.b4.const": np.zeros(4, "f4"), "mapping.w_avg": np.zeros(4, "f4"),
        "mapping.fc0.weight": np.zeros([4, 4], "f4"),
        "synthesis.b99999.conv1.weight": np.zeros([4, 4, 3, 3], "f4"),
        "synthesis.b99999.torgb.weight": np.zeros([3, 4, 1, 1], "f4"),
    }),
    "16,000 layers of a mapping": to_bytes({
        "synthesis.b4.const": np.zeros(4, "f4"),
        **{f"mapping.fc{n}.weight": np.zeros(0, "f4") for n in range(16_000)},
    }),
}  # fmt: skip
