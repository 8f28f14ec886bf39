"""Train StyleGAN2-ADA on a folder of images.

    ada-train --preset=tiny --data=digits
    ada-train --data=photos/ --resolution=256 --mirror --outdir=runs
    ada-train --data=tfds:mnist --cond --dry_run

The same command again continues where it stopped.
"""

import functools
import json
import sys

from absl import flags

from ada_tf.cli import _program, _values
from ada_tf.errors import UserError
from ada_tf.training.bounds import check_given

FLAGS = flags.FLAGS
# As the paper's code does when it starts from trained networks.
TRANSFER_ADA_KIMG = 100.0
# What --precision asks for: the presets for GPUs have it, `tiny` is in float32 throughout.
LOW_PRECISION = {"num_low_precision": 4, "conv_clamp": 256.0}
# Endings of the files in which other programs keep weights.
FOREIGN = (".pkl", ".pickle", ".pt", ".pth", ".npz", ".h5", ".keras", ".safetensors", ".onnx")


def define_flags(values=FLAGS) -> None:
    """Flags of the program; those left out come from the preset."""
    kinds = (flags.DEFINE_string, flags.DEFINE_integer, flags.DEFINE_float, flags.DEFINE_boolean)
    s, i, f, b = (functools.partial(kind, flag_values=values) for kind in kinds)
    s("data", None, "digits, tfds:NAME[/CONFIG], a folder, a zip file or a prepared directory.")
    s("outdir", "runs", "Folder of the run directories.")
    s("preset", "auto", "auto, stylegan2, paper256, paper512, paper1024, cifar or tiny.")
    i("resolution", None, "Side of the square images, a power of two; default by the data.")
    b("mirror", False, "Add a mirrored copy of every image.")
    i("subset", None, "Train on this many random images only.")
    b("cond", False, "Train on class labels.")
    i("validation", 0, "Hold out this many images, for --aug=adarv.")
    f("kimg", None, "Length of training in thousands of images.")
    i("batch", None, "Images per iteration.")
    i("batch_gpu", None, "Images of a device at a time; the gradients of a batch are accumulated.")
    s("strategy", "none", "none, mirrored (all GPUs here) or multiworker (machines of TF_CONFIG).")
    f("gamma", None, "Weight of R1 regularisation.")
    f("pl_weight", None, "Weight of path length regularisation.")
    f("lr", None, "Learning rate of both networks.")
    s("aug", None, "ada, adarv, fixed or noaug.")
    f("p", None, "Augmentation probability, with --aug=fixed only.")
    f("target", None, "Target of the overfitting statistic.")
    s("augpipe", None, "blit, geom, color, filter, noise, cutout, bg, bgc, bgcf, bgcfn or bgcfnc.")
    s("ada_cap", None, "Highest augmentation probability, or none for no limit.")
    f("ada_kimg", None, "Thousands of images for the probability to move by 1.")
    s("precision", None, "float32, float16 or bfloat16, in the highest resolutions.")
    b("fp32", False, "Everything in float32, and activations without a limit.")
    b("tf32", None, "Float32 products in TF32 on a GPU; default by the preset, off with --fp32.")
    s("resume", None, "Start a new run from the networks of this run directory or checkpoint.")
    i("seed", 0, "Seed of everything random.")
    i("snap", None, "Ticks between images and between checkpoints.")
    f("checkpoint_minutes", None, "Minutes between checkpoints.")
    f("snapshot_kimg", None, "Thousands of images between checkpoints that are kept for good.")
    s("snapshots", None, "state, or generator: what those hold, all or the averaged generator.")
    s(
        "metrics",
        "none",
        "Scores during training, such as kid2k_full_mnv2; the first chooses best/.",
    )
    i("metrics_every", None, "Ticks between scores; default --snap.", lower_bound=1)
    i(
        "metrics_patience",
        None,
        "Stop after this many scores in a row that were not the best.",
        lower_bound=1,
    )
    b("download", False, "Fetch weights that metrics need.")
    s("xla", "auto", "auto, on or off.")
    b("restart", False, "Open a new run even if there is one to continue.")
    b("accept_changed_data", False, "Continue a run although its images have changed.")
    b("dry_run", False, "Print the resolved configuration and stop.")


def overrides(values) -> dict:
    """Settings of RunConfig that were given as flags.

    Raises:
        UserError: flags that do not go together, or a number that cannot be trained with.
    """
    _check_augment_flags(values)
    _check_resume(values.resume)
    found = {
        "loss": {"r1_gamma": values.gamma, "pl_weight": values.pl_weight},
        "optimizer": {"learning_rate": values.lr},
        "augment": {
            "mode": values.aug,
            "pipe": values.augpipe,
            "p": values.p,
            "target": 0.5 if values.aug == "adarv" and values.target is None else values.target,
            "kimg": values.ada_kimg,
        },
        "network": {"precision": "float32" if values.fp32 else values.precision},
        "kimg": values.kimg,
        "batch": values.batch,
        "batch_gpu": values.batch_gpu,
        "snap": values.snap,
        "checkpoint_minutes": values.checkpoint_minutes,
        "snapshot_kimg": values.snapshot_kimg,
        "snapshots": values.snapshots,
        "seed": values.seed,
        "xla": values.xla,
        "tf32": False if values.tf32 is None and values.fp32 else values.tf32,
    }
    if found["network"]["precision"] == "float32":
        found["network"]["num_low_precision"] = 0
    elif values.precision is not None:
        found["network"] |= LOW_PRECISION
    given = {}
    for name, value in found.items():
        if isinstance(value, dict):
            value = {k: v for k, v in value.items() if v is not None}
        if value not in (None, {}):
            given[name] = value
    # Settings of which None is a value, not a flag that was left out.
    if values.fp32:
        given["network"]["conv_clamp"] = None
    if values.ada_cap is not None:
        given.setdefault("augment", {})["cap"] = _number_or_none(values.ada_cap)
    if values.resume is not None:
        # Trained networks need no ramp, and meet a discriminator that overfits from the start.
        given["augment"] = {"kimg": TRANSFER_ADA_KIMG, **given.get("augment", {})}
        given["ema"] = {"rampup": None}
    check_given(given)
    return given


def _number_or_none(text: str):
    """None for "none", a number for a number; other texts as they are, for `check_given`."""
    try:
        return None if text.lower() == "none" else float(text)
    except ValueError:
        return text


def _check_resume(resume) -> None:
    if resume is None:
        return
    if "://" in resume:
        raise UserError(
            f"resume={resume!r} is an address; download it first, but note that weights of other"
            " programs are not read yet: give a run directory or a checkpoint of ada-train."
        )
    if resume.lower().endswith(FOREIGN):
        raise UserError(
            f"resume={resume!r}: weights of other programs are not read yet; give a run directory"
            " or a checkpoint of ada-train."
        )


def _check_augment_flags(values) -> None:
    if (values.p is not None) != (values.aug == "fixed"):
        shown = (
            f"p={values.p} goes with --aug=fixed only"
            if values.p is not None
            else "aug='fixed' needs --p"
        )
        raise UserError(f"{shown}; give both --aug=fixed and --p, a number in [0, 1].")
    if values.augpipe is not None and values.aug == "noaug":
        raise UserError(
            f"augpipe={values.augpipe!r} does not go with --aug=noaug, which augments nothing."
        )
    if values.target is not None and values.aug in ("fixed", "noaug"):
        raise UserError(
            f"target={values.target} does not go with --aug={values.aug}, which adapts nothing."
        )
    if values.xla not in ("auto", "on", "off"):
        raise UserError(f"xla={values.xla!r} must be auto, on or off.")


def main(argv, values=FLAGS) -> None:
    """Flags to configuration to one call."""
    _values.require(("data", values.data, "photos/"))
    given = overrides(values)
    from ada_tf.training import xla_cache

    xla_cache.enable()
    from ada_tf.training import cluster as clusters

    cluster = clusters.start(values.strategy)  # before anything else of TensorFlow
    from ada_tf.data import DataConfig, open_dataset
    from ada_tf.training.config import check, check_data, to_dict
    from ada_tf.training.presets import check_early
    from ada_tf.training.runs import disk
    from ada_tf.training.runs.checkpoint import KEEP, check_architecture, newest
    from ada_tf.training.runs.run_dir import find_run_dir
    from ada_tf.training.train import check_keras, resolve, train

    check_keras()
    names = ("resolution", "mirror", "subset", "cond", "validation", "seed")
    data = DataConfig(values.data, **{name: values[name].value for name in names})
    check_early(values.preset, data, cluster.replicas, given)
    check_metrics(values, cluster)
    dataset = open_dataset(data)
    config = resolve(values.preset, data, dataset=dataset, replicas=cluster.replicas, **given)
    check(config, cluster.replicas)
    check_data(config, dataset, cluster.replicas)
    metrics = metrics_of(values, config, dataset)
    if not values.dry_run:
        train(
            config, values.outdir, values.restart, values.resume, dataset, cluster, metrics,
            values.accept_changed_data,
        )  # fmt: skip
        return
    new = values.restart or find_run_dir(values.outdir, config) is None
    if new and values.resume is not None:
        check_architecture(config, newest(values.resume))
    print(json.dumps(to_dict(config), indent=2))
    print(disk.describe(config, KEEP), file=sys.stderr)  # the configuration alone is JSON


def check_metrics(values, cluster) -> None:
    """Refuse flags of the metrics that do not go together, and names that are not known."""
    if values.metrics == "none":
        if values.metrics_patience is not None:
            raise UserError("metrics_patience goes with --metrics; give both.")
        return
    if cluster.workers > 1:
        raise UserError(
            f"metrics={values.metrics!r} do not go with --strategy=multiworker;"
            " score the checkpoints with ada-evaluate."
        )
    from ada_tf.metrics.names import parse_metrics

    parse_metrics(values.metrics)


def metrics_of(values, config, dataset):
    """What makes the metrics callback of a run, or None without --metrics."""
    if values.metrics == "none":
        return None
    from ada_tf.metrics.callback import metrics_callbacks

    every = config.snap if values.metrics_every is None else values.metrics_every
    return metrics_callbacks(
        values.metrics, config, dataset, every, values.metrics_patience, values.download
    )


def run() -> None:
    """Entry point of `ada-train`."""
    define_flags()
    _program.run(main)


if __name__ == "__main__":
    run()
