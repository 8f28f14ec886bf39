"""Lower every phase of training for a GPU on a machine without one, and count what comes out.

    python -m experiments.lowering.lower                       # all cases: lowered.tsv
    python -m experiments.lowering.lower --only=tiny --dump=D  # for the compilers of compile.py

TensorFlow's bridge to XLA writes the program of a GPU (`platform_name="GPU"`) without a card or its
libraries. What it refuses there would fail on the first card. No card ran any of it.
"""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from absl import flags
from tensorflow.python.framework.convert_to_constants import (
    convert_variables_to_constants_v2 as frozen,
)

from ada_tf.cli import _program
from ada_tf.ops import choice, graph
from ada_tf.ops.graph import tf32
from ada_tf.training.model import StyleGAN2ADA
from ada_tf.training.preset_table import R3GAN
from ada_tf.training.presets import preset
from experiments.lowering import hlo_counts

FLAGS = flags.FLAGS
TABLE = pathlib.Path(__file__).with_name("lowered.tsv")
# Name -> preset, side, settings: what adds or changes a phase.
METHODS = {
    "tiny": {},
    "bgcfnc": {"augment.pipe": "bgcfnc"},
    "bilinear": {"augment.resample": "bilinear"},
    "diffaugment": {"augment.pipe": "diffaugment"},
    "apa": {"augment.pseudo_reals": True},
    "relativistic R2": {"loss.adversarial": "relativistic", "loss.r2_gamma": 0.1},
    "wgan-gp": {"loss.adversarial": "wasserstein", "loss.gp_weight": 10.0},
    "lecam bcr zcr": {
        "loss.lecam_weight": 0.1,
        "loss.bcr_weight": 10.0,
        "loss.zcr_weight": 5.0,
    },
    "auxrot": {"network.discriminator_method": "auxrot", "loss.rotation_weight": 1.0},
    "spectralnorm": {"network.discriminator_method": "spectralnorm"},
    "pagan": {"network.discriminator_method": "pagan"},
    "adropout": {"network.discriminator_method": "adropout"},
    "path length": {"loss.pl_weight": 2.0},
}
# What the tests lower, in seconds. bgcfnc needs 22 pixels.
LEAST = {"network.channel_base": 64, "network.channel_max": 8, "batch": 4}
CASES = (
    {
        "least": ("tiny", 8, LEAST),
    }
    | {name: ("tiny", 32 if name == "bgcfnc" else 16, more) for name, more in METHODS.items()}
    | {
        "small": ("small", 64, {}),
        "medium": ("medium", 128, {}),
        "auto": ("auto", 256, {}),
        "cifar": ("cifar", 32, {}),
        "paper256": ("paper256", 256, {}),
        "stylegan2": ("stylegan2", 256, {}),
        "paper512": ("paper512", 512, {}),
        "paper1024": ("paper1024", 1024, {}),
        "least r3gan": ("r3gan_tiny", 8, LEAST),
        "r3gan_tiny": ("r3gan_tiny", 16, {}),
        "r3gan_small": ("r3gan_small", 64, {}),
        # At 256 pixels the bridge takes more than 22 GB for `Dmain`.
        "r3gan": ("r3gan", 64, {}),
    }
)
VERSION = f"TensorFlow {tf.__version__}"
PRECISIONS = ["float16", "bfloat16"]


def precisions_of(case: str) -> list[str]:
    """Number formats of low precision; networks without a clamp refuse the range of float16."""
    return PRECISIONS[1:] if CASES[case][0] in R3GAN else PRECISIONS


def model_of(case: str, precision: str) -> tuple[StyleGAN2ADA, int]:
    """The model of a case as a GPU would train it, and the images of one program."""
    # What networks and filters are chosen by: a card with tensor cores.
    choice.on_gpu = choice.multiplies_float16 = lambda: True
    name, side, more = CASES[case]
    config = preset(
        name, resolution=side, channels=3, settings={"network.precision": precision, **more}
    )
    model = StyleGAN2ADA((side, side, 3), config.network, config.augment)
    model.compile(config.loss, config.optimizer, config.ema, jit_compile=True)
    model.make_train_function()
    return model, config.batch_gpu or config.batch


def lowered(model: StyleGAN2ADA, phase, images: int, stage: str = "hlo"):
    """The program of a phase's gradients for a GPU, weights and state as its arguments."""
    shape = model.shape
    batch = (
        tf.zeros([images, shape.height, shape.width, shape.channels], tf.uint8),
        tf.zeros([images], tf.int32),
        tf.zeros([2], tf.int32),
        # What follows a schedule is an argument of the program.
        *(tf.constant(schedule(0), tf.float32) for schedule in model.step.schedules.values()),
    )

    def compute(images, labels, seed, *now):
        now = dict(zip(model.step.schedules, now, strict=True))
        output = model.step._compute(phase, images, labels, seed, now)
        return output.gradients, output.stats, output.averages

    with tf32(True):  # as in `auto`; then float32 pictures are multiplied in parts
        traced = graph(compute, True).get_concrete_function(*batch)
        function, values = _without_variables(traced)
        compiled = tf.function(lambda *given: function(*given), jit_compile=True, autograph=False)
        ir = compiled.experimental_get_compiler_ir(*batch, *values)
        return ir(stage=stage, platform_name="GPU")


def _without_variables(traced):
    """A traced function with its variables as arguments, and their values.

    The bridge takes no variables of a device that is not there. Freezing makes a constant of each, by the
    name of its capture; that becomes an argument, so that no compiler folds weights.
    """
    captures = {t.op.name for _, t in traced.graph.captures if t.dtype == tf.resource}
    definition = frozen(traced, lower_control_flow=False).graph.as_graph_def()
    names, values = [], []
    for node in definition.node:
        if node.op == "Const" and node.name in captures:
            values.append(tf.constant(tf.make_ndarray(node.attr["value"].tensor)))
            dtype, shape = node.attr["dtype"], values[-1].shape.as_proto()
            node.op = "Placeholder"
            node.attr.clear()
            node.attr["dtype"].CopyFrom(dtype)
            node.attr["shape"].shape.CopyFrom(shape)
            names.append(node.name)
    given = [t.op.name for t in traced.inputs if t.dtype != tf.resource]
    outputs = [t.name for t in traced.outputs]
    whole = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(definition, name=""), [])
    return whole.prune([f"{n}:0" for n in given + names], outputs), values


def rows(case: str, precision: str, dump: str | None = None):
    """Count each phase of a case: (case, precision, phase, counts)."""
    model, images = model_of(case, precision)
    for phase in model.step.phases:
        hlo = lowered(model, phase, images)
        if dump:
            name = f"{case} {precision} {phase.name}".replace(" ", "_")
            serialized = lowered(model, phase, images, "hlo_serialized")
            (pathlib.Path(dump) / f"{name}.pb").write_bytes(serialized)
        yield case, precision, phase.name, hlo_counts.counts(hlo)


def read(path=TABLE) -> tuple[str, dict]:
    """The table: its TensorFlow, and (case, precision, phase) -> name -> number."""
    version, header, *lines = path.read_text().splitlines()
    names = header.split("\t")[3:]
    cells = (line.split("\t") for line in lines)
    return version, {tuple(c[:3]): dict(zip(names, map(int, c[3:]), strict=True)) for c in cells}


def write(table: dict, path=TABLE) -> None:
    """Write the table, its versions first."""
    names = hlo_counts.Counts._fields
    lines = [VERSION, "\t".join(("case", "precision", "phase", *names))]
    cases = list(CASES)
    for key in sorted(table, key=lambda key: (cases.index(key[0]), PRECISIONS.index(key[1]))):
        numbers = table[key]
        lines.append("\t".join((*key, *(str(numbers[name]) for name in names))))
    path.write_text("\n".join(lines) + "\n")


def main(argv):
    """Count what the flags name; other rows of the table stay."""
    if FLAGS.filters:
        choice.fir_implementation = lambda up: FLAGS.filters
    _, table = read() if TABLE.exists() else (VERSION, {})
    for case in FLAGS.only or CASES:
        for precision in (p for p in precisions_of(case) if p in FLAGS.precisions):
            for *key, numbers in rows(case, precision, FLAGS.dump):
                table[tuple(key)] = numbers._asdict()
                print(*key, numbers, flush=True)
            if not FLAGS.filters:
                write(table)


if __name__ == "__main__":
    flags.DEFINE_list("only", [], "These cases only.")
    flags.DEFINE_list("precisions", PRECISIONS, "Number formats.")
    flags.DEFINE_enum(
        "filters", None, ["table", "matrix"], "How all filters work; nothing is written."
    )
    flags.DEFINE_string("dump", None, "Folder for the programs themselves.")
    _program.run_tool(main)
