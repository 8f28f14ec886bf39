"""Print what pictures and films say of themselves, and make them again.

    ada-inspect out/seed0007.png
    ada-inspect out/*.png walk.webp --json
    ada-inspect out/seed0007.png --network=runs/00000-photos-auto

A file of this package says that it was generated, by which network, and how it is made again; docs/marking.md.
Files: PNG, WebP, GIF, MP4, JPEG, TIFF. Generated pictures of other programs that say so are known, too.
With --network the file is made again and compared; files of latents or directions that it took are given
by --ws, --rows_ws, --cols_ws or --directions.

Exit status: 0, or 1 if a file does not say that it was generated, or is not the same when made again.
"""

import contextlib
import dataclasses
import functools
import json
import pathlib
import sys
import tempfile

from ada_tf.cli import _program, _values
from ada_tf.cli._flags import Flags as Base
from ada_tf.cli._flags import option
from ada_tf.cli._marking import FILES, HASH, told_by
from ada_tf.errors import UserError
from ada_tf.files import printable, sha256_of
from ada_tf.marked_files import read_mark
from ada_tf.marking import COMPOSITE, Mark

_PROGRAMS = ("ada-generate", "ada-mix", "ada-film")
# What a mark, which may be a stranger's, has made again: pictures, their pixels, and those of a frame.
MOST_PICTURES, MOST_PIXELS, MOST_OF_FRAME = 10_000, 2**30, 2**26


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Base):
    """Flags of ada-inspect."""

    files: tuple[str, ...] = option(
        help="Pictures and films.",
        positional="FILE",
        has_flag=False,
        example="ada-inspect out/seed0007.png",
        repeated=True,
    )
    network: str | None = option(
        None,
        "Run, checkpoint, network folder or name: make the files again, and compare.",
        read=_values.network,
    )
    ws: list[pathlib.Path] = option(
        (), "Latents that --ws of ada-generate took.", read=_values.paths
    )
    rows_ws: list[pathlib.Path] = option((), "Likewise of ada-mix.", read=_values.paths)
    cols_ws: list[pathlib.Path] = option((), "Likewise of ada-mix.", read=_values.paths)
    directions: pathlib.Path | None = option(
        None, "Directions that the files took, if they are not those of the run.", read=_values.path
    )
    json: bool = option(False, "Print JSON.")


def main(flags: Flags) -> None:
    """Print what the files say."""
    good, told, network = True, [], flags.network and _Opened(flags.network)
    for path in flags.files:
        mark = read_mark(path)
        record = {"path": str(path), "generated": mark is not None}
        lines = [f"{printable(path)}: {_in_words(mark)}"]
        if mark is None:
            good = False
        else:
            record |= dataclasses.asdict(mark) | {"flags": dict(mark.flags)}
            lines += _details(mark)
            if network is not None:
                same, sentence = _made_again(path, mark, flags, network)
                record |= {"same": same, "compared": sentence}
                lines.append(f"  made again: {sentence}")
                good = good and same
        told.append(record)
        if not flags.json:
            print("\n".join(lines), flush=True)
    if flags.json:
        print(json.dumps(told, indent=2))
    if not good:
        sys.exit(1)


def _in_words(mark: Mark | None) -> str:
    if mark is None:
        return "does not say that it was generated"
    kind = "generated, beside real pictures" if mark.source == COMPOSITE else "generated"
    return f"{kind}, by {printable(mark.program)}" if mark.program else kind


def _details(mark: Mark) -> list[str]:
    rows = [("network", mark.network), ("sha256", mark.sha256), ("made by", mark.line)]
    return [f"  {name}: {printable(text)}" for name, text in rows if text]


class _Opened:
    """A network that is found and loaded once, however many files are made again.

    Args:
        given: as --network has it.
    """

    def __init__(self, given: str):
        self.given = given

    @functools.cached_property
    def trained(self):
        """Networks as they were found; none is built."""
        from ada_tf.inference.open_networks import open_trained

        return open_trained(_values.fetched(self.given))

    @functools.cached_property
    def generator(self):
        """Its averaged generator."""
        from ada_tf.inference.generate import generator_of

        return generator_of(self.trained)

    @functools.cached_property
    def sha256(self) -> str:
        """The hash of its weights."""
        from ada_tf.models.weights_hash import hash_of

        return hash_of(self.generator)

    def flags_of(self, kind):
        """The flags of a program that opens this network."""
        opening = {"open": lambda _: self.trained, "load": lambda *_: self.generator}
        return type(kind.__name__, (kind,), opening)


def _made_again(path, mark: Mark, flags: Flags, network: _Opened) -> tuple[bool, str]:
    """Make a file again: True if it is the same, and that in words.

    Raises:
        UserError: it cannot be made again, asks for too much, or the network is another one.
    """
    if mark.command not in _PROGRAMS:
        raise UserError(
            f"{printable(path)} does not say how it is made again; files of {', '.join(_PROGRAMS)} do."
        )
    from ada_tf.cli import _command_line

    words = _words(mark, flags, path)
    program = _program_of(mark)
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder, "made", pathlib.PurePath(mark.file).name)
        out = f"--out={made}" if mark.command == "ada-film" else f"--outdir={folder}/made"
        words = [network.given, *words, out, "--mark=none"]
        call = _command_line.parse(network.flags_of(program.Flags), [mark.command, *words])
        _check_work(path, mark, call, network)
        if mark.sha256 != network.sha256:
            raise UserError(
                f"network={printable(network.given)!r} has the hash {network.sha256[:16]},"
                f" {printable(path)} is of {printable(mark.sha256[:16])}; give its own."
            )
        with contextlib.redirect_stdout(None):
            program.main(call)
        if not made.is_file():
            raise UserError(
                f"{printable(path)} says that it was called {printable(mark.file)!r}, which"
                f" {mark.command} does not write."
            )
        return _compared(path, made)


def _check_work(path, mark: Mark, call, network: _Opened) -> None:
    """Refuse a file that asks for more than somebody who only looks at it would wait for.

    Args:
        path: of the file.
        mark: what it says.
        call: flags of the program.
        network: found after the pictures are counted, and not built.

    Raises:
        UserError: it asks for more pictures, or larger frames.
    """
    # Rows of classes or attributes are bounded by the grid, `ada_tf.inference.label_rows.MOST`.
    count, in_frame, size = call.pictures, call.pictures_in_frame, ""
    good = count <= MOST_PICTURES
    if good:
        shape = network.trained.architecture.shape
        pixels, size = shape.height * shape.width, f" of {shape.width}x{shape.height}"
        good = count * pixels <= MOST_PIXELS and in_frame * pixels <= MOST_OF_FRAME
    if not good:
        raise UserError(
            f"{printable(path)} says that {mark.command} made {count} pictures{size} for it; made again"
            f" are at most {MOST_PICTURES}, {MOST_PIXELS} pixels, and {MOST_OF_FRAME} in a frame: call"
            f" {mark.command} yourself."
        )


def _words(mark: Mark, flags: Flags, path) -> list[str]:
    """The flags that make a file again, with the files that it took.

    Raises:
        UserError: one of them is missing, or another one; a flag is none that a picture has.
    """
    words, known = [], told_by(_program_of(mark).Flags)
    for name, text in mark.flags:
        if name not in known:
            raise UserError(
                f"{printable(path)} gives {mark.command} the flag {name}, which no mark has; it is not"
                " made again."
            )
        file = name.removesuffix(HASH)
        if file not in FILES:
            words.append(f"--{name}={text}")
            continue
        given = getattr(flags, file)
        paths = given if isinstance(given, list) else [given] if given else []
        hashes = ",".join(sha256_of(one)[:16] for one in paths if one.is_file())
        if paths and hashes != text:
            raise UserError(f"{file}: its hash is {hashes}, where {printable(path)} took {text}.")
        if not paths and text:
            raise UserError(
                f"{printable(path)} took files with the hashes {text}; give them by --{file}=FILE."
            )
        words.append(f"--{file}={','.join(map(str, paths))}")
    return words


def _program_of(mark: Mark):
    """The module of the program that a mark names, one of `_PROGRAMS`."""
    from ada_tf.cli import film, generate, mix

    return {"ada-generate": generate, "ada-mix": mix, "ada-film": film}[mark.command]


def _compared(path, made: pathlib.Path) -> tuple[bool, str]:
    """Compare two pictures or films, frame by frame."""
    import itertools

    import numpy as np

    largest, others, pixels = 0, 0, 0
    for one, two in itertools.zip_longest(_frames(path), _frames(made)):
        if one is None or two is None or one.shape != two.shape:
            return False, "of another size or length"
        apart = np.abs(one.astype(np.int32) - two.astype(np.int32))
        largest, others = max(largest, int(apart.max())), others + int(np.count_nonzero(apart))
        pixels += apart.size
    if not largest:
        return True, "the same to the bit"
    return False, f"{others / pixels:.2%} of the numbers differ, by at most {largest}"


def _frames(path):
    """The frames of a picture or film, arrays of integers."""
    import numpy as np
    import PIL.Image
    import PIL.ImageSequence

    if pathlib.Path(path).suffix.lower() == ".mp4":
        import av

        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield frame.to_ndarray(format="rgb24")
        return
    from ada_tf.data.decode import open_image

    with open(path, "rb") as file, open_image(file) as image:
        if getattr(image, "n_frames", 1) > 1:
            for frame in PIL.ImageSequence.Iterator(image):
                yield np.asarray(frame.convert("RGBA"))
        else:
            yield np.asarray(image)


def run() -> None:
    """Entry point of `ada-inspect`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
