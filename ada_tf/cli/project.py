"""Find pictures of your own in a trained generator.

    ada-project runs/00000-photos-auto --target=me.png --outdir=me
    ada-project runs/00000-photos-auto --target=me.png,you.jpg --space=w+ --outdir=us
    ada-project runs/00000-photos-auto --target=me.png --tune --outdir=me
    ada-project runs/00001-digits-cond-tiny --class=7 --target=seven.png --outdir=seven
    ada-film runs/00000-photos-auto --ws=us/projected_w.npz --out=us.webp

The program first projects a picture of the generator's own, that of --check_seed: what fails there fails
with any picture. Each target is turned, cropped and resized as training pictures are, and gets a folder
in --outdir:

    projected_w.npz   the latent, for --ws of other programs
    projection.png    target, projection and, with --tune, that of the tuned generator
    report.json       likeness, and the flags of the search
    network           the tuned generator (--tune), for all programs

outdir/projected_w.npz and outdir/report.json have those of all targets. The same command goes on where it
was interrupted. From w to w+ to --tune pictures come nearer and are worse to edit.
"""

import contextlib
import dataclasses
import functools
import pathlib
import sys

from ada_tf.cli import _program, _values
from ada_tf.cli._flags import option, texts_of
from ada_tf.cli._generator import OfLabels
from ada_tf.cli._marking import Marked
from ada_tf.cli._pictures import SELF_CHECK
from ada_tf.errors import UserError
from ada_tf.files import printable, writing
from ada_tf.inference.latents import MAX_SEED, PROJECTION_SPACES
from ada_tf.metrics.features.networks import WEIGHT_FILES

DISTANCES = ("auto", "lpips", "lite0", "pixels")
_WEIGHTS = ("vgg16", "lpips", "lite0")


def _targets(name: str, given: str) -> dict[str, pathlib.Path]:
    """Name of the folder of each picture -> its path.

    Raises:
        UserError: one is no path, or two have one name.
    """
    named = {}
    for path in _values.paths(name, given):
        if path.stem in named or path.stem == SELF_CHECK or path.stem.startswith("."):
            raise UserError(
                f"{name}={printable(path)!r}: results are named by the picture, and the name"
                f" {printable(path.stem)!r} is taken; rename it."
            )
        named[path.stem] = path
    return named


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(OfLabels, Marked):
    """Flags of ada-project."""

    target: dict[str, pathlib.Path] = option(
        help="Pictures, with commas.", read=_targets, example="me.png"
    )
    outdir: pathlib.Path = option(help="Folder of the results.", read=_values.path, example="out")
    space: str = option(
        PROJECTION_SPACES[0],
        "Latents: one for all layers, or one for each.",
        choices=PROJECTION_SPACES,
    )
    steps: int = option(1000, "Steps of the search, for each picture.", at_least=1)
    lr: float = option(0.1, "Learning rate of the search.", at_least=0)
    starts: int | None = option(
        None,
        "Random pictures; the search begins at the nearest of them. 0 begins at the mean, as the paper"
        " does. Default: 10000 up to 64 x 64 pixels, fewer of larger ones.",
        at_least=0,
    )
    tries: int = option(4, "Searches, from this many of the nearest; the best is kept.", at_least=1)
    tune: bool = option(False, "Bend a copy of the generator to each picture.")
    tune_steps: int = option(350, "Steps of --tune.", at_least=1)
    tune_lr: float = option(3e-4, "Learning rate of --tune.", at_least=0)
    distance: str = option(
        DISTANCES[0],
        "Measure of likeness. auto: pixels below 64 pixels a side; else the first that is here of LPIPS,"
        " EfficientNet-Lite0 beside pixels, pixels.",
        choices=DISTANCES,
    )
    weight_files: dict = texts_of(
        {WEIGHT_FILES[name].flag: f"Weight file of {name}." for name in _WEIGHTS}
    )
    download: bool = option(False, "Fetch weights that are not here.")
    cache_dir: str | None = option(
        None, "Folder of weights; default: the user's cache.", read=_values.text
    )
    self_check: bool = option(True, "Project a picture of the generator first.")
    check_seed: int = option(1, "Seed of that picture.", at_least=0, at_most=MAX_SEED)
    seed: int = option(0, "Seed of the noise of the search.", at_least=0, at_most=2**63 - 1)
    batch: int = option(
        1,
        "Pictures at a time, for machines that are faster so; a batch that is interrupted is lost.",
        at_least=1,
    )
    overwrite: bool = option(False, "Replace results of the same names.")

    @property
    def weights(self) -> dict[str, str | None]:
        """Network of a distance -> its weight file."""
        return {name: self.weight_files[WEIGHT_FILES[name].flag] for name in _WEIGHTS}


def main(flags: Flags) -> None:
    """Project the pictures."""
    flags.check()
    _values.check_folder("outdir", flags.outdir)

    from ada_tf.cli._projecting import Projecting
    from ada_tf.locks import alone_in

    trained = flags.open()
    label = flags.label_of(trained.label_space, flags.class_, flags.label)
    # Refuses what it must before the work.
    work = Projecting(flags, trained, label)
    _values.make_folder("outdir", flags.outdir)
    with contextlib.ExitStack() as stack:
        with writing(flags.outdir):
            stack.enter_context(alone_in(flags.outdir, functools.partial(_wait, flags.outdir)))
        work.run()
    print(f"Wrote {_values.counted(len(flags.target), 'projection')} to {printable(flags.outdir)}")


def _wait(outdir) -> None:
    print(f"Waiting for another process in {printable(outdir)} ...", file=sys.stderr, flush=True)


def run() -> None:
    """Entry point of `ada-project`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
