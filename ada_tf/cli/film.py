"""Write a film of a trained generator that can be looped, or of a training.

    ada-film runs/00000-photos-auto --seeds=0-5 --seconds=4 --out=walk.webp
    ada-film runs/00000-photos-auto --seeds=0-23 --grid=3x2 --trunc=0.7 --fps=24 --out=walk.mp4
    ada-film runs/00000-photos-auto --seeds=3 --path=circle --out=circle.gif
    ada-film runs/00000-photos-auto --seeds=0-5 --grid=3x2 --sweep=-0.5,1 --out=truncation.webp
    ada-film runs/00001-digits-cond-tiny --class=0/1/2 --seeds=7 --out=digits.webp
    ada-film runs/00000-photos-auto --ws=me.npz,you.npz --seconds=2 --out=both.webp
    ada-film runs/00000-photos-auto --training --seconds=10 --grid=3x2 --out=training.webp

The film goes through its stops at equal times, and from the last to the first again. Stops are the seeds,
then the latents of --ws; classes and attributes one after the other are written with a / between them, and
the shorter list of them and of the seeds starts over. --path says how it gets from stop to stop: spline
(without corners) and straight in w, where classes are mixed with the rest; slerp on great circles in z,
while the labels are mixed themselves; circle takes one seed once round a great circle in z.

The name says the kind of file: .webp, which keeps alpha; .gif, 256 colours a frame, alpha on white; .mp4, which
takes pip install 'ada_tf[film]', alpha on white. --training needs no network: its frames are the
fakes*.png of the run, and it ends where training did.
"""

import itertools
import math
import pathlib
import re

import numpy as np
from absl import flags

from ada_tf.cli import _asking, _pictures, _program, _steering, _values
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable
from ada_tf.inference.latents import FILM_PATHS

MAX_FRAMES = 10**6
MAX_PSI = 10  # of a sweep; pictures are noise long before
MAX_CELLS = 4096  # loops that people can look at
# Flags that --training does not go with.
OF_GENERATORS = (
    "seeds", "ws", "trunc", "trunc_towards", "class", "label", "direction", "directions",
    "noise_mode", "path", "sweep",
)  # fmt: skip


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    _asking.define(
        values, "network", "seeds", "ws", "trunc", "trunc_towards", "class", "label", "direction",
        "directions", "noise_mode", "batch", "overwrite",
    )  # fmt: skip
    add = {"flag_values": values}
    flags.DEFINE_string("out", None, "Film, which ends in .webp, .gif or .mp4.", **add)
    flags.DEFINE_float("seconds", 4.0, "How long it takes until it begins again.", **add)
    flags.DEFINE_float("fps", 30.0, "Frames a second; at most 50 in a .gif.", **add)
    flags.DEFINE_enum("path", FILM_PATHS[0], FILM_PATHS, "The way from stop to stop.", **add)
    flags.DEFINE_string(
        "grid",
        None,
        "Columns x rows of films that are shown at once, such as 3x2; the seeds are dealt out to them.",
        **add,
    )
    flags.DEFINE_string(
        "sweep",
        None,
        "Truncation psi from one number to another and back, such as 0,1, instead of --trunc.",
        **add,
    )
    flags.DEFINE_boolean(
        "training", False, "The images of the run as they became what they are.", **add
    )


def main(argv, values=flags.FLAGS) -> None:
    """Flags to a film."""
    network = _asking.network_of(argv, values)
    _values.require(("out", values.out, "walk.webp"))
    check_local("out", values.out)
    out, count = pathlib.Path(values.out), frame_count(values.seconds, values.fps)

    from ada_tf.films.film_file import kind_of, save_film

    kind_of(out, values.fps, "out")
    if not values.overwrite:
        _values.refuse_taken("out", out.parent, [out.name])
    film_of = training_film_of if values.training else loop_of
    frames, count, fps = film_of(values, network, count)
    _values.make_folder("out", out.parent)
    alone = (frame[np.newaxis] for frame in frames)
    watched = itertools.chain.from_iterable(_pictures.watched(alone, count, values, "film"))
    save_film(watched, out, fps)
    print(f"Wrote {count} frames, {count / fps:.3g} seconds, to {printable(out)}")


def loop_of(values, network: str, count: int):
    """(frames, how many, frames a second) of what a generator is asked for.

    Raises:
        UserError: the flags ask for no film, or the generator cannot make it.
    """
    seeds, grid = _asking.seeds_of(values), grid_of(values.grid) or (1, 1)
    steering = _steering.steering_of(values, network)
    psi = values.trunc if values.sweep is None else sweep_of(values)

    from ada_tf.inference.film import film
    from ada_tf.inference.generate import generator_of

    trained = _asking.open_network(network)
    labels = labels_of(values, trained, seeds)
    generator = generator_of(trained)
    given = [ws for _, ws in _asking.files_of(values, generator, "ws")]
    frames = film(
        generator,
        count,
        seeds=seeds,
        ws=np.concatenate(given) if given else None,
        labels=labels,
        path=values.path,
        truncation_psi=psi,
        truncation=values.trunc_towards,
        grid=grid,
        edit=steering.edit_of(generator),
        noise_mode=values.noise_mode,
        batch=values.batch,
    )
    return frames, count, values.fps


def training_film_of(values, network: str, count: int):
    """The same of the pictures of a run; all of its pictures, if they are not more than frames.

    Raises:
        UserError: there are no pictures, or flags that are of generators alone.
    """
    for name in OF_GENERATORS:
        if values[name].present:
            raise UserError(
                f"{name} does not go with --training, which shows what there is; give one."
            )
    from ada_tf.inference.training_film import pictures_of_run, training_film

    frames = training_film(network, count, grid=grid_of(values.grid))
    count = min(count, len(pictures_of_run(network)))
    return frames, count, count / values.seconds


def labels_of(values, trained, seeds):
    """The labels of the stops, a list of one or more as `film` takes them; None without labels.

    Raises:
        UserError: there is no such label, or one is missing.
    """
    space = trained.label_space
    if not seeds or not space.label_dim:
        return _asking.labels_of(values, trained, seeds)
    classes = _parts(values["class"].value, space.class_names)
    attributes = _parts(values.label)
    count = max(len(classes), len(attributes))
    labels = [
        _values.label_of(space, classes[k % len(classes)], attributes[k % len(attributes)])
        for k in range(count)
    ]
    if all(isinstance(label, int) for label in labels):
        return labels
    # A class among mixtures is a vector as they are.
    vectors = [space.vector({k: 1.0}, {}) if isinstance(k, int) else k for k in labels]
    return [[float(number) for number in vector] for vector in vectors]


def _parts(text: str | None, names=()) -> list[str | None]:
    """What stands between slashes, of which a name may have one."""
    return [text] if text is None or text in names else text.split("/")


def frame_count(seconds: float, fps: float) -> int:
    """How many frames a film has.

    Raises:
        UserError: there are too few, or too many.
    """
    frames = seconds * fps
    if not (math.isfinite(frames) and 2 <= round(frames) <= MAX_FRAMES):
        raise UserError(
            f"seconds={seconds:g} at fps={fps:g} are {frames:g} frames; a film has 2 to {MAX_FRAMES}."
        )
    return round(frames)


def grid_of(text: str | None) -> tuple[int, int] | None:
    """(columns, rows) of --grid.

    Raises:
        UserError: it is something else.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", text)
    columns, rows = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= columns * rows <= MAX_CELLS:
        raise UserError(
            f"grid={printable(text)[:80]!r} must be columns x rows, such as 3x2, at most {MAX_CELLS}"
            " together."
        )
    return columns, rows


def sweep_of(values) -> tuple[float, float]:
    """The two numbers of --sweep.

    Raises:
        UserError: they are something else, or --trunc is given, too.
    """
    if values["trunc"].present:
        raise UserError(f"trunc={values.trunc:g} does not go with --sweep; give one.")
    try:
        low, high = (float(part) for part in values.sweep.split(","))
    except ValueError:
        low = high = math.nan
    if not max(abs(low), abs(high)) <= MAX_PSI:  # NaN is not
        raise UserError(
            f"sweep={printable(values.sweep)[:80]!r} must be two numbers of {-MAX_PSI} to {MAX_PSI}, such"
            " as 0,1."
        )
    return low, high


def run() -> None:
    """Entry point of `ada-film`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
