"""Train StyleGAN2-ADA on a folder of pictures.

    ada-train --preset=tiny --data=digits
    ada-train --data=photos/ --resolution=256 --mirror --outdir=runs
    ada-train --data=tfds:mnist --cond --dry_run

The same command again continues where it stopped.
"""

import functools
import json
import sys

from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError

FLAGS = flags.FLAGS
# As the paper's code does when it starts from trained networks.
TRANSFER_ADA_KIMG = 100.0
# What --precision asks for: the presets for GPUs have it, `tiny` is in float32 throughout.
LOW_PRECISION = {"num_low_precision": 4, "conv_clamp": 256.0}


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
    f("ada_cap", None, "Highest augmentation probability.")
    f("ada_kimg", None, "Thousands of images for the probability to move by 1.")
    s("precision", None, "float32, float16 or bfloat16, in the highest resolutions.")
    b("fp32", False, "Everything in float32, and activations without a limit.")
    b("tf32", None, "Float32 products in TF32 on a GPU; default: unless --fp32.")
    s("resume", None, "Start a new run from the networks of this run directory or checkpoint.")
    i("seed", 0, "Seed of everything random.")
    i("snap", None, "Ticks between pictures and between checkpoints.")
    f("checkpoint_minutes", None, "Minutes between checkpoints.")
    f("snapshot_kimg", None, "Thousands of images between checkpoints that are kept for good.")
    s("snapshots", None, "state, or generator: what those hold, all or the averaged generator.")
    s(
        "metrics",
        "none",
        "Scores during training, such as kid2k_full_mnv2; the first chooses best/.",
    )
    i("metrics_every", None, "Ticks between scores; default --snap.")
    i("metrics_patience", None, "Stop after this many scores in a row that were not the best.")
    b("download", False, "Fetch weights that metrics need.")
    s("xla", "auto", "auto, on or off.")
    b("restart", False, "Open a new run even if there is one to continue.")
    b("accept_changed_data", False, "Continue a run although its pictures have changed.")
    b("dry_run", False, "Print the resolved configuration and stop.")


def overrides(values) -> dict:
    """Settings of RunConfig that were given as flags.

    Raises:
        UserError: flags that do not go together.
    """
    _check_augment_flags(values)
    found = {
        "loss": {"r1_gamma": values.gamma, "pl_weight": values.pl_weight},
        "optimizer": {"learning_rate": values.lr},
        "augment": {
            "mode": values.aug,
            "pipe": values.augpipe,
            "p": values.p,
            "target": 0.5 if values.aug == "adarv" and values.target is None else values.target,
            "cap": values.ada_cap,
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
        "tf32": not values.fp32 if values.tf32 is None else values.tf32,
    }
    if found["network"]["precision"] == "float32":
        found["network"] |= {"precision": "float16", "num_low_precision": 0}
    elif values.precision is not None:
        found["network"] |= LOW_PRECISION
    if values.fp32:
        found["network"]["conv_clamp"] = None
    given = {}
    for name, value in found.items():
        if isinstance(value, dict):
            value = {k: v for k, v in value.items() if v is not None or k == "conv_clamp"}
        if value not in (None, {}):
            given[name] = value
    if values.resume is not None:
        # Trained networks need no ramp, and meet a discriminator that overfits from the start.
        given["augment"] = {"kimg": TRANSFER_ADA_KIMG, **given.get("augment", {})}
        given["ema"] = {"rampup": None}
    return given


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
    if values.data is None:
        raise UserError("data is missing; give --data=digits, a folder, a zip file or tfds:NAME.")
    given = overrides(values)
    from ada_tf.training import xla_cache

    xla_cache.enable()
    from ada_tf.training import cluster as clusters

    cluster = clusters.start(values.strategy)  # before anything else of TensorFlow
    from ada_tf.data import DataConfig, open_dataset
    from ada_tf.training import disk
    from ada_tf.training.checkpoint import KEEP
    from ada_tf.training.config import check, to_dict
    from ada_tf.training.presets import check_preset
    from ada_tf.training.train import check_keras, resolve, train

    check_keras()
    check_preset(values.preset)
    names = ("resolution", "mirror", "subset", "cond", "validation", "seed")
    data = DataConfig(values.data, **{name: values[name].value for name in names})
    dataset = open_dataset(data)
    config = resolve(values.preset, data, dataset=dataset, replicas=cluster.replicas, **given)
    check(config, cluster.replicas)
    if values.dry_run:
        print(json.dumps(to_dict(config), indent=2))
        print(disk.describe(config, KEEP), file=sys.stderr)  # the configuration alone is JSON
        return
    metrics = metrics_of(values, config, dataset, cluster)
    train(
        config, values.outdir, values.restart, values.resume, dataset, cluster, metrics,
        values.accept_changed_data,
    )  # fmt: skip


def metrics_of(values, config, dataset, cluster):
    """What makes the metrics callback of a run, or None without --metrics."""
    if values.metrics == "none":
        if values.metrics_patience is not None:
            raise UserError("metrics_patience goes with --metrics; give both.")
        return None
    if cluster.workers > 1:
        raise UserError(
            f"metrics={values.metrics!r} do not go with --strategy=multiworker;"
            " score the checkpoints with ada-evaluate."
        )
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
