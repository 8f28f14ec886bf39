"""Score generated images, and look for copies among them.

    ada-evaluate runs/00000-photos-auto --metrics=kid5k_full,fid50k_full
    ada-evaluate runs/00000-photos-auto --metrics=kid2k_full --features=lite0
    ada-evaluate exported --data=photos/ --metrics=kid5k_full
    ada-evaluate --generated=fakes/ --data=photos/ --metrics=kid1k_full
    ada-evaluate runs/00000-photos-auto --all --metrics=kid2k_full --features=lite0
    ada-evaluate runs/00000-photos-auto --nearest=32 --features=lite0

A run is a run directory, a checkpoint without its extension, or a SavedModel. Numbers are printed
and appended to metric-NAME.jsonl in the run directory, or in --outdir. Which metric to choose is
told in docs/metrics.md.
"""

import pathlib

from absl import flags

from ada_tf.cli import _program, _values
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, writing

NEAREST = "nearest.png"


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    from ada_tf.metrics.features.networks import NETWORKS
    from ada_tf.metrics.features.published import WEIGHT_FILES

    add = {"flag_values": values}
    s, b, i = flags.DEFINE_string, flags.DEFINE_boolean, flags.DEFINE_integer
    s(
        "network",
        None,
        "Run directory, checkpoint or SavedModel; --network= may be left out.",
        **add,
    )
    s("generated", None, "Folder or zip of finished images, instead of --network.", **add)
    s("data", None, "Real images, as for ada-train; default: those of the run.", **add)
    b("cond", False, "The data has class labels, for a conditional SavedModel.", **add)
    s(
        "metrics",
        None,
        "Names with commas, such as kid2k_full,pr2k3_full; default fid50k_full.",
        **add,
    )
    s(
        "features",
        None,
        f"Who looks at the images: {', '.join(NETWORKS)}, or the .json file that declares a network"
        " of your own; its metrics end in its name. Default: the one of the papers.",
        **add,
    )
    b("all", False, "Score every snapshot of the run, and say which is the best.", **add)
    i("nearest", None, f"Show this many images beside their nearest reals, {NEAREST}.",
      lower_bound=1, **add)  # fmt: skip
    for name, file in WEIGHT_FILES.items():
        s(file.flag, None, f"Weight file of {name}.", **add)
    b("download", False, "Fetch weights that are not here.", **add)
    s("outdir", None, "Folder of the results; default the run directory.", **add)
    s("cache_dir", None, "Folder of weights and statistics; default the user's cache.", **add)
    i("seed", 0, "Seed of everything random.", **add)
    i("batch", 32, "Images at a time.", lower_bound=1, **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to scores."""
    from ada_tf.metrics.features import declaration
    from ada_tf.metrics.features.published import WEIGHT_FILES
    from ada_tf.metrics.names import DEFAULT, parse_metrics

    metrics, features = values.metrics, declaration.chosen(values.features)
    if metrics is None and not values.nearest:
        metrics = DEFAULT
    if metrics is not None:
        parse_metrics(metrics, features)  # a mistyped name is said before TensorFlow is imported
    from ada_tf.metrics import scoring
    from ada_tf.metrics.subject import is_saved_model, open_subject

    network = _values.run_of(argv, values.network)
    if values.all and (network is None or is_saved_model(network)):
        raise UserError("all=True scores the snapshots of a run; give a run directory.")
    for name in ("generated", "outdir"):
        if values[name].value is not None:
            check_local(name, values[name].value)
    subject = open_subject(
        _values.fetched(network),
        values.data,
        generated=values.generated,
        cond=values.cond,
        seed=values.seed,
        batch=values.batch,
    )
    outdir = pathlib.Path(values.outdir) if values.outdir else subject.run_dir
    if outdir is not None:
        _values.make_folder("outdir", outdir)
    weights = {name: values[file.flag].value for name, file in WEIGHT_FILES.items()}
    options = {"cache_dir": values.cache_dir, "download": values.download}
    if metrics is not None:
        lines = Lines(outdir, subject.run_dir, values.all)
        scoring.evaluate(
            subject, metrics=metrics, features=features, snapshots=values.all, seed=values.seed,
            weights=weights, on_scores=lines, **options,
        )  # fmt: skip
        lines.end()
    if values.nearest:
        from ada_tf.metrics.features import registry

        features = registry.load_network(features or "inception", paths=weights, **options)
        show_nearest(subject, values.nearest, features, outdir or pathlib.Path("."))


class Lines:
    """Scores as they come: printed with their protocol, and appended to the files of the metrics.

    Args:
        outdir: folder of the files, or None.
        run_dir: what was scored is named relative to it.
        snapshots: whether many are scored, to be shown as a curve.
    """

    def __init__(self, outdir, run_dir, snapshots: bool):
        self._outdir, self._run_dir, self._snapshots = outdir, run_dir, snapshots
        self._points, self._failed = [], None

    def __call__(self, state, scores) -> None:
        from ada_tf.metrics import report, words

        if self._snapshots:
            print(state)
        for score in scores:
            line = report.record(score, state, self._run_dir, gpus())
            try:
                if self._outdir is not None:
                    report.append(self._outdir, line)
            except UserError as error:  # after all that work the numbers are shown at least
                self._failed = error
            print(f"{words.describe(score)}\n  {score.protocol}", flush=True)
        self._points.append((state, scores))

    def end(self) -> None:
        """Print the curve of the first metric, and write all of them for TensorBoard.

        Raises:
            UserError: a line could not be written.
        """
        if self._snapshots:
            from ada_tf.metrics import curve

            print(curve.describe(self._points))
            curve.write_events(self._points, self._outdir)
        if self._failed:
            raise self._failed


def show_nearest(subject, count: int, features, outdir: pathlib.Path) -> None:
    """Write the image of nearest training images and print the distances."""
    from ada_tf.images import save_grid
    from ada_tf.metrics.copies_report import describe
    from ada_tf.metrics.copy_search import look_for_copies

    subject.training_images()  # says what is missing
    held_out = subject.sets("held_out") if subject.reals.held_out else None
    found, image, columns = look_for_copies(
        subject.fakes, subject.sets("training"), held_out, features, tested=count, drawn=count
    )
    with writing(outdir / NEAREST):
        save_grid(image, outdir / NEAREST, columns)
    print(f"{describe(found)}\nWrote {printable(outdir / NEAREST)}")


def gpus() -> int:
    """GPUs of this machine that TensorFlow sees."""
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))


def run() -> None:
    """Entry point of `ada-evaluate`."""
    define_flags()
    _program.run(main, positionals=("RUN",), names={"source": "data"})


if __name__ == "__main__":
    run()
