"""Files that somebody made to do harm: one row each, (how to write it, what is said about it).

A row writes below an empty folder and returns the source to give to ada_tf. What is said is a
regular expression, or the number of images that open all the same.
"""

import bz2
import io
import os
import pathlib
import struct
import zipfile
import zlib

from tests.data import samples

SIDE = 16
ROWS = {}


def row(said, *arguments, rows=ROWS):
    """Enter a function, called with the folder and the arguments, into a table."""

    def enter(write):
        extra = " ".join(str(argument)[:40] for argument in arguments[:2])
        rows[f"{len(rows)} {write.__name__} {extra!a}"] = (
            lambda folder: write(folder, *arguments),
            said,
        )
        return write

    return enter


def encoded(seed=0) -> bytes:
    """An image as PNG."""
    buffer = io.BytesIO()
    samples.noise(seed, (SIDE, SIDE)).save(buffer, "png")
    return buffer.getvalue()


# ---------------------------------------------------------------------------- dataset.json

LABELS = r"dataset\.json cannot be read as class labels"


@row(LABELS, '{"labels":' + "[" * 100_000)
@row(LABELS, '{"labels": [["a.png", ' + "9" * 5000 + "]]}")
@row(LABELS, "[]")
@row(LABELS, "{}")
@row(LABELS, "null")
@row(LABELS, "")
@row(LABELS, "\0" * 100)
@row(LABELS, '{"labels": 7}')
@row(LABELS, '{"labels": [7]}')
@row(LABELS, '{"labels": [["a.png", 0, 1]]}')
@row(LABELS, '{"labels": [[["a.png"], 0]]}')
@row("has the label 1000000000; labels must be", '{"labels": [["a.png", 1000000000]]}')
@row("has the label -1", '{"labels": [["a.png", -1]]}')
@row("has the label True", '{"labels": [["a.png", true]]}')
@row("has the label 0.5", '{"labels": [["a.png", 0.5]]}')
@row("has the label nan", '{"labels": [["a.png", NaN]]}')
@row("has the label 'xxx.*[.][.][.];", '{"labels": [["a.png", "' + "x" * 10_000 + '"]]}')
@row(r"has the label \[1, nan\]", '{"labels": [["a.png", [1, NaN]]]}')
@row("numbers wide; must be at most 4096", '{"labels": [["a.png", [' + "0," * 5000 + "0]]]}")
@row("must be a list of 1 names", '{"labels": [["a.png", [1]]], "attributes": [["x"], 7]}')
@row(
    r"has the attribute \[\[\.\.\.\]\];",
    '{"labels": [["a.png", [1]]], "attributes": [' + "[" * 50 + "]" * 50 + "]}",
)
@row(1, '{"labels": [["../../a.png", 0]]}')
def labels(folder, text):
    samples.folder(folder, ["a.png"])
    (folder / "dataset.json").write_text(text)
    return folder


@row(LABELS, "giant")
@row(1, "pipe")
@row(1, "device")
@row(1, "folder")
def labels_that_are(folder, kind):
    samples.folder(folder, ["a.png"])
    path = folder / "dataset.json"
    {
        "giant": lambda: (path.touch(), os.truncate(path, 2**40)),
        "pipe": lambda: os.mkfifo(path),
        "device": lambda: path.symlink_to("/dev/zero"),
        "folder": path.mkdir,
    }[kind]()
    return folder


# ------------------------------------------------------------------------------ labels.csv


@row("has a line of more than 1048576 characters", "," * 2**26)
@row("has a first row of 6000 fields", "file" + ",x" * 5999)
@row(r"field larger than field limit", "file,x\na.png," + "1" * 200_000)
@row("has more than 1048576 rows", "f,x\n" + "".join(f"{n:x},1\n" for n in range(2**20 + 1)))
@row("has 100001 classes", "f,x\n" + "".join(f"{n},c{n}\n" for n in range(100_001)))
@row(
    "holds labels that are 5001 numbers wide",
    "f,x,y\n" + "".join(f"{n},c{n},1\n" for n in range(5000)),
)
@row("cannot be read as a table of labels", "f,x\na.png,\ud800\n")
@row("cannot be read as a table of labels", 'f,x\na.png,"')
@row(r"has '\\x1b\[31m' in row 3", "f,x\na.png,1\nb.png,\x1b[31m\n")
@row(r"has the attribute 'a\\tb'", "f,a\tb\na.png,1\n")
@row(r"has 'inf' in row 2", "f,x\na.png,inf\n")
@row(1, "f,x\na.png,1\n../../etc/passwd,1\n")
def table(folder, text):
    samples.folder(folder, ["a.png"])
    (folder / "labels.csv").write_bytes(text.encode(errors="surrogatepass"))
    return folder


@row("labels.csv cannot be read as a table of labels", "giant")
@row(1, "pipe")
def table_that_is(folder, kind):
    samples.folder(folder, ["a.png"])
    path = folder / "labels.csv"
    {"giant": lambda: (path.touch(), os.truncate(path, 2**40)), "pipe": lambda: os.mkfifo(path)}[
        kind
    ]()
    return folder


# ------------------------------------------------------------------------------- zip files


def written(folder, members: dict, **arguments) -> pathlib.Path:
    """A zip file of these members."""
    path = folder / "set.zip"
    with zipfile.ZipFile(path, "w", **arguments) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def patched(path, name: str, *changes) -> pathlib.Path:
    """Overwrite fields of a member: (offset in local header, in directory, format, value)."""
    data = bytearray(path.read_bytes())
    encoded_name = name.encode()
    local = data.index(encoded_name) - 30  # both headers end in the name, after so many bytes
    central = data.rindex(encoded_name) - 46
    for in_local, in_directory, kind, value in changes:
        struct.pack_into(kind, data, local + in_local, value)
        struct.pack_into(kind, data, central + in_directory, value)
    path.write_bytes(data)
    return path


ENCRYPTED = (6, 8, "<H", 1)


@row("none of its 1 images can be read", (ENCRYPTED,))
@row("none of its 1 images can be read", ((14, 16, "<I", 7),))
@row("none of its 1 images can be read", ((8, 10, "<H", 99),))
@row("would unpack to 536870913 bytes", ((22, 24, "<I", 2**29 + 1), (18, 20, "<I", 2**29 + 1)))
@row("cannot be read as a zip file .zip file version 9.9", ((4, 6, "<H", 99),))
@row("would unpack to 4294967294 bytes", ((22, 24, "<I", 2**32 - 2),))
def picture_in_zip(folder, changes):
    return patched(written(folder, {"a.png": encoded()}), "a.png", *changes)


@row(LABELS, (ENCRYPTED,))
@row(LABELS, ((14, 16, "<I", 7),))
@row(LABELS, ((22, 24, "<I", 2**27), (18, 20, "<I", 2**27)))
def labels_in_zip(folder, changes):
    path = written(folder, {"a.png": encoded(), "dataset.json": '{"labels": [["a.png", 0]]}'})
    return patched(path, "dataset.json", *changes)


@row("cannot be read as a zip file", b"")
@row("cannot be read as a zip file", b"PK\5\6" + bytes(17))
@row("cannot be read as a zip file", b"PK\5\6" + b"\xff" * 18)
@row("holds no images", b"PK\5\6" + bytes(18))
def bytes_of_zip(folder, data):
    (folder / "set.zip").write_bytes(data)
    return folder / "set.zip"


@row("cannot be read as a zip file")
def zip_cut_short(folder):
    path = written(folder, {"a.png": encoded()})
    os.truncate(path, path.stat().st_size - 30)
    return path


@row("would unpack to")
def zip_whose_members_are_one(folder):
    """Ten thousand names for the same 100 kB, which would unpack to a terabyte."""
    path = written(folder, {"a.png": bytes(2**27)}, compression=zipfile.ZIP_DEFLATED)
    data = path.read_bytes()
    end = data.rindex(b"PK\5\6")
    start = struct.unpack_from("<I", data, end + 16)[0]
    entry, tail = data[start:end], bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, 10_000, 10_000, 10_000 * len(entry))
    path.write_bytes(data[:start] + entry * 10_000 + tail)
    return path


@row("none of its 1 images can be read")
def zip_that_unpacks_to_more_than_it_says(folder):
    """It says 10 bytes and unpacks to a gigabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(2**10)) + packer.flush()
    path = written(folder, {"a.png": packed})
    return patched(path, "a.png", (8, 10, "<H", zipfile.ZIP_DEFLATED), (22, 24, "<I", 10))


@row("none of its 1 images can be read")
def zip_of_a_method_that_unpacks_everything(folder):
    path = written(folder, {"a.png": bz2.compress(bytes(2**28))})
    return patched(path, "a.png", (8, 10, "<H", zipfile.ZIP_BZIP2), (22, 24, "<I", 10))


@row(4)
def zip_of_names_that_leave_it(folder):
    names = ("../../a.png", "/etc/b.png", "c\n.png", "d/../e.png", "f\x1b[31m.png", "ok/g.png")
    return written(folder, {name: encoded(seed) for seed, name in enumerate(names)})


@row("holds no images")
def zip_of_zips(folder):
    return written(
        folder, {f"{i}.zip": written(folder, {"a.png": encoded()}).read_bytes() for i in range(9)}
    )


# --------------------------------------------------------------------------- odd sources


@row("belongs to the operating system", "/proc")
@row("belongs to the operating system", "/proc/self/task")
@row("belongs to the operating system", "/dev")
@row("belongs to the operating system", "/sys")
@row("is of another kind; must be creatures", "/dev/zero")
@row("cannot be read as a data set .File name too long", "/" + "x" * 300)
@row("does not exist", "a\0b")
def place(folder, path):
    return path


@row("is of another kind; must be creatures")
def pipe(folder):
    os.mkfifo(folder / "set.zip")
    return folder / "set.zip"


@row("cannot be read as a data set .Too many levels of symbolic links|does not exist")
def link_to_itself(folder):
    (folder / "set").symlink_to(folder / "set")
    return folder / "set"


@row(2)
def links_to_places_without_end(folder):
    samples.folder(folder, ["a.png", "b/c.png"])
    for number, target in enumerate(("/proc", "/dev", "/sys", folder, folder / "b", "/dev/zero")):
        (folder / f"{number}.png").symlink_to(target)
    return folder


@row(1, b"x" * 250)
@row(1, b"\xff" * 80)
@row(1, b"a\n\x1b[31mb")
@row(1, b"photos[1]*?\\")
@row(1, b"{SPLIT:>1000}%s%(x)s")
@row(1, "\u202e\u0430".encode())
@row(1, b" ")
@row(1, b"-rf")
def folder_called(folder, name):
    return samples.folder(folder / os.fsdecode(name), ["a.png"])


@row(2, [b"x" * 250, b"y" * 250])
@row(2, [b"\xff", b"\xfe"])
@row(2, [b" ", b"  "])
@row("two classes have names that print alike", [b"a\n", b"a\\n"])
def classes_called(folder, names):
    return samples.folder(folder, [f"{os.fsdecode(name)}/a{i}.png" for i, name in enumerate(names)])
