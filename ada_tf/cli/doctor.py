"""Name the state of a run, finished or in training, and a remedy.

    ada-doctor runs/00000-photos-auto
    ada-doctor runs/00000-photos-auto --page=state.html
    ada-doctor runs/00000-photos-auto --json
    ada-doctor runs/00000-photos-auto --pictures=false
    ada-doctor --machine

The program reads the files of the training and makes some hundred pictures with the newest network. The
most important finding comes first. Nothing in the run is changed. docs/doctor.md explains each finding
and its limit. With --machine it tries what training needs of this machine instead. The exit status is 0
whatever is found, and 2 after a mistake.
"""

import dataclasses
import json
import pathlib
import sys

from ada_tf.cli import _program, _values
from ada_tf.cli._flags import Flags as Base
from ada_tf.cli._flags import option
from ada_tf.cli._generator import RUN
from ada_tf.errors import UserError
from ada_tf.files import printable


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Base):
    """Flags of ada-doctor."""

    network: pathlib.Path | None = option(
        None,
        help="Run directory; --network= may be left out.",
        read=_values.path,
        positional="RUN",
        example=RUN,
    )
    page: pathlib.Path | None = option(
        None,
        "Write one HTML file, which needs nothing else: findings, pictures over time, curves.",
        read=_values.path,
    )
    pictures: bool = option(
        True, "Look at pictures; without, only numbers are read, and the answer comes at once."
    )
    overwrite: bool = option(False, "Replace the file of --page.")
    machine: bool = option(
        False,
        "Name versions and cards, and try a convolution of each kind, instead of looking at a run.",
    )
    json: bool = option(False, "Print one JSON object to stdout, and words to stderr.")

    def check(self) -> None:
        """Refuse a run that is not there, and a page that is."""
        if (self.network is None) != self.machine:
            given = (
                f"RUN={printable(self.network)!r} and --machine"
                if self.machine
                else "RUN is missing"
            )
            raise UserError(f"{given}: give a run directory, or --machine without one.")
        if self.machine:
            return
        if self.page is not None and not self.overwrite:
            _values.refuse_taken("page", self.page.parent, [self.page.name])
        if (
            not self.network.exists()
            and not self.network.with_name(f"{self.network.name}.index").exists()
        ):
            raise UserError(
                f"RUN={printable(self.network)!r} does not exist; give a run directory."
            )


def main(flags: Flags) -> None:
    """Print the findings."""
    flags.check()
    if flags.machine:
        _look_at_machine(flags.json)
        return
    from ada_tf.diagnosis.diagnosis import diagnose
    from ada_tf.diagnosis.run_evidence import read_run

    evidence, exhibits = read_run(
        str(flags.network), flags.pictures, log=lambda line: print(printable(line), file=sys.stderr)
    )
    diagnosis = diagnose(flags.network.resolve().name, evidence)
    print(json.dumps(diagnosis.json, indent=2) if flags.json else diagnosis.text)
    if flags.page is not None:
        from ada_tf.diagnosis.run_page import run_page
        from ada_tf.files import write_text, writing

        _values.make_folder("page", flags.page.parent)
        with writing(flags.page):
            write_text(flags.page, run_page(diagnosis, exhibits), flags.overwrite)
        print(f"Wrote {printable(flags.page)}", file=sys.stderr)


def _look_at_machine(as_json: bool) -> None:
    from ada_tf.diagnosis import machine

    trials = []
    for trial in machine.look():
        trials.append(trial._asdict())
        if not as_json:
            print(trial, flush=True)
    if as_json:
        print(json.dumps(trials, indent=2))


def run() -> None:
    """Entry point of `ada-doctor`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
