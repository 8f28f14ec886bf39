"""Train StyleGAN2-ADA on a folder of pictures.

    ada-train --preset=tiny --data=digits
    ada-train --data=photos/ --resolution=256 --mirror --outdir=runs
    ada-train --data=tfds:mnist --cond --dry_run

The same command again continues where it stopped.
"""

import functools
import json

from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError

FLAGS = flags.FLAGS


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
    i("batch_gpu", None, "Images at a time; the gradients of a batch are accumulated.")
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
    b("fp32", False, "Everything in float32; the same as --precision=float32.")
    s("resume", None, "Start a new run from the networks of this run directory or checkpoint.")
    i("seed", 0, "Seed of everything random.")
    i("snap", None, "Ticks between pictures and between checkpoints.")
    f("checkpoint_minutes", None, "Minutes between checkpoints.")
    s("xla", "auto", "auto, on or off.")
    b("restart", False, "Open a new run even if there is one to continue.")
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
        "batch_gpu": values.batch_gpu or values.batch,
        "snap": values.snap,
        "checkpoint_minutes": values.checkpoint_minutes,
        "seed": values.seed,
        "xla": values.xla,
    }
    if found["network"]["precision"] == "float32":
        found["network"] |= {"precision": "float16", "num_low_precision": 0}
    if values.fp32:
        found["network"]["conv_clamp"] = None
    given = {}
    for name, value in found.items():
        if isinstance(value, dict):
            value = {k: v for k, v in value.items() if v is not None or k == "conv_clamp"}
        if value not in (None, {}):
            given[name] = value
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
    from ada_tf.data import DataConfig, open_dataset
    from ada_tf.training.config import check, to_dict
    from ada_tf.training.presets import check_preset
    from ada_tf.training.train import check_keras, resolve, train

    check_keras()
    check_preset(values.preset)
    names = ("resolution", "mirror", "subset", "cond", "validation", "seed")
    data = DataConfig(values.data, **{name: values[name].value for name in names})
    dataset = open_dataset(data)
    config = resolve(values.preset, data, dataset=dataset, **given)
    check(config)
    if values.dry_run:
        print(json.dumps(to_dict(config), indent=2))
        return
    train(config, values.outdir, restart=values.restart, transfer=values.resume, dataset=dataset)


def run() -> None:
    """Entry point of `ada-train`."""
    define_flags()
    _program.run(main)


if __name__ == "__main__":
    run()
