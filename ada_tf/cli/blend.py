"""Write a generator with the low resolutions of one network and the high ones of another.

    ada-blend creatures runs/00000-neon-tiny-from_creatures --at=16 --out=blended
    ada-blend faces runs/00003-portraits-auto-from_faces --at=32 --width=2 --out=toons
    ada-generate blended --seeds=0-15 --grid --outdir=out

LOW places things, HIGH paints them. Both must have one shape. One should be trained from the other
(--resume), or both from a third; strangers get a warning. The result is a network folder, which every
program reads. A seed means there what it means in LOW.
"""

import dataclasses
import os
import pathlib
import sys

from ada_tf.cli import _program, _values
from ada_tf.cli._flags import Flags as Base
from ada_tf.cli._flags import option
from ada_tf.cli._generator import ACCEPTED
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.inference.latents import BLEND_SIDES

EXAMPLE = "ada-blend creatures runs/00000-photos-tiny-from_creatures --at=16 --out=blended"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Base):
    """Flags of ada-blend."""

    low: str = option(
        help="Network of the low resolutions.",
        read=_values.network,
        positional="LOW",
        has_flag=False,
        example=EXAMPLE,
    )
    high: str = option(
        help="Network of the high resolutions.",
        read=_values.network,
        positional="HIGH",
        has_flag=False,
        example=EXAMPLE,
    )
    at: int = option(
        help="First resolution that HIGH gives: 8, 16, 32, ... (pixels, of squares).", example="16"
    )
    width: float = option(
        0.0, "Resolutions over which one passes into the other; 0 is sharp.", at_least=0
    )
    mapping: str = option(
        BLEND_SIDES[0], "Network that gives latents and labels.", choices=BLEND_SIDES
    )
    out: pathlib.Path = option(
        help="A new folder for the network.", read=_values.path, example="blended"
    )

    def check(self) -> None:
        """Refuse paths that lead nowhere, and a folder that is taken."""
        if self.low == self.high:
            warn("LOW and HIGH are one network, and so is their blend.")
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise UserError(f"{printable(self.out)} is there already; give a new folder.")
        for name, network in (("LOW", self.low), ("HIGH", self.high)):
            _values.check_is_there(name, network, ACCEPTED)


def warn(sentence: str) -> None:
    """Print a warning."""
    print(f"warning: {sentence}", file=sys.stderr)


def main(flags: Flags) -> None:
    """Write the network."""
    flags.check()
    from ada_tf.inference.blend import blend

    path = blend(
        _values.fetched(flags.low),
        _values.fetched(flags.high),
        os.fspath(flags.out),
        at=flags.at,
        width=flags.width,
        mapping=flags.mapping,
        warn=warn,
    )
    print(f"Wrote {printable(path)}")


def run() -> None:
    """Entry point of `ada-blend`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
