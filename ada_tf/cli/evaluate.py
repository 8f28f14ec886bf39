"""Score generated images, and look for copies among them.

    ada-evaluate --network=runs/00000-photos-auto --metrics=kid5k_full,fid50k_full
    ada-evaluate --network=runs/00000-photos-auto --metrics=kid2k_full --features=mobilenet
    ada-evaluate --network=exported --data=photos/ --metrics=kid5k_full
    ada-evaluate --generated=fakes/ --data=photos/ --metrics=kid1k_full
    ada-evaluate --network=runs/00000-photos-auto --nearest=32 --features=mobilenet

Numbers are printed and appended to metric-NAME.jsonl in the run directory, or in --outdir.
Which metric to choose is told in docs/metrics.md.
"""

import dataclasses
import pathlib

from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError

DEFAULT = "fid50k_full"
NEAREST = "nearest.png"


def define_flags(values=flags.FLAGS) -> None:
    """Flags of the program."""
    add = {"flag_values": values}
    s, b, i = flags.DEFINE_string, flags.DEFINE_boolean, flags.DEFINE_integer
    s("network", None, "Run directory, checkpoint without its extension, or SavedModel.", **add)
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
    if (values.network is None) == (values.generated is None):
        raise UserError(
            "network and generated: give exactly one, --network=runs/00000-photos-auto or"
            " --generated=FOLDER."
        )
    from ada_tf.metrics import report
    from ada_tf.metrics.evaluate import Evaluator
    from ada_tf.metrics.images import real_images, reference

    generator, data, run_dir = open_network(values)
    dataset = open_reals(values, data, reference)
    fakes = open_fakes(values, generator, dataset)
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
        outdir.mkdir(parents=True, exist_ok=True)
    if metrics:
        evaluator = Evaluator(
            metrics,
            lambda name: load_network(name, **options),
            lambda: load_perceptual(**options),
            real_images(*dataset) if dataset else None,
            values.cache_dir,
        )
        for score in evaluator(fakes, generator, values.seed):
            line = report.record(score, values.network or values.generated, run_dir, gpus())
            if outdir is not None:
                report.append(outdir, line)
            print(f"{report.describe(score)}\n  {score.protocol}")
    if values.nearest:
        network = load_network(values.features or "inception", **options)
        show_nearest(values, fakes, data, dataset, network, outdir or pathlib.Path("."))


def metric_names(values) -> list[str]:
    """Names from --metrics and --features."""
    if values.metrics is None and values.nearest:
        return []
    names = [name.strip() for name in (values.metrics or DEFAULT).split(",")]
    if values.features != "mobilenet":
        return names
    return [n if n.startswith("ppl") or n.endswith("_mnv2") else f"{n}_mnv2" for n in names]


def open_network(values):
    """(generator or None, DataConfig or None, run directory or None)."""
    if values.network is None or is_saved_model(values.network):
        return None, None, None
    from ada_tf.inference.generate import load_generator
    from ada_tf.training.checkpoint import FOLDER, newest

    generator, config = load_generator(values.network)
    folder = pathlib.Path(newest(values.network)).parent
    return generator, config.data, folder.parent if folder.name == FOLDER else folder


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


def open_fakes(values, generator, dataset):
    """The generated images of the flags."""
    from ada_tf.metrics import images

    reals = dataset[0] if dataset else None
    if generator is not None:
        return images.GeneratorImages(generator, reals, values.seed, values.batch)
    if values.network is not None:
        return images.SavedModelImages(values.network, reals, values.seed, values.batch)
    from ada_tf.data import DataConfig, open_dataset

    shape = {"resolution": reals.resolution, "channels": reals.channels} if reals else {}
    data = DataConfig(values.generated, **shape)
    return images.real_images(open_dataset(data), data)(False)


def show_nearest(values, fakes, data, dataset, network, outdir) -> None:
    """Write the picture of nearest training images and print the distances."""
    from ada_tf.data import open_dataset
    from ada_tf.data.pictures import save_grid
    from ada_tf.metrics.nearest import look_for_copies

    if dataset is None:
        raise UserError("data is missing; give the training images with --data.")
    if data is not None and values.data is None:  # the images of the run itself, and those held out
        training = open_dataset(data) if data.subset or data.validation else dataset[0]
    else:
        training = dataset[0]
    found, picture, columns = look_for_copies(fakes, training, network, values.nearest)
    save_grid(picture, outdir / NEAREST, columns)
    print(f"{found.describe()}\nFeatures of {network.title}. Wrote {outdir / NEAREST}")


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
    _program.run(main)


if __name__ == "__main__":
    run()
