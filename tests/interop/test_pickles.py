"""The machine builds what Python's unpickler builds, and calls nothing."""

import io
import pickle

import pytest

from ada_tf.interop.published import pickles, torch_modules

SHARED = [1, 2]
VALUES = [
    None, True, False, 0, -1, 255, 256, 65535, 2**31, -(2**31), 2**63, 2**4000, 1.5, float("inf"),
    "", "text", "ü\n'\\ \ud800", "x" * 300, b"", b"\x00\xff" * 200, (), (1,), (1, 2), (1, 2, 3),
    (1, 2, 3, 4), [], [1, [2, [3]]], {}, {"a": 1, 2: "b", 2.5: None, b"c": [()]}, [SHARED, SHARED],
    list(range(2000)), {n: str(n) for n in range(2000)},
]  # fmt: skip


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", VALUES, ids=lambda v: repr(v)[:20])
def test_values_come_back(value, protocol):
    if protocol < 3 and "b'" in repr(value):
        with pytest.raises(pickles.Refused):
            read(pickle.dumps(value, protocol))  # bytes are a call there
    else:
        assert read(pickle.dumps(value, protocol)) == value


def read(data, find=lambda module, name: None, **options):
    return pickles.load(io.BytesIO(data), find, **options)


def test_what_is_shared_stays_shared():
    first, second = read(pickle.dumps([SHARED, SHARED]))
    assert first is second
    loop = []
    loop.append(loop)
    found = read(pickle.dumps(loop))
    assert found[0] is found


def test_only_what_is_found_is_called():
    data = pickle.dumps(complex(1, 2), 2)
    with pytest.raises(pickles.Refused, match=r"^(__builtin__|builtins)\.complex$"):
        read(data)
    assert read(data, lambda module, name: lambda *parts: parts) == (1.0, 2.0)


def test_attributes_are_kept_and_code_is_not():
    class Evil:
        def __setstate__(self, state):
            raise AssertionError

    instance = Evil()
    instance.weight = 3
    Evil.__module__, Evil.__qualname__ = "tests.interop.test_pickles", "Evil"
    globals()["Evil"] = Evil
    try:
        data = pickle.dumps(instance, 2)
    finally:
        del globals()["Evil"]
    found = read(data.replace(b"ccopy_reg\n", b"ccopyreg\n"), lambda module, name: pickles.Instance)
    assert found.attributes == {"weight": 3}


def test_references_are_described():
    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("storage", "seven") if value == 7 else None

    stream = io.BytesIO()
    Pickler(stream, 2).dump([7, 8])
    assert read(stream.getvalue(), persistent=lambda reference: reference) == [
        ("storage", "seven"),
        8,
    ]
    with pytest.raises(pickles.Refused, match="something outside of it"):
        read(stream.getvalue())


def test_it_reads_no_further_than_the_pickle():
    stream = io.BytesIO(pickle.dumps(1) + pickle.dumps(2) + b"rest")
    assert [pickles.load(stream, None), pickles.load(stream, None)] == [1, 2]
    assert stream.read() == b"rest"


def test_steps_are_counted():
    data = pickle.dumps([1, 2, 3], 2)
    assert read(data, max_steps=9) == [1, 2, 3]
    with pytest.raises(pickles.Refused, match="more than 8 steps"):
        read(data, max_steps=8)


def test_keys_are_short():
    for key in ("x" * 1000, 2**64 - 1, -(2**64) + 1, b"x" * 1000):
        assert read(pickle.dumps({key: 1})) == {key: 1}
    for key in ("x" * 1001, b"x" * 1001):
        with pytest.raises(pickles.Refused, match="a key of more than 1000 characters"):
            read(pickle.dumps({key: 1}))
    for key in (2**64, -(2**64)):
        with pytest.raises(pickles.Refused, match="a key of more than 64 bits"):
            read(pickle.dumps({key: 1}))
    with pytest.raises(pickles.Refused, match="a key of more than 64 bits"):
        read(b"Np%d\n." % 2**64)


def test_one_value_is_left():
    with pytest.raises(ValueError, match="2 values in the place of one"):
        read(b"NN.")


@pytest.mark.parametrize("module", ["dnnlib", "dnnlib.util"])
def test_a_dictionary_of_theirs_keeps_what_it_is_made_of(module):
    """It is called with one of Python's, before more is set."""
    made = f"c{module}\nEasyDict\n".encode() + b"}X\x01\x00\x00\x00aK\x01s\x85R"
    more = b"X\x01\x00\x00\x00bK\x02s}X\x01\x00\x00\x00cK\x03sb"
    find = torch_modules.known().get
    assert read(b"\x80\x02" + made + b".", lambda *name: find(name)) == {"a": 1}
    assert read(b"\x80\x02" + made + more + b".", lambda *name: find(name)) == {
        "a": 1,
        "b": 2,
        "c": 3,
    }
