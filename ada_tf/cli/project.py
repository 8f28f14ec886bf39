"""Find pictures of your own in a trained generator.

    ada-project runs/00000-photos-auto --target=me.png --outdir=me
    ada-project runs/00000-photos-auto --target=me.png,you.jpg --space=w+ --outdir=us
    ada-project runs/00000-photos-auto --target=me.png --tune --outdir=me
    ada-project runs/00001-digits-cond-tiny --class=7 --target=seven.png --outdir=seven
    ada-film runs/00000-photos-auto --ws=us/projected_w.npz --out=us.webp

First a picture that the generator itself makes, that of --check_seed, is projected, and it is said how well
that went: what fails there fails with any picture. Then each target, turned, cropped and resized as
training pictures are, becomes a folder of --outdir: projected_w.npz for --ws of other programs,
projection.png (the target, what the generator makes of that latent and, with --tune, what the tuned one
does), report.json, and with --tune network, the tuned generator, for all programs. outdir/projected_w.npz
has the latents of all, outdir/report.json what is known of them. The same command goes on where it was
interrupted. Wider spaces come nearer and are worse to edit: w, w+, --tune.
"""

import contextlib
import pathlib

from absl import flags

from ada_tf.cli import _asking, _program, _values
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, writing
from ada_tf.inference.latents import PROJECTION_SPACES
from ada_tf.metrics.features.networks import WEIGHT_FILES

DISTANCES = ("auto", "lpips", "lite0", "pixels")
WEIGHTS = ("vgg16", "lpips", "lite0")
CHECK = "self_check"


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    _asking.define(values, "network", "outdir", "class", "label", "overwrite")
    add = {"flag_values": values}
    integer, at_least_1 = flags.DEFINE_integer, {"lower_bound": 1, **add}
    flags.DEFINE_list("target", None, "Pictures, with commas.", **add)
    flags.DEFINE_enum(
        "space",
        PROJECTION_SPACES[0],
        PROJECTION_SPACES,
        "One latent for all layers, or one for each.",
        **add,
    )
    integer("steps", 1000, "Of the search, for each picture.", **at_least_1)
    flags.DEFINE_float("lr", 0.1, "Learning rate of the search.", lower_bound=0, **add)
    integer(
        "starts",
        None,
        "Random pictures, of which the search begins at the nearest; 0 begins at the mean, as the paper"
        " does. Default: 10000 up to 64 x 64 pixels, fewer of larger ones.",
        lower_bound=0,
        **add,
    )
    integer("tries", 4, "Searches, from as many of the nearest; the best is kept.", **at_least_1)
    flags.DEFINE_boolean("tune", False, "Bend a copy of the generator to each picture.", **add)
    integer("tune_steps", 350, "Of --tune.", **at_least_1)
    flags.DEFINE_float("tune_lr", 3e-4, "Learning rate of --tune.", lower_bound=0, **add)
    flags.DEFINE_enum(
        "distance",
        DISTANCES[0],
        DISTANCES,
        "Who says how alike pictures are; auto: pixels below 64 pixels a side, and else the first that is"
        " here of LPIPS, EfficientNet-Lite0 beside pixels, pixels.",
        **add,
    )
    for name in WEIGHTS:
        flags.DEFINE_string(WEIGHT_FILES[name].flag, None, f"Weight file of {name}.", **add)
    flags.DEFINE_boolean("download", False, "Fetch weights that are not here.", **add)
    flags.DEFINE_string("cache_dir", None, "Folder of weights; default the user's cache.", **add)
    flags.DEFINE_boolean("self_check", True, "Project a picture of the generator first.", **add)
    integer("check_seed", 1, "Of that picture.", lower_bound=0, upper_bound=2**32 - 1, **add)
    integer("seed", 0, "Of the noise of the search.", lower_bound=0, upper_bound=2**63 - 1, **add)
    integer(
        "batch",
        1,
        "Pictures at a time, for machines that are faster so; what is interrupted is lost together.",
        **at_least_1,
    )


def main(argv, values=flags.FLAGS) -> None:
    """Flags to latents."""
    network = _asking.network_of(argv, values)
    _values.require(("target", values.target, "me.png"))
    outdir = _asking.outdir_of(values)
    targets = names_of(values.target)

    from ada_tf.cli._projecting import Projecting
    from ada_tf.locks import alone_in

    trained = _asking.open_network(network)
    label = _values.label_of(trained.label_space, values["class"].value, values.label)
    # Refuses what it must before the work.
    work = Projecting(values, trained, label, targets, outdir)
    _values.make_folder("outdir", outdir)
    with contextlib.ExitStack() as stack:
        with writing(outdir):
            stack.enter_context(alone_in(outdir))
        work.run()
    print(f"Wrote {len(targets)} projection{'s' * (len(targets) > 1)} to {printable(outdir)}")


def names_of(targets) -> dict[str, pathlib.Path]:
    """Name of the folder of each picture -> its path.

    Raises:
        UserError: one is no path, or two have one name.
    """
    named = {}
    for target in targets:
        check_local("target", target)
        path = pathlib.Path(target)
        if path.stem in named or path.stem == CHECK or path.stem.startswith("."):
            raise UserError(
                f"target={printable(target)!r}: results are named by the picture, and the name"
                f" {printable(path.stem)!r} is taken; rename it."
            )
        named[path.stem] = path
    return named


def run() -> None:
    """Entry point of `ada-project`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
