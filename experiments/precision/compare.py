"""Does low precision train like float32? The same run in each, at a strong augmentation.

    python experiments/precision/compare.py --iterations=2000 --out=/tmp/precision

Prints one line a precision: the first number that was not finite, if any, and means over the last
quarter of the run; writes the generated images beside each other.
"""

import pathlib
import time

import keras
import numpy as np
from absl import app, flags

from ada_tf.data import DataConfig, open_dataset
from ada_tf.images import save_grid
from ada_tf.models.config import NetworkConfig
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration.config import EmaConfig, LossConfig
from ada_tf.training.model import StyleGAN2ADA

FLAGS = flags.FLAGS
flags.DEFINE_string("data", "digits", "As of ada-train.")
flags.DEFINE_integer("resolution", 32, "Side of the images.")
flags.DEFINE_integer("batch", 16, "Images per iteration.")
# R1 is due every 16th iteration, and the last quarter is shown.
flags.DEFINE_integer("iterations", 2000, "Length of each run.", lower_bound=64)
flags.DEFINE_float("p", 0.8, "Augmentation probability.")
flags.DEFINE_integer("channel_base", 1024, "Feature maps times resolution.")
flags.DEFINE_integer("channel_max", 64, "Feature maps at most.")
flags.DEFINE_integer("low", 4, "Resolutions in low precision, from the highest down; 4x4 never is.")
flags.DEFINE_list("precisions", ["float32", "float16", "bfloat16"], "What to compare.")
flags.DEFINE_string("out", "precision", "Folder of the images.")

SHOWN = ("Loss/D/loss", "Loss/G/loss", "Loss/scores/real", "Loss/scores/fake", "Loss/r1_penalty",
         "Loss/pl_penalty")  # fmt: skip


def train(precision, dataset):
    """(first symptom or None, means of the last quarter, seconds an iteration, images)."""
    keras.utils.set_random_seed(0)
    network = NetworkConfig(
        z_dim=64, w_dim=64, mapping_layers=2, channel_base=FLAGS.channel_base,
        channel_max=FLAGS.channel_max, mbstd_group=4, conv_clamp=256.0,
        precision="float16" if precision == "float32" else precision,
        num_low_precision=0 if precision == "float32" else FLAGS.low,
    )  # fmt: skip
    model = StyleGAN2ADA(dataset.shape, network, AugmentConfig(mode="fixed", p=FLAGS.p))
    # R1 as the preset `auto` scales it with resolution and batch.
    gamma = 0.0002 * dataset.shape.side**2 / FLAGS.batch
    model.compile(LossConfig(r1_gamma=gamma), ema=EmaConfig(1.0, 0.05))
    step, batches = model.make_train_function(), iter(dataset.batches(FLAGS.batch))
    begin = time.perf_counter()
    for i in range(FLAGS.iterations):
        if i == FLAGS.iterations * 3 // 4:
            model.stats.read()  # forget
        step(batches)
    seconds = (time.perf_counter() - begin) / FLAGS.iterations
    means = {name: value["mean"] for name, value in model.stats.read().items()}
    z = np.random.default_rng(0).normal(size=[32, network.z_dim]).astype(np.float32)
    fatal, mended = model.non_finite.read()
    return fatal or mended, means, seconds, model(z).numpy()


def main(_):
    out = pathlib.Path(FLAGS.out)
    out.mkdir(parents=True, exist_ok=True)
    dataset = open_dataset(DataConfig(FLAGS.data, resolution=FLAGS.resolution))
    print("| precision | not finite | " + " | ".join(SHOWN) + " | ms an iteration |")
    print("|---" * (len(SHOWN) + 3) + "|")
    grids = []
    for precision in FLAGS.precisions:
        symptom, means, seconds, images = train(precision, dataset)
        shown = " | ".join(f"{means[name]:.4g}" for name in SHOWN)
        print(f"| {precision} | {symptom or 'never'} | {shown} | {seconds * 1e3:.0f} |", flush=True)
        grids.append(images)
    save_grid(np.concatenate(grids), out / "fakes.png", 32)


if __name__ == "__main__":
    app.run(main)
