"""Writes .safetensors files, without that library."""

import json

import numpy as np

TYPES = {"f4": "F32", "f2": "F16", "f8": "F64", "u2": "BF16"}


def to_bytes(tensors, **more) -> bytes:
    """The content of a file; uint16 stands for bfloat16, and `more` is added to the header."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in tensors.items():
        part = np.ascontiguousarray(array)
        header[name] = {
            "dtype": TYPES[part.dtype.str[1:]],
            "shape": list(np.shape(array)),
            "data_offsets": [len(data), len(data) + part.nbytes],
        }
        data += part.tobytes()
    return with_header(json.dumps({**header, **more}).encode(), data)


def with_header(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data
