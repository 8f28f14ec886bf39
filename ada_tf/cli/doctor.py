"""Say what state a run is in, and what to do: a finished one, or one that is being trained.

    ada-doctor runs/00000-photos-auto
    ada-doctor runs/00000-photos-auto --page=state.html
    ada-doctor runs/00000-photos-auto --json
    ada-doctor runs/00000-photos-auto --pictures=false

It reads what training has written, and makes some hundred pictures with the newest network. The most
important finding comes first. Nothing in the run is changed. What each finding means, and where its
limit comes from, is told in docs/doctor.md. The exit status is 0 whatever is found, and 2 after a
mistake.
"""

import json
import pathlib
import sys

from absl import flags

from ada_tf.cli import _program, _values
from ada_tf.files import check_local


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    add = {"flag_values": values}
    flags.DEFINE_string("network", None, "Run directory; --network= may be left out.", **add)
    flags.DEFINE_string(
        "page",
        None,
        "Write one HTML file: what was found, pictures over time, curves. It needs nothing else.",
        **add,
    )
    flags.DEFINE_boolean(
        "pictures",
        True,
        "Look at pictures; without, only numbers are read, and the answer comes at once.",
        **add,
    )
    flags.DEFINE_boolean("overwrite", False, "Replace the file of --page.", **add)
    flags.DEFINE_boolean(
        "json", False, "Print one JSON object; words go to the other output, stderr.", **add
    )


def main(argv, values=flags.FLAGS) -> None:
    """Flags to findings."""
    run = _values.run_of(argv, values.network)
    _values.require(("network", run, "runs/00000-photos-auto"))
    check_local("RUN", run)  # a network from the web has no run around it
    page = None if values.page is None else pathlib.Path(values.page)
    if page is not None:
        check_local("page", values.page)
        if not values.overwrite:
            _values.refuse_taken("page", page.parent, [page.name])
    from ada_tf.diagnosis.diagnosis import diagnose
    from ada_tf.diagnosis.run_evidence import read_run

    evidence, exhibits = read_run(
        run, values.pictures, log=lambda line: print(line, file=sys.stderr)
    )
    diagnosis = diagnose(pathlib.Path(run).resolve().name, evidence)
    print(json.dumps(diagnosis.json, indent=2) if values.json else diagnosis.text)
    if page is not None:
        from ada_tf.diagnosis.run_page import run_page
        from ada_tf.files import printable, write_text, writing

        _values.make_folder("page", page.parent)
        with writing(page):
            write_text(page, run_page(diagnosis, exhibits))
        print(f"Wrote {printable(page)}", file=sys.stderr)


def run() -> None:
    """Entry point of `ada-doctor`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
