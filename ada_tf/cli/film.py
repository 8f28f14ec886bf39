"""Write a film of a trained generator, which loops, or of a training.

    ada-film runs/00000-photos-auto --seeds=0-5 --seconds=4 --out=walk.webp
    ada-film runs/00000-photos-auto --seeds=0-23 --grid=3x2 --trunc=0.7 --fps=24 --out=walk.mp4
    ada-film runs/00000-photos-auto --seeds=3 --path=circle --out=circle.gif
    ada-film runs/00000-photos-auto --seeds=0-5 --grid=3x2 --sweep=-0.5,1 --out=truncation.webp
    ada-film runs/00001-digits-cond-tiny --class=0/1/2 --seeds=7 --out=digits.webp
    ada-film runs/00000-photos-auto --ws=me.npz,you.npz --seconds=2 --out=both.webp
    ada-film runs/00000-photos-auto --training --seconds=10 --grid=3x2 --out=training.webp

Stops are the seeds, then the latents of --ws, at equal times; after the last comes the first. Several
classes or attributes stand with a / between them; the shorter list of them and of the seeds starts over.
--path is the way from stop to stop: spline (no corners) and straight go through w; slerp goes on great
circles in z and mixes labels; circle takes one seed once round a great circle in z.

The ending decides the kind of file: .webp keeps alpha; .gif has 256 colours a frame, alpha on white;
.mp4 has alpha on white and needs pip install 'ada_tf[film]'. --training shows the fakes*.png of the run,
and needs no network.
"""

import dataclasses
import itertools
import math
import pathlib
import re

import numpy as np

from ada_tf.cli import _generator, _pictures, _program, _values
from ada_tf.cli._directions import Steered
from ada_tf.cli._flags import option
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.inference.latents import FILM_PATHS
from ada_tf.marking import Mark, name_of

_MAX_FRAMES = 10**6
_MAX_PSI = 10  # for --sweep; pictures are noise long before
_MAX_CELLS = 4096  # loops that people can look at
# Flags of a generator, which --training does not have.
_OF_GENERATORS = (
    "seeds", "ws", "trunc", "trunc_towards", "class", "label", "direction", "directions",
    "noise_mode", "path", "sweep",
)  # fmt: skip


def _grid(name: str, given: str) -> tuple[int, int]:
    """(columns, rows) of "3x2"."""
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", given)
    columns, rows = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= columns * rows <= _MAX_CELLS:
        raise UserError(
            f"{name}={printable(given)[:80]!r} must be columns x rows, such as 3x2, at most {_MAX_CELLS}"
            " together."
        )
    return columns, rows


def _sweep(name: str, given: str) -> tuple[float, float]:
    """Two truncations of "0,1"."""
    try:
        low, high = (float(part) for part in given.split(","))
    except ValueError:
        low = high = math.nan
    if not max(abs(low), abs(high)) <= _MAX_PSI:  # NaN is not
        raise UserError(
            f"{name}={printable(given)[:80]!r} must be two numbers of {-_MAX_PSI} to {_MAX_PSI}, such as 0,1."
        )
    return low, high


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Steered):
    """Flags of ada-film."""

    seeds: list[int] = option((), "Stops of the film, such as 1,2,5-10.", read=_values.seeds)
    ws: list[pathlib.Path] = option(
        (),
        "Files of latents of ada-project, such as a.npz,b.npz: stops instead of --seeds or after them."
        " --trunc leaves them as they are.",
        read=_values.paths,
    )
    out: pathlib.Path = option(
        help="Film, which ends in .webp, .gif or .mp4.", read=_values.path, example="walk.webp"
    )
    seconds: float = option(4.0, "Length of the loop.")
    fps: float = option(30.0, "Frames a second; at most 50 in a .gif.")
    path: str = option(FILM_PATHS[0], "Way from stop to stop.", choices=FILM_PATHS)
    grid: tuple[int, int] | None = option(
        None,
        "Columns x rows of films that are shown at once, such as 3x2; the seeds are dealt out to them.",
        read=_grid,
    )
    sweep: tuple[float, float] | None = option(
        None,
        "Truncation psi from one number to another and back, such as 0,1, instead of --trunc.",
        read=_sweep,
    )
    training: bool = option(False, "Show how the images of the run became what they are.")
    overwrite: bool = option(False, "Replace a file of the same name.")

    def __post_init__(self):
        frames = self.seconds * self.fps
        if not 2 <= round(frames) <= _MAX_FRAMES:
            raise UserError(
                f"seconds={self.seconds:g} at fps={self.fps:g} are {frames:g} frames; a film has 2 to"
                f" {_MAX_FRAMES}."
            )
        from ada_tf.films.film_file import format_of

        format_of(self.out, self.fps, "out")
        if self.training:
            self._check_training()
            return
        _generator.require_seeds(self, "seeds", "ws")
        if self.sweep is not None and "trunc" in self.given:
            raise UserError(f"trunc={self.trunc:g} does not go with --sweep; give one.")
        super().__post_init__()

    def _check_training(self):
        """Refuse flags of generators."""
        found = next((name for name in _OF_GENERATORS if name in self.given), None)
        if found is not None:
            raise UserError(
                f"{found} does not go with --training, which shows the pictures of a run; give one."
            )

    def check(self):
        """See `OfNetwork.check`; --training wants a run directory."""
        super().check()
        if self.training and not pathlib.Path(self.network).is_dir():
            raise UserError(
                f"RUN={printable(self.network)!r} must be a run directory with --training, which shows"
                " its pictures."
            )

    @property
    def frames(self) -> int:
        """Number of frames of a loop."""
        return round(self.seconds * self.fps)

    @property
    def pictures(self) -> int:
        """Number of pictures that are made."""
        return self.frames * self.pictures_in_frame

    @property
    def pictures_in_frame(self) -> int:
        """See `OfImages.pictures_in_frame`; a frame is held whole."""
        return math.prod(self.grid or (1, 1))


def main(flags: Flags) -> None:
    """Write the film."""
    flags.check()
    out = flags.out
    if not flags.overwrite:
        _values.refuse_taken("out", out.parent, [out.name])
    _values.check_folder("out", out.parent)
    frames, count, fps, mark = (_training_film_of if flags.training else _loop_of)(flags)
    _values.make_folder("out", out.parent)

    from ada_tf.films.film_file import save_film

    alone = (frame[np.newaxis] for frame in frames)
    watched = itertools.chain.from_iterable(_pictures.watched(alone, count, flags.trunc, "film"))
    save_film(watched, out, fps, flags.overwrite, mark)
    print(f"Wrote {_values.counted(count, 'frame')}, {count / fps:.3g} s, to {printable(out)}")


def _loop_of(flags: Flags):
    """(frames, how many, frames a second, mark) of a loop through a generator.

    Raises:
        UserError: the flags ask for no film, or the generator cannot make it.
    """
    from ada_tf.inference.film import film

    trained = flags.open()
    labels = _labels_of(flags, trained)
    generator = flags.load(trained)
    given = [ws for _, ws in _generator.latents_in(flags.ws, generator)]
    frames = film(
        generator,
        flags.frames,
        seeds=flags.seeds,
        ws=np.concatenate(given) if given else None,
        labels=labels,
        path=flags.path,
        truncation_psi=flags.trunc if flags.sweep is None else flags.sweep,
        truncation=flags.trunc_towards,
        grid=flags.grid or (1, 1),
        edit=flags.edit_of(generator),
        noise_mode=flags.noise_mode,
        batch=flags.batch,
    )
    mark = flags.mark_of(generator, trained.name, "ada-film", f"film{flags.out.suffix}")
    return frames, flags.frames, flags.fps, mark


def _training_film_of(flags: Flags):
    """(frames, how many, frames a second, mark) of the pictures of a run.

    Raises:
        UserError: there are no pictures.
    """
    from ada_tf.inference.training_film import pictures_of_run, training_film

    frames = training_film(flags.network, flags.frames, grid=flags.grid)
    count = min(flags.frames, len(pictures_of_run(flags.network)))
    mark = None if flags.leaves_marks_out() else Mark(network=name_of(flags.network))
    return frames, count, count / flags.seconds, mark


def _labels_of(flags: Flags, trained):
    """The labels of the stops, a list of one or more as `film` takes them; None without, or if drawn.

    Raises:
        UserError: there is no such label, or one is missing.
    """
    space = trained.label_space
    drawn = flags.class_ is None and flags.label is None
    if not flags.seeds or not space.label_dim or drawn:
        return flags.labels_of(trained, flags.seeds)
    classes = _parts(flags.class_, space.class_names)
    attributes = _parts(flags.label)
    count = max(len(classes), len(attributes))
    labels = [
        flags.label_of(space, classes[k % len(classes)], attributes[k % len(attributes)])
        for k in range(count)
    ]
    if all(isinstance(label, int) for label in labels):
        return labels
    # One mixture makes vectors of all labels.
    vectors = [space.vector({k: 1.0}, {}) if isinstance(k, int) else k for k in labels]
    return [[float(number) for number in vector] for vector in vectors]


def _parts(text: str | None, names=()) -> list[str | None]:
    """Labels between slashes; a name may have a slash of its own."""
    return [text] if text is None or text in names else text.split("/")


def run() -> None:
    """Entry point of `ada-film`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
