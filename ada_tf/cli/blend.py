"""Write a generator with the low resolutions of one network and the high ones of another.

    ada-blend creatures runs/00000-neon-tiny-from_creatures --at=16 --out=blended
    ada-blend faces runs/00003-portraits-auto-from_faces --at=32 --width=2 --out=toons
    ada-generate blended --seeds=0-15 --grid --outdir=out

LOW gives what the images are of, HIGH how they are painted; they must be of one shape, and one trained
from the other (--resume), or both from a third: with strangers there is a warning. The result is a network
folder, which every program reads; a seed is there what it is in LOW.
"""

import pathlib
import sys

from absl import flags

from ada_tf.cli import _program, _values
from ada_tf.errors import UserError
from ada_tf.files import check_local, is_web_address, printable
from ada_tf.inference.latents import BLEND_SIDES


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    add = {"flag_values": values}
    flags.DEFINE_integer(
        "at",
        None,
        "The first resolution that is of HIGH: 8, 16, 32, ... (of squares: pixels).",
        **add,
    )
    flags.DEFINE_float(
        "width",
        0.0,
        "Over how many resolutions it passes from one to the other; 0 is sharp.",
        lower_bound=0,
        **add,
    )
    flags.DEFINE_enum(
        "mapping", BLEND_SIDES[0], BLEND_SIDES, "Whose latents and labels it has.", **add
    )
    flags.DEFINE_string("out", None, "A new folder for the network.", **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to one network."""
    if len(argv) < 3:
        raise UserError(
            f"{'LOW' if len(argv) < 2 else 'HIGH'} is missing; give two networks, for example ada-blend"
            " creatures runs/00000-photos-tiny-from_creatures --at=16 --out=blended."
        )
    _values.require(("at", values.at, "16"), ("out", values.out, "blended"))
    check_local("out", values.out)
    for name, network in zip(("LOW", "HIGH"), argv[1:3], strict=True):
        if not is_web_address(network):
            check_local(name, network)
    out = pathlib.Path(values.out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):  # better said before than after
        raise UserError(f"{printable(out)} is there already; give a new folder.")

    from ada_tf.inference.blend import blend

    path = blend(
        *map(_values.fetched, argv[1:3]),
        values.out,
        at=values.at,
        width=values.width,
        mapping=values.mapping,
        warn=lambda sentence: print(f"warning: {sentence}", file=sys.stderr),
    )
    print(f"Wrote {printable(path)}")


def run() -> None:
    """Entry point of `ada-blend`."""
    define_flags()
    _program.run(main, positionals=("LOW", "HIGH"))


if __name__ == "__main__":
    run()
