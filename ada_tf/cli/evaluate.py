"""Score generated images, and look for copies among them.

    ada-evaluate runs/00000-photos-auto
    ada-evaluate --generated=fakes/ --data=photos/ --outdir=scores
    ada-evaluate runs/00000-photos-auto --metrics=kid5k_full,fid50k_full
    ada-evaluate runs/00000-photos-auto --metrics=kid1k --reference=held_out --features=lite0
    ada-evaluate runs/00000-photos-auto --all --metrics=kid2k_full --features=lite0
    ada-evaluate runs/00000-photos-auto --copies=1000 --fail_on_copies

A run is a run directory, a checkpoint without its extension, or a SavedModel. Without --metrics and
--copies a summary is made: scores that fit the size of the data, a search for copies, and what both
say. Numbers are printed and appended to metric-NAME.jsonl in the run directory, or in --outdir. Which
metric to choose is told in docs/metrics.md. The exit status is 0, with --fail_on_copies 1 if there are
copies, and 2 after a mistake.
"""

import json
import pathlib
import sys

from absl import flags

from ada_tf.cli import _program, _values
from ada_tf.errors import UserError
from ada_tf.files import check_local
from ada_tf.metrics.copies import DRAWN, TESTED
from ada_tf.metrics.features.networks import NETWORKS, WEIGHT_FILES

COPIES = 1  # exit status of --fail_on_copies


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    add = {"flag_values": values}
    s, b, i = flags.DEFINE_string, flags.DEFINE_boolean, flags.DEFINE_integer
    s(
        "network",
        None,
        "Run directory, checkpoint or SavedModel; --network= may be left out.",
        **add,
    )
    s("generated", None, "Folder or zip of finished images, instead of --network.", **add)
    b("fit_generated", False, "Resize those to the size of the real images (Lanczos), and show grey"
      " ones as colour; otherwise other sizes are refused.", **add)  # fmt: skip
    s("data", None, "Real images, as for ada-train; default: those of the run.", **add)
    s("held_out", None, "Real images that were not trained on; default: those that the run held out"
      " (--validation).", **add)  # fmt: skip
    b("cond", False, "The data has class labels, for a conditional SavedModel.", **add)
    s(
        "metrics",
        None,
        "Names with commas, such as kid2k_full,pr2k3_full; default: a summary.",
        **add,
    )
    flags.DEFINE_enum(
        "reference", None, ["all", "training", "held_out"],
        "Real images that all metrics compare with, whatever their names say.", **add,
    )  # fmt: skip
    s("features", None, f"Who looks at the images: {', '.join(NETWORKS)}, or the .json file that"
      " declares a network of your own; its metrics end in its name. Default: the one of the"
      " papers.", **add)  # fmt: skip
    b("all", False, "Score every snapshot of the run, and say which is the best.", **add)
    b("per_class", False, "Score each class alone as well.", **add)
    i("copies", None, f"Look for copies of training images among so many; default {TESTED}.",
      lower_bound=2, **add)  # fmt: skip
    i("drawn", DRAWN, "Of those, show this many beside their nearest training images.",
      lower_bound=1, **add)  # fmt: skip
    b(
        "fail_on_copies",
        False,
        f"Look for copies, and exit with status {COPIES} if there are.",
        **add,
    )
    flags.DEFINE_float("trunc", 1.0, "Truncation psi of the generator; papers score without, at 1.",
                       **add)  # fmt: skip
    for name, file in WEIGHT_FILES.items():
        s(file.flag, None, f"Weight file of {name}.", **add)
    b("download", False, "Fetch weights that are not here.", **add)
    s("outdir", None, "Folder of the results; default the run directory.", **add)
    s("cache_dir", None, "Folder of weights and statistics; default the user's cache.", **add)
    i("seed", 0, "Seed of everything random.", **add)
    i("batch", 32, "Images at a time.", lower_bound=1, **add)
    b("json", False, "Print one JSON object; words go to the other output, stderr.", **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to scores."""
    from ada_tf.metrics.features import declaration
    from ada_tf.metrics.metric_names import parse_metrics

    features = declaration.chosen(values.features)
    if values.metrics is not None:  # a mistyped name is said before TensorFlow is imported
        parse_metrics(values.metrics, features, values.reference)
    network = _values.run_of(argv, values.network)
    check_given(values, network)
    from ada_tf.metrics.evaluate import is_saved_model, open_subject

    if values.all and (network is None or is_saved_model(network)):
        raise UserError("all=True scores the snapshots of a run; give a run directory.")
    say = say_to(sys.stderr if values.json else sys.stdout)
    subject = open_subject(
        _values.fetched(network),
        values.data,
        generated=values.generated,
        held_out=values.held_out,
        fit=values.fit_generated,
        cond=values.cond,
        truncation_psi=values.trunc,
        seed=values.seed,
        batch=values.batch,
        log=say,
    )
    outdir = pathlib.Path(values.outdir) if values.outdir else subject.run_dir
    if outdir is not None:
        _values.make_folder("outdir", outdir)
    from ada_tf.cli import _evaluation

    evaluation = _evaluation.Evaluation(
        subject,
        outdir,
        weights={name: values[file.flag].value for name, file in WEIGHT_FILES.items()},
        features=features,
        options={"cache_dir": values.cache_dir, "download": values.download},
        seed=values.seed,
        say=say,
    )
    copies, found = values.copies, None
    if values.metrics is not None:
        evaluation.score(values.metrics, values.reference, values.all, values.per_class)
    elif copies is None and not values.fail_on_copies:
        found = evaluation.summarise(TESTED, values.drawn)
    if found is None and (copies is not None or values.fail_on_copies):
        found = evaluation.look_for_copies(copies or TESTED, values.drawn)
    if values.json:
        print(json.dumps(evaluation.json, indent=2))
    evaluation.end()
    if values.fail_on_copies and found.copying:
        sys.exit(COPIES)


def check_given(values, network) -> None:
    """Refuse flags that do not go together, before anything is opened."""
    for name in ("generated", "outdir"):
        if values[name].value is not None:
            check_local(name, values[name].value)
    if values.metrics is None:
        for name in ("all", "per_class", "reference"):
            if values[name].value:
                raise UserError(
                    f"{name}={values[name].value} goes with --metrics; give both, such as"
                    " --metrics=kid1k_full."
                )
    if values.generated is None and values.fit_generated:
        raise UserError("fit_generated=True goes with --generated; give both.")
    if values.trunc != 1 and network is None:
        raise UserError(f"trunc={values.trunc:g} goes with a generator, not with finished images.")


def say_to(file):
    """A function that prints lines, at once."""
    return lambda *lines: print(*lines, sep="\n", file=file, flush=True)


def run() -> None:
    """Entry point of `ada-evaluate`."""
    define_flags()
    _program.run(main, positionals=("RUN",), names={"source": "data"})


if __name__ == "__main__":
    run()
