"""Score generated images, and look for copies among them.

    ada-evaluate runs/00000-photos-auto
    ada-evaluate --generated=fakes/ --data=photos/ --outdir=scores
    ada-evaluate runs/00000-photos-auto --metrics=kid5k_full,fid50k_full
    ada-evaluate runs/00000-photos-auto --metrics=kid1k --reference=held_out --features=lite0
    ada-evaluate runs/00000-photos-auto --all --metrics=kid2k_full --features=lite0
    ada-evaluate runs/00000-photos-auto --copies=1000 --fail_on_copies
    ada-evaluate runs/00000-photos-auto-cond --task=classify

RUN is a run directory, a checkpoint without its extension, or a SavedModel. Without --metrics and --copies
the program makes a summary: scores that fit the size of the data, a search for copies, and a verdict.
With --task it trains a small classifier with and without generated pictures instead, see docs/usefulness.md.
Numbers are printed and appended to metric-NAME.jsonl in the run directory, or in --outdir.
docs/metrics.md helps to choose a metric. The exit status is 0, with --fail_on_copies 1 if there are copies
and 3 if that cannot be told, and 2 after a mistake.
"""

import dataclasses
import json
import pathlib
import sys

from ada_tf.cli import _program, _values
from ada_tf.cli._flags import Flags as Base
from ada_tf.cli._flags import option, texts_of
from ada_tf.cli._generator import ACCEPTED
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.metrics.copies import CANNOT_TELL, COPIES, DRAWN, TESTED
from ada_tf.metrics.features import declaration
from ada_tf.metrics.features.networks import NETWORKS, WEIGHT_FILES
from ada_tf.metrics.metric_names import parse_metrics
from ada_tf.metrics.usefulness import GENERATED, REPEATS, TASKS

_STATUS = {COPIES: 1, CANNOT_TELL: 3}  # exit status of --fail_on_copies; 2 is a mistake


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Base):
    """Flags of ada-evaluate."""

    features: str | None = option(
        None,
        f"Network that looks at the images: {', '.join(NETWORKS)}, or the .json file that declares one"
        " of your own, in whose name its metrics end. Default: that of the papers.",
        read=_values.text,
    )
    metrics: str | None = option(
        None,
        "Names with commas, such as kid2k_full,pr2k3_full; default: a summary.",
        read=_values.text,
    )
    network: str | None = option(
        None,
        "Run directory, checkpoint or SavedModel; --network= may be left out.",
        read=_values.network,
        positional="RUN",
    )
    generated: pathlib.Path | None = option(
        None, "Folder or zip of finished images, instead of --network.", read=_values.path
    )
    fit_generated: bool = option(
        False,
        "Resize finished images to the size of the real ones (Lanczos), and show grey ones as colour;"
        " otherwise other sizes are refused.",
    )
    data: str | None = option(
        None, "Real images, as for ada-train; default: those of the run.", read=_values.text
    )
    held_out: str | None = option(
        None,
        "Real images that were not trained on; default: those that the run held out (--validation).",
        read=_values.text,
    )
    cond: bool = option(False, "The data has class labels, for a conditional SavedModel.")
    reference: str | None = option(
        None,
        "Real images that all metrics compare with, whatever their names say.",
        choices=("all", "training", "held_out"),
    )
    all: bool = option(False, "Score every snapshot of the run, and say which is the best.")
    per_class: bool = option(False, "Score each class alone as well.")
    copies: int | None = option(
        None,
        f"Look for copies of training images among this many; default: {TESTED}.",
        at_least=2,
    )
    drawn: int = option(
        DRAWN, "Show this many of them beside their nearest training images.", at_least=1
    )
    fail_on_copies: bool = option(
        False,
        f"Look for copies, and exit with status {_STATUS[COPIES]} if there are, or"
        f" {_STATUS[CANNOT_TELL]} if that cannot be told.",
    )
    task: str | None = option(
        None,
        "Ask whether generated pictures help a network that learns labels: classes and attributes of two"
        " values, or numbers.",
        choices=TASKS,
    )
    task_pictures: int = option(
        GENERATED, "Pictures that the generator makes for --task.", at_least=10
    )
    repeats: int = option(
        REPEATS, "Trainings of each kind for --task, each from other first weights.", at_least=2
    )
    trunc: float = option(1.0, "Truncation psi of the generator; papers score without, at 1.")
    weight_files: dict = texts_of(
        {file.flag: f"Weight file of {name}." for name, file in WEIGHT_FILES.items()}
    )
    download: bool = option(False, "Fetch weights that are not here.")
    outdir: pathlib.Path | None = option(
        None, "Folder of the results; default: the run directory.", read=_values.path
    )
    cache_dir: str | None = option(
        None, "Folder of weights and statistics; default: the user's cache.", read=_values.text
    )
    seed: int = option(0, "Seed of everything random.", at_least=-(2**63), at_most=2**63 - 1)
    batch: int = option(32, "Images at a time.", at_least=1)
    json: bool = option(False, "Print one JSON object to stdout, and words to stderr.")

    def __post_init__(self):
        for name in ("all", "per_class", "reference"):
            if getattr(self, name) and self.metrics is None:
                raise UserError(
                    f"{name}={getattr(self, name)} goes with --metrics; give both, such as"
                    " --metrics=kid1k_full."
                )
        others = ("metrics", "features", "copies", "fail_on_copies", "fit_generated", "cond")
        beside = [name for name in others if self.task is not None and getattr(self, name)]
        if beside:
            raise UserError(f"task={self.task} goes without --{beside[0]}; give one of both.")
        if self.generated is None and self.fit_generated:
            raise UserError("fit_generated=True goes with --generated; give both.")
        if self.network is None and self.trunc != 1:
            raise UserError(
                f"trunc={self.trunc:g} goes with a generator, not with finished images."
            )
        if self.network is None and self.all:
            raise UserError("all=True scores the snapshots of a run; give a run directory.")

    @property
    def weights(self) -> dict[str, str | None]:
        """Key of `WEIGHT_FILES` -> file."""
        return {name: self.weight_files.get(file.flag) for name, file in WEIGHT_FILES.items()}


def main(flags: Flags) -> None:
    """Print the scores, and keep them."""
    features = declaration.chosen(flags.features)
    say = _say_to(sys.stderr if flags.json else sys.stdout)
    if flags.metrics is not None:  # a mistyped name is said before TensorFlow is imported
        parse_metrics(flags.metrics, features, flags.reference)
    if flags.network is not None and flags.generated is None:
        name = "network" if "network" in flags.given else "RUN"
        _values.check_is_there(name, flags.network, f"a SavedModel, {ACCEPTED}")
    if flags.outdir is not None:
        _values.check_folder("outdir", flags.outdir)
    if flags.task is not None:
        _tell_usefulness(flags, say)
        return
    from ada_tf.metrics.evaluate import is_saved_model, open_subject

    if flags.all and is_saved_model(flags.network):
        raise UserError("all=True scores the snapshots of a run; give a run directory.")
    subject = open_subject(
        _values.fetched(flags.network),
        flags.data,
        generated=flags.generated,
        held_out=flags.held_out,
        fit=flags.fit_generated,
        cond=flags.cond,
        truncation_psi=flags.trunc,
        seed=flags.seed,
        batch=flags.batch,
        log=say,
    )
    outdir = flags.outdir or subject.run_dir
    if outdir is not None:
        _values.make_folder("outdir", outdir)
    from ada_tf.cli import _evaluation
    from ada_tf.metrics.copies.copies import copies_verdict

    evaluation = _evaluation.Evaluation(
        subject,
        outdir,
        weights=flags.weights,
        features=features,
        options={"cache_dir": flags.cache_dir, "download": flags.download},
        seed=flags.seed,
        say=say,
    )
    copies, found = flags.copies, None
    if flags.metrics is not None:
        evaluation.score(flags.metrics, flags.reference, flags.all, flags.per_class)
    elif copies is None and not flags.fail_on_copies:
        found = evaluation.summarise(TESTED, flags.drawn)
    if found is None and (copies is not None or flags.fail_on_copies):
        found = evaluation.look_for_copies(copies or TESTED, flags.drawn)
    if flags.json:
        print(json.dumps(evaluation.json, indent=2))
    evaluation.end()
    if flags.fail_on_copies and found.verdict in _STATUS:
        print(f"--fail_on_copies: {copies_verdict(found)}.", file=sys.stderr)
        sys.exit(_STATUS[found.verdict])


def _tell_usefulness(flags: Flags, say) -> None:
    """Try what generated pictures are worth for a task; print it, and keep it."""
    from ada_tf.metrics.usefulness.findings import NAME
    from ada_tf.metrics.usefulness.usefulness import usefulness

    if flags.outdir is not None:
        _values.make_folder("outdir", flags.outdir)
    found = usefulness(
        _values.fetched(flags.network),
        flags.data,
        task=flags.task,
        generated=flags.generated,
        held_out=flags.held_out,
        count=flags.task_pictures,
        repeats=flags.repeats,
        truncation_psi=flags.trunc,
        seed=flags.seed,
        log=say,
    )
    say(*found.describe())
    if flags.json:
        print(json.dumps(found.to_json(), indent=2))
    outdir = flags.outdir or found.run_dir
    if outdir is None:
        say("Nothing is kept; --outdir=FOLDER keeps the numbers, and a figure of them.")
    else:
        found.write(outdir)
        say(f"Wrote {printable(outdir / NAME)}.json")
        try:
            found.draw(outdir)
        except UserError as error:  # the numbers are there
            say(str(error))


def _say_to(file):
    """A function that prints lines, at once."""
    return lambda *lines: print(*lines, sep="\n", file=file, flush=True)


def run() -> None:
    """Entry point of `ada-evaluate`."""
    _program.run(main, Flags, names={"source": "data"})


if __name__ == "__main__":
    run()
