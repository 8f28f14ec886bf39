"""Write a trained generator in a format that runs, or trains on, elsewhere.

    ada-export runs/00000-photos-auto --out=exported
    ada-export runs/00000-photos-auto --format=onnx --weights=float16 --out=faces
    ada-export runs/00000-photos-auto --format=web --out=faces.html
    ada-export runs/00000-photos-auto --format=network --out=photos-network

RUN is as for ada-generate; the averaged weights are exported. docs/export.md has a section on each
format.
"""

import dataclasses
import pathlib

from ada_tf.cli import _page, _program, _values
from ada_tf.cli._flags import option
from ada_tf.cli._generator import OfNetwork
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.interop.export.export_formats import FORMATS, takers
from ada_tf.interop.export.folders import check_carried, check_network
from ada_tf.models.config import TRUNCATIONS

_MAX_BATCH = 1024


def _listed(flag: str) -> str:
    """The formats that take a flag, as a sentence lists them."""
    *others, last = takers(flag)
    return f"{', '.join(others)} or {last}" if others else last


def _of_some(flag: str, help: str, default=None, **more):
    """A flag that only some formats take; its help names them."""
    return option(default, lambda: f"{help} ({_listed(flag)} alone).", **more)


def _weights() -> list[str]:
    """Numbers that some format stores weights in."""
    return list(dict.fromkeys(numbers for row in FORMATS.values() for numbers in row.weights))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(OfNetwork):
    """Flags of ada-export."""

    out: pathlib.Path = option(help="Folder of the result.", read=_values.path, example="exported")
    format: str = option(
        next(iter(FORMATS)),
        lambda: "; ".join(f"{name}: {row.help}" for name, row in FORMATS.items()) + ".",
        choices=FORMATS,
    )
    weights: str | None = _of_some(
        "weights",
        "Numbers of the file; float16 halves it and moves pixels by a few levels of 255 at most",
        choices=_weights,
    )
    batch: int | None = _of_some(
        "batch",
        "The only number of pictures a call; default: any, or 1 where there has to be one",
        at_least=1,
        at_most=_MAX_BATCH,
    )
    licence: str | None = _of_some(
        "licence", "Licence for others, for the README", read=_values.text
    )
    data_licence: str | None = _of_some(
        "data_licence", "Licence of the training pictures, for the README", read=_values.text
    )
    fp32: bool = _of_some(
        "fp32",
        "Compute in float32 throughout, for serving on CPUs, as other formats do; default: as trained",
        False,
    )
    trunc_towards: str | None = _of_some(
        "trunc_towards",
        f"Mean that truncation pulls towards: of the class ({TRUNCATIONS[0]}, the default), or of all"
        " classes, as in published galleries",
        choices=TRUNCATIONS,
    )
    runtime: pathlib.Path | None = _of_some(
        "runtime",
        "Folder of the npm package onnxruntime-web; default: node_modules beside --out or here, and"
        " above",
        read=_values.path,
    )
    directions: pathlib.Path | None = _of_some(
        "directions",
        "File or folder that ada-directions wrote, for sliders; default: the folder directions of RUN,"
        " or else some that are found",
        read=_values.path,
    )
    overwrite: bool = _of_some("overwrite", "Replace an export of this format", False)

    def __post_init__(self):
        row = FORMATS[self.format]
        for flag in sorted(set().union(*(some.takes for some in FORMATS.values()))):
            given = getattr(self, flag) not in (None, False)
            if given and flag not in row.takes:
                raise UserError(
                    f"{flag} goes with --format={_listed(flag)}, not with {self.format}."
                )
        if self.weights is not None and self.weights not in row.weights:
            raise UserError(
                f"weights={self.weights!r} must be one of {', '.join(row.weights)} with"
                f" --format={self.format}."
            )


def main(flags: Flags) -> None:
    """Write the export."""
    flags.check()
    lines = _WRITERS.get(flags.format, _write_carried)(flags)
    print("\n".join([*lines, f"Wrote {printable(flags.out)}"]))


def _write_carried(flags: Flags) -> list[str]:
    """Write a format that computes elsewhere; its report in lines."""
    check_carried(flags.out, flags.format, flags.overwrite)
    from ada_tf.inference.export import export_generator
    from ada_tf.inference.generate import generator_of
    from ada_tf.metrics.card_facts import facts_of

    trained = flags.open()
    row = FORMATS[flags.format]
    report = export_generator(
        generator_of(trained, fp32=flags.fp32 if row.as_trained else True),
        trained.config,
        flags.out,
        flags.format,
        weights=flags.weights,
        batch=flags.batch,
        truncation=flags.trunc_towards or TRUNCATIONS[0],
        overwrite=flags.overwrite,
        facts=facts_of(trained, _name_of(flags.out), flags.licence, flags.data_licence),
    )
    return report.lines()


def _write_web(flags: Flags) -> list[str]:
    """Write a page; its size in words."""
    runtime = _page.runtime_of(flags.runtime, [flags.out.parent, pathlib.Path.cwd()])
    _page.write_page(
        flags,
        flags.out,
        runtime,
        weights=flags.weights,
        truncation=flags.trunc_towards,
        directions=flags.directions,
        overwrite=flags.overwrite,
    )
    files = [flags.out] if flags.out.is_file() else list(flags.out.iterdir())
    return [f"Size: {sum(file.stat().st_size for file in files) / 1e6:.3g} MB."]


def _write_network(flags: Flags) -> list[str]:
    """Write a network folder with its README."""
    check_network(flags.out)
    from ada_tf.inference.export import card_pictures
    from ada_tf.inference.generate import generator_of
    from ada_tf.inference.open_networks import as_network
    from ada_tf.interop import network_folder
    from ada_tf.interop.network_folder import About
    from ada_tf.metrics.card_facts import facts_of

    trained = flags.open()
    facts = facts_of(trained, _name_of(flags.out), flags.licence, flags.data_licence)
    about = trained.about or About(name="")
    # A network that is written anew, in halves for one, still comes from where it came from.
    carried = ("name", "origin", "licence", "data_licence", "images", "kimg")
    about = dataclasses.replace(about, **{field: getattr(facts, field) for field in carried})
    network_folder.write(
        as_network(trained, about, _GROUPS[flags.format]),
        flags.out,
        flags.weights or FORMATS[flags.format].weights[0],
        facts,
        card_pictures(generator_of(trained, fp32=True)),
    )
    return []


def _name_of(out: pathlib.Path) -> str:
    """Name of an export: that of its folder, or of the folder of its versions."""
    path = out.absolute()
    return path.parent.name if path.name.isdecimal() and path.parent.name else path.name


# A discriminator knows the training pictures: it leaves for --resume alone.
_GROUPS = {"keras": ("generator_ema",), "network": ("generator_ema", "discriminator")}
# Other formats have a `writer` in their row.
_WRITERS = {"keras": _write_network, "network": _write_network, "web": _write_web}


def run() -> None:
    """Entry point of `ada-export`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
