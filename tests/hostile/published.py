"""Hostile files in place of published networks: what would run something, and what has no end.

Pickles are written an instruction at a time, as in `pickles`, around what such networks consist of.
"""

import io
import pickle
import struct
import zipfile

from tests.hostile.pickles import LISTS, TUPLES, integer, name, text

RUN = "open('executed', 'w')"  # a canary: the file it would leave
BIG = 2**17


def pkl(*parts, head=b"\x80\x04", tail=b"."):
    """A pickle of these instructions."""
    return head + b"".join(parts) + tail


def items(**values) -> bytes:
    """A dictionary."""
    return b"}(" + b"".join(text(key) + value for key, value in values.items()) + b"u"


def call(module, attribute, *arguments) -> bytes:
    return name(module, attribute) + b"(" + b"".join(arguments) + b"tR"


# What `LISTS` is remembered by: at its end it is on the stack.
ENDLESS = LISTS + b"0"
AGAIN = b"h\x28"


def module(state, class_name=None, **more) -> bytes:
    """A network of PyTorch by its state."""
    class_name = text("Generator") if class_name is None else class_name
    meta = items(class_name=class_name, state=state, **more)
    return call("torch_utils.persistence", "_reconstruct_persistent_obj", meta)


def state(settings=None, **more) -> bytes:
    """Of a network with settings that ours have, unless others are given."""
    return items(_init_kwargs=settings or items(**SETTINGS), **more)


SETTINGS = {
    "z_dim": b"K\x08", "w_dim": b"K\x08", "c_dim": b"K\x00", "img_resolution": b"K\x08",
    "img_channels": b"K\x03", "synthesis_kwargs": items(channel_base=b"K\x40", channel_max=b"K\x04"),
}  # fmt: skip


def g_ema(*arguments, before=b"", **more) -> bytes:
    """A pickle with one network."""
    return pkl(before, items(G_ema=module(*arguments, **more)))


def setting(value, before=ENDLESS) -> bytes:
    """A pickle whose network has a setting like this."""
    return g_ema(
        state(items(**{**SETTINGS, "mapping_kwargs": items(num_layers=value)})), before=before
    )


def network(**attributes) -> bytes:
    """A network of TensorFlow 1 by its state."""
    made = {"version": b"K\x05", "build_func_name": text("G_main"), **attributes}
    return name("dnnlib.tflib.network", "Network") + b")\x81" + items(**made) + b"b"


def tf1(before=b"", **attributes) -> bytes:
    """A pickle of three networks, of which both generators have these attributes."""
    g, d = network(**attributes), network(build_func_name=text("D_main"))
    return pkl(before, g, d, g, b"\x87")


def dtype(kind="f4", order="<") -> bytes:
    made = call("numpy", "dtype", text(kind), b"K\x00", b"K\x01")
    return made + b"(K\x03" + text(order) + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def array(shape=b"K\x01\x85", kind=None, data=b"C\x04" + bytes(4), order=b"\x89") -> bytes:
    """An array by its state."""
    made = call(
        "numpy.core.multiarray", "_reconstruct", name("numpy", "ndarray"), b"K\x00\x85", b"C\x01b"
    )
    return made + b"(K\x01" + shape + (dtype() if kind is None else kind) + order + data + b"tb"


def variable(value, before=b"") -> bytes:
    """A pickle whose networks have a variable like this."""
    return tf1(before, variables=b"](" + text("dlatent_avg") + value + b"\x86e")


def blob(content) -> bytes:
    """A storage: a file of torch.save inside of the pickle."""
    data = b"B" + struct.pack("<I", len(content)) + content
    return call("torch.storage", "_load_from_bytes", data)


def storage_file(size=4, kind="FloatStorage", values=None, extra=b"") -> bytes:
    """A file of torch.save with one storage."""
    values = bytes(4 * size) if values is None else values
    start = b"".join(
        pickle.dumps(v, 2) for v in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    )
    reference = (
        b"(" + text("storage") + name("torch", kind) + text("0") + text("cpu") + integer(size)
    )
    described = b"\x80\x02" + extra + reference + b"NtQ."
    return start + described + pickle.dumps(["0"], 2) + struct.pack("<q", size) + values


def tensor(storage=None, shape=b"K\x04\x85", strides=b"K\x01\x85", offset=b"K\x00") -> bytes:
    storage = blob(storage_file()) if storage is None else storage
    return call(
        "torch._utils", "_rebuild_tensor_v2", storage, offset, shape, strides, b"\x89", b"}"
    )


def weights(parameters, before=b"") -> bytes:
    """A pickle whose network has these weights."""
    return g_ema(state(_parameters=parameters), before=before)


def weight(*arguments, before=b"", **options) -> bytes:
    return weights(items(weight=tensor(*arguments, **options)), before)


def run(module_name, attribute, *arguments) -> bytes:
    """A pickle that calls something, in place of a network."""
    return pkl(items(G_ema=call(module_name, attribute, *(text(a) for a in arguments))))


def archive(members, compression=zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for member, content in members:
            file.writestr(member, content)
    return stream.getvalue()


def nested(levels, opening=b"]", closing=b"a"):
    return opening * levels + b"N" + closing * levels


EXECUTION = {
    **{
        f"{module_name}.{attribute}": run(module_name, attribute, *arguments)
        for module_name, attribute, *arguments in (
            ("os", "system", "touch executed"), ("posix", "system", "touch executed"),
            ("os", "popen", "touch executed"), ("subprocess", "call", "touch executed"),
            ("subprocess", "Popen", "touch executed"), ("builtins", "eval", RUN),
            ("builtins", "exec", RUN), ("__builtin__", "eval", RUN), ("builtins", "getattr", "a", "b"),
            ("builtins", "__import__", "torch"), ("builtins", "open", "executed", "w"),
            ("io", "open", "executed", "w"), ("importlib", "import_module", "torch"),
            ("pickle", "loads", "x"), ("_pickle", "loads", "x"), ("functools", "partial", "x"),
            ("operator", "attrgetter", "x"), ("types", "FunctionType", "x"), ("code", "interact"),
            ("copyreg", "_reconstructor", "x"), ("copyreg", "__newobj__", "x"),
            ("torch", "load", "x"), ("torch.hub", "load", "evil", "evil"), ("torch.jit", "load", "x"),
            ("numpy", "load", "executed"), ("numpy", "memmap", "executed"), ("numpy", "fromfile", "x"),
            ("numpy.testing._private.utils", "runstring", RUN, "x"), ("numpy.f2py", "compile", "x"),
            ("dnnlib.util", "call_func_by_name", "os.system"), ("dnnlib.util", "open_url", "x"),
            ("torch_utils.persistence", "import_hook", "x"), ("evil", "evil"), ("antigravity", "x"),
            ("torch_utils.persistence", "_reconstruct_persistent_obj.__globals__"),
            ("keras.saving", "load_model", "x"), ("webbrowser", "open", "x"),
        )
    },
    "a name of two parts": pkl(text("os"), text("system"), b"\x93", text("touch executed"), b"\x85R"),
    "source of a network": g_ema(state(b"}"), module_src=text(RUN), type=text("class"), version=b"K\x06"),
    "source of TensorFlow 1": tf1(build_module_src=text(RUN), static_kwargs=items(evil=b"N")),
    "an array of a kind": pkl(call("numpy.core.multiarray", "_reconstruct", name("os", "system"))),
    "an array called": pkl(array(), text("x"), b"\x85R"),
    "a type called": pkl(dtype(), text("x"), b"\x85R"),
    "a network called": pkl(module(state()), text("x"), b"\x85R"),
    "a network of TensorFlow 1 called": pkl(network(), text("x"), b"\x85R"),
    "state of a function": pkl(
        name("torch_utils.persistence", "_reconstruct_persistent_obj"), items(__code__=b"N"), b"b"
    ),
    "state of a class": pkl(name("numpy", "dtype"), items(__init__=b"N"), b"b"),
    "state of a network": pkl(network(), items(set_state=b"N", __class__=b"N"), b"b)\x81"),
    "state of slots": pkl(network(), b"N", items(attributes=b"N"), b"\x86b"),
    "pickle in a storage": g_ema(state(_parameters=items(w=blob(pickle.dumps(print))))),
    "call in a storage": weight(
        blob(storage_file(extra=call("os", "system", text("touch executed")) + b"0"))
    ),
    "network in a storage": weight(blob(storage_file(extra=module(state()) + b"0"))),
    "EXT1": pkl(b"\x82\x01"), "EXT2": pkl(b"\x83\x01\x01"), "EXT4": pkl(b"\x84\x01\x01\x01\x01"),
    "INST": pkl(b"(", text("touch executed"), b"ios\nsystem\n"),
    "OBJ": pkl(b"(", name("collections", "OrderedDict"), text("touch executed"), b"o"),
    "NEWOBJ_EX": pkl(name("dnnlib.tflib.network", "Network"), b")", items(a=b"N"), b"\x92"),
    "PERSID": pkl(b"Pos.system\n"), "BINPERSID": pkl(text("os.system"), b"Q"),
    "NEXT_BUFFER": pkl(b"\x97"), "READONLY_BUFFER": pkl(b"C\x01x\x98"), "DUP": pkl(b"N2\x86"),
}  # fmt: skip

LENGTHS = {
    "LONG1 of 255": pkl(b"\x8a\xff\x01"),
    "LONG4 of 2^31": pkl(b"\x8b\xff\xff\xff\x7f\x01"),
    "LONG4 of -1": pkl(b"\x8b\xff\xff\xff\xff\x01"),
    "LONG of a million digits": pkl(b"L" + b"9" * 10**6 + b"L\n"),
    "INT of a million digits": pkl(b"I" + b"9" * 10**6 + b"\n"),
    "FLOAT of a million digits": pkl(b"F" + b"9" * 10**6 + b"x\n"),
    "BINSTRING of -1": pkl(b"T\xff\xff\xff\xffx"),
    "BINBYTES of 2^32": pkl(b"B\xff\xff\xff\xffx"),
    "BINUNICODE of 2^32": pkl(b"X\xff\xff\xff\xffx"),
    **{
        f"{opcode} of 2^{bits}": pkl(code + struct.pack("<Q", 2**bits), b"x")
        for opcode, code in (
            ("BINBYTES8", b"\x8e"), ("BINUNICODE8", b"\x8d"), ("BYTEARRAY8", b"\x96"), ("FRAME", b"\x95"),
        )
        for bits in (33, 40, 62, 63)
    },
    "PUT of 4000 digits": pkl(b"Np1" + b"0" * 4000 + b"\n"),
    "PUT of -1": pkl(b"Np-1\n"),
    "LONG_BINPUT of 2^32": pkl(b"Nr\xff\xff\xff\xff", b"0" * 2),
    "GET of 2^31": pkl(b"Nj\xff\xff\xff\x7f"),
    "STRING of escapes": pkl(b"S'" + b"\\x41" * 10**5 + b"'\n"),
    "UNICODE of escapes": pkl(b"V" + b"\\u0041" * 10**5 + b"\n"),
    "no UTF-8": pkl(b"X\x02\x00\x00\x00\xff\xfe"),
    "a name of a megabyte": pkl(name("x" * 10**6, "y" * 10**6)),
    "a million instructions": pkl(b"N0" * 500_000, b"N"),
    "half a million dictionaries": pkl(b"}" * 520_000, b"N"),
    "half a million networks": pkl(name("dnnlib.tflib.network", "Network"), b"q\x000", b"h\x00)\x81" * 174_000),
    "protocol 255": pkl(b"N", head=b"\x80\xff"),
    "empty": b"", "only an end": b".", "a text": b"no network at all", "zeros": bytes(1000),
}  # fmt: skip


def shared(count, one):
    """A list of references to the same thing, which lies in the memo at 0."""
    return b"](" + one * count + b"e"


MODULO = 2**61 - 1  # of Python's hashes of numbers
LONG = 2**22

TIME = {
    "lists as networks": pkl(items(G_ema=LISTS)),
    "lists to a network": pkl(ENDLESS, items(a=AGAIN, G_ema=module(AGAIN))),
    "lists as a name of a class": g_ema(state(), AGAIN, before=ENDLESS),
    "lists as a setting": setting(AGAIN),
    "lists in a tuple as a setting": setting(AGAIN + AGAIN + b"\x86"),
    "a network as a setting": setting(module(items(x=AGAIN))),
    "lists as settings": g_ema(state(AGAIN), before=ENDLESS),
    "lists as an unknown setting": g_ema(state(items(**SETTINGS, x=AGAIN)), before=ENDLESS),
    "lists as settings without names": g_ema(state(_init_args=AGAIN), before=ENDLESS),
    "lists as weights": weights(items(w=AGAIN), before=ENDLESS),
    "lists as parts": g_ema(state(_modules=items(b=AGAIN)), before=ENDLESS),
    "settings to compare": pkl(
        ENDLESS,
        items(G_ema=module(state(items(**SETTINGS, x=AGAIN))),
              G=module(state(items(**SETTINGS, x=LISTS)))),
    ),
    "settings of TensorFlow 1 to compare": pkl(
        *(network(build_func_name=text(f"{kind}_main"), static_kwargs=items(x=LISTS)) for kind in "GDG"),
        b"\x87",
    ),
    "lists as a function": tf1(ENDLESS, build_func_name=AGAIN),
    "lists as a version": tf1(ENDLESS, version=AGAIN),
    "lists as variables": tf1(ENDLESS, variables=AGAIN),
    "lists as a variable": variable(AGAIN, ENDLESS),
    "lists as a type": pkl(ENDLESS, call("numpy", "dtype", AGAIN)),
    "lists as a shape": weight(shape=AGAIN, before=ENDLESS),
    "lists as a state of an array": pkl(ENDLESS, array(shape=AGAIN)),
    "tuples to hash": pkl(b"}", TUPLES, b"K\x01s"),
    "a list that holds itself": pkl(b"]q\x00h\x00a"),
    "a setting that holds itself": setting(b"h\x00", b"]q\x00h\x00a0"),
    "a network that holds itself": pkl(
        b"}q\x00", text("_modules"), items(a=module(b"h\x00"), b=module(b"h\x00"))[:-1], b"us0",
        items(G_ema=module(items(_init_kwargs=items(**SETTINGS), _modules=items(a=module(b"h\x00"))))),
    ),
    "components that hold themselves": pkl(
        network(), b"q\x00", items(components=items(a=b"h\x00", b=b"h\x00")), b"b0h\x00",
        network(build_func_name=text("D_main")), b"h\x00\x87",
    ),
    "deep lists": pkl(nested(200_000)),
    "deep settings": setting(nested(100_000), b""),
    "deep tuples": setting(nested(100_000, b"", b"\x85"), b""),
    "a number of a megabyte as a key": pkl(
        integer(1 << 8 * 10**6), b"q\x000", b"}(", b"h\x00N" * 100_000, b"u"
    ),
    "equal texts of megabytes as keys": pkl(
        text("x" * LONG), b"q\x000", text("x" * LONG), b"q\x010", b"}(", b"h\x00N", b"h\x01N" * 100_000, b"u"
    ),
    "numbers of one hash as keys": pkl(
        b"}(", *(integer(n * MODULO) + b"N" for n in range(60_000)), b"u"
    ),
    "numbers of one hash in the memo": pkl(b"N", *(b"p%d\n" % (n * MODULO) for n in range(60_000))),
    "weights of 2^15 parts": g_ema(
        state(_modules=b"}(" + b"".join(text(f"{n}") + b"h\x01" for n in range(2**15)) + b"u"),
        before=items(**{f"{n}": b"N" for n in range(2**15)}) + b"q\x000"
        + module(items(_parameters=b"h\x00")) + b"q\x010",
    ),
    "parts of parts of parts": g_ema(
        state(_modules=b"h\x07"),
        before=b"}q\x000" + b"".join(
            b"}(" + b"".join(text(f"{i}") + module(items(_modules=b"h" + bytes([n]))) for i in range(30))
            + b"uq" + bytes([n + 1]) + b"0" for n in range(7)
        ),
    ),
    "variables of 2^15 components": tf1(
        b"](" + (text("a") + b"G" + bytes(8) + b"\x86") * 2**15 + b"eq\x000"
        + network(variables=b"h\x00") + b"q\x010",
        components=b"}(" + b"".join(text(f"{n}") + b"h\x01" for n in range(2**15)) + b"u",
    ),
    "a list given 2^17 times": pkl(
        shared(BIG, b"N"), b"q\x000", name("dnnlib.util", "EasyDict"), b"q\x010",
        b"h\x01h\x00\x85R0" * BIG, b"N",
    ),
    "a tuple given 2^16 times": pkl(
        b"(" + b"N" * BIG + b"tq\x000", name("torch", "device"), b"q\x010", b"h\x01h\x00R0" * 2**16, b"N"
    ),
    "a state given 2^16 times": pkl(
        items(**{f"{n}": b"N" for n in range(2**15)}), b"q\x000", network(), b"h\x00b" * 2**16
    ),
    "a text encoded 2^16 times": pkl(
        text("x" * LONG), b"q\x000", text("latin1"), b"q\x010", name("_codecs", "encode"), b"q\x020",
        b"h\x02h\x00h\x01\x86R0" * 2**16, b"N",
    ),
    "a storage read 2^16 times": pkl(
        text("x" * 99), b"0B", struct.pack("<I", len(storage_file())), storage_file(), b"q\x000",
        name("torch.storage", "_load_from_bytes"), b"q\x010", b"h\x01h\x00\x85R0" * 2**16, b"N",
    ),
    "storages of many instructions": weights(items(**{
        f"{n}": blob(storage_file(extra=b"N0" * 2**16)) for n in range(20)
    })),
    "20,000 storages": weights(items(**{f"{n}": blob(storage_file()) for n in range(20_000)})),
    "sides of a megabyte": weight(
        shape=b"(" + b"h\x00" * 32 + b"t", strides=b"(" + b"K\x01" * 32 + b"t",
        before=integer(1 << 8 * 10**6) + b"q\x000",
    ),
    "sides of an array of a megabyte": variable(
        array(shape=b"(" + b"h\x00" * 32 + b"t"), integer(1 << 8 * 10**6) + b"q\x000"
    ),
}  # fmt: skip
