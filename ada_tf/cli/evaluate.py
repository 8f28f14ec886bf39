"""Score generated images, and look for copies among them.

    ada-evaluate runs/00000-photos-auto --metrics=kid5k_full,fid50k_full
    ada-evaluate runs/00000-photos-auto --metrics=kid2k_full --features=mobilenet
    ada-evaluate exported --data=photos/ --metrics=kid5k_full
    ada-evaluate --generated=fakes/ --data=photos/ --metrics=kid1k_full
    ada-evaluate runs/00000-photos-auto --all --metrics=kid2k_full --features=mobilenet
    ada-evaluate runs/00000-photos-auto --nearest=32 --features=mobilenet

A run is a run directory, a checkpoint without its extension, or a SavedModel. Numbers are printed
and appended to metric-NAME.jsonl in the run directory, or in --outdir. Which metric to choose is
told in docs/metrics.md.
"""

import dataclasses
import os
import pathlib

from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, writing

DEFAULT = "fid50k_full"
NEAREST = "nearest.png"


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
    s("data", None, "Real images, as for ada-train; default: those of the run.", **add)
    b("cond", False, "The data has class labels, for a conditional SavedModel.", **add)
    s(
        "metrics",
        None,
        f"Names with commas, such as kid2k_full,pr2k3_full; default {DEFAULT}.",
        **add,
    )
    flags.DEFINE_enum(
        "features", None, ["inception", "mobilenet"],
        "mobilenet: small and offline, its metrics end in _mnv2; default inception.", **add,
    )  # fmt: skip
    b("all", False, "Score every snapshot of the run, and say which is the best.", **add)
    i("nearest", None, f"Show this many images beside their nearest reals, {NEAREST}.",
      lower_bound=1, **add)  # fmt: skip
    for network in ("inception", "vgg16", "lpips", "mobilenet"):
        s(f"{network}_weights", None, f"Weight file of {network}.", **add)
    b("download", False, "Fetch weights that are not here.", **add)
    s("outdir", None, "Folder of the results; default the run directory.", **add)
    s("cache_dir", None, "Folder of weights and statistics; default the user's cache.", **add)
    i("seed", 0, "Seed of everything random.", **add)
    i("batch", 32, "Images at a time.", lower_bound=1, **add)


def main(argv, values=flags.FLAGS) -> None:
    """Flags to scores."""
    from ada_tf.metrics.names import parse_metrics

    metrics = parse_metrics(metric_names(values))
    network = _program.run_of(argv, values.network)
    if (network is None) == (values.generated is None):
        raise UserError(
            "network and generated: give exactly one, --network=runs/00000-photos-auto or"
            " --generated=FOLDER."
        )
    if values.all and (values.generated or is_saved_model(network)):
        raise UserError("all=True scores the snapshots of a run; give a run directory.")
    for name in ("generated", "outdir"):
        if values[name].value is not None:
            check_local(name, values[name].value)
    from ada_tf.metrics import report
    from ada_tf.metrics.evaluator import Evaluator
    from ada_tf.metrics.images import real_images, reference

    generator, data, run_dir = open_network(network)
    dataset = open_reals(values, data, reference)
    fakes = open_fakes(values, network, generator, dataset)
    options = {
        "paths": {
            n: values[f"{n}_weights"].value for n in ("inception", "vgg16", "lpips", "mobilenet")
        },
        "cache_dir": values.cache_dir,
        "download": values.download,
    }
    from ada_tf.metrics.features.registry import load_network, load_perceptual

    outdir = pathlib.Path(values.outdir) if values.outdir else run_dir
    if outdir is not None:
        make_folder(outdir)
    failed = None
    if metrics:
        evaluator = Evaluator(
            metrics,
            lambda name: load_network(name, **options),
            lambda: load_perceptual(**options),
            real_images(*dataset) if dataset else None,
            values.cache_dir,
        )
        points = []
        for state, scores in score_states(values, network, generator, evaluator, fakes):
            for score in scores:
                line = report.record(score, state, run_dir, gpus())
                try:
                    if outdir is not None:
                        report.append(outdir, line)
                except UserError as error:  # after all that work the numbers are shown at least
                    failed = error
                print(f"{report.describe(score)}\n  {score.protocol}", flush=True)
            points.append((state, scores))
        if values.all:
            show_curve(points, outdir)
    if failed:
        raise failed
    if values.nearest:
        features = load_network(values.features or "inception", **options)
        show_nearest(values, fakes, data, dataset, features, outdir or pathlib.Path("."))


def score_states(values, network, generator, evaluator, fakes):
    """(what was scored, its scores): of one network, or of every snapshot of a run with --all."""
    if not values.all:
        yield network or values.generated, evaluator(fakes, generator, values.seed)
        return
    from ada_tf.metrics import curve

    for state, scores in curve.score(
        curve.states(network), generator, evaluator, fakes, values.seed
    ):
        print(state)
        yield state, scores


def show_curve(points, outdir) -> None:
    """Print the curve of the first metric and write all of them for TensorBoard."""
    from ada_tf.metrics import curve

    print(curve.describe(points))
    curve.write_events(points, outdir)


def make_folder(outdir: pathlib.Path) -> None:
    """Create the folder of the results.

    Raises:
        UserError: it cannot be written, which is better said before an hour of work than after it.
    """
    with writing(f"outdir={printable(outdir)!r}"):
        outdir.mkdir(parents=True, exist_ok=True)
    if not os.access(outdir, os.W_OK):
        raise UserError(
            f"outdir={printable(outdir)!r} cannot be written; give another folder with --outdir."
        )


def metric_names(values) -> list[str]:
    """Names from --metrics and --features."""
    if values.metrics is None and values.nearest:
        return []
    names = [name.strip() for name in (values.metrics or DEFAULT).split(",")]
    if values.features != "mobilenet":
        return names
    return [n if n.startswith("ppl") or n.endswith("_mnv2") else f"{n}_mnv2" for n in names]


def open_network(network):
    """(generator or None, DataConfig or None, run directory or None)."""
    if network is None or is_saved_model(network):
        return None, None, None
    from ada_tf.inference.generate import load_generator
    from ada_tf.training.runs import snapshots
    from ada_tf.training.runs.checkpoint import FOLDER, newest

    checkpoint = newest(network)  # reads all of it, to be sure that it is whole: once
    generator, config = load_generator(checkpoint)
    folder = pathlib.Path(checkpoint).parent
    # What is prepared is kept where the user says, not where whoever trained the run said.
    data = dataclasses.replace(config.data, cache_dir=None)
    return generator, data, folder.parent if folder.name in (FOLDER, snapshots.FOLDER) else folder


def open_reals(values, data, reference):
    """(ImageDataset, DataConfig) of the reference set, or None without any."""
    from ada_tf.data import DataConfig, open_dataset

    if data is None:
        if values.data is None:
            return None
        data = DataConfig(values.data, cond=values.cond)
    elif values.data is not None:
        data = dataclasses.replace(data, source=values.data)
    data = reference(data)
    return open_dataset(data), data


def open_fakes(values, network, generator, dataset):
    """The generated images of the flags."""
    from ada_tf.metrics import images

    reals = dataset[0] if dataset else None
    if generator is not None:
        return images.GeneratorImages(generator, reals, values.seed, values.batch)
    if network is not None:
        return images.SavedModelImages(network, reals, values.seed, values.batch)
    from ada_tf.data import DataConfig, open_dataset

    shape = {"resolution": reals.resolution, "channels": reals.channels} if reals else {}
    data = DataConfig(values.generated, **shape)
    return images.real_images(open_dataset(data), data)(False)


def show_nearest(values, fakes, data, dataset, features, outdir) -> None:
    """Write the image of nearest training images and print the distances."""
    from ada_tf.data import open_dataset
    from ada_tf.images import save_grid
    from ada_tf.metrics.nearest import look_for_copies

    if dataset is None:
        raise UserError("data is missing; give the training images with --data.")
    if data is not None and values.data is None:  # the images of the run itself, and those held out
        training = open_dataset(data) if data.subset or data.validation else dataset[0]
    else:
        training = dataset[0]
    found, image, columns = look_for_copies(fakes, training, features, values.nearest)
    with writing(outdir / NEAREST):
        save_grid(image, outdir / NEAREST, columns)
    print(f"{found.describe()}\nFeatures of {features.title}. Wrote {printable(outdir / NEAREST)}")


def is_saved_model(path) -> bool:
    """Whether a folder holds a SavedModel."""
    return (pathlib.Path(path) / "saved_model.pb").is_file()


def gpus() -> int:
    """GPUs of this machine that TensorFlow sees."""
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))


def run() -> None:
    """Entry point of `ada-evaluate`."""
    define_flags()
    _program.run(main, positionals=("RUN",))


if __name__ == "__main__":
    run()
