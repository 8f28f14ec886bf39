"""How well pictures come back: those of a generator itself, and others, in w, in w+ and tuned.

    python -m experiments.projection.measure creatures --data=creatures:5000-5015 own paper others

prints a line a part and appends it to --out.
"""

import argparse
import json
import time

import numpy as np
import tensorflow as tf

from ada_tf import generate, load_generator, open_dataset, synthesize
from ada_tf.data import DataConfig
from ada_tf.inference.picture_distance import psnr
from ada_tf.inference.projection import ProjectionConfig, Projector
from ada_tf.inference.tuning import Tuner
from ada_tf.metrics.perceptual import perceptual
from ada_tf.ops.pixels import to_signed

# Name of a part -> pictures, and how they are looked for.
PARTS = {
    "own": ("own", {}),
    "own, one try": ("own", {"tries": 1}),
    "own, from the mean (paper)": ("own", {"starts": 0}),
    "own, from 1,000": ("own", {"starts": 1000}),
    "own, lr 0.03": ("own", {"learning_rate": 0.03}),
    "own, 300 steps": ("own", {"steps": 300}),
    "others, w": ("others", {}),
    "others, w from the mean": ("others", {"starts": 0}),
    "others, w+": ("others", {"space": "w+"}),
}
FIRST_SEED = 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("parts", nargs="+", help=", ".join(PARTS))
    parser.add_argument("--data", default="digits")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--distance", default="pixels")
    parser.add_argument("--out", default="results.jsonl")
    args = parser.parse_args()
    generator, _ = load_generator(args.network, fp32=True)
    shape = generator.synthesis.shape
    embed = perceptual(args.distance, shape).embed
    judge = perceptual("lite0", shape).embed
    pictures = {
        "own": generate(generator, seeds=range(FIRST_SEED, FIRST_SEED + args.count)),
        "others": others(args.data, shape, args.count),
    }
    for part in args.parts:
        kind, changed = PARTS[part.removesuffix(", tuned")]
        targets = pictures[kind]
        projector = Projector(
            generator, embed, config=ProjectionConfig(**changed), batch=args.batch
        )
        started = time.process_time()  # of all cores, on a machine that others use, too
        ws = projector(targets)
        say(args, part, targets, synthesize(generator, ws), judge, started)
        if kind == "others" and "mean" not in part:
            started = time.process_time()
            tuner = Tuner(generator, embed)
            pairs = zip(ws, targets, strict=True)
            images = [synthesize(tuner(w[None], one[None]), w[None])[0] for w, one in pairs]
            say(args, f"{part}, tuned", targets, np.stack(images), judge, started)


def others(data: str, shape, count: int) -> np.ndarray:
    """The first pictures of a data set."""
    config = DataConfig(data, resolution=shape.resolution, channels=shape.channels)
    dataset = open_dataset(config)
    return to_signed(tf.constant(dataset.images(range(count)))).numpy()


def say(args, part, targets, images, judge, started) -> None:
    """A line of results."""
    seconds = (time.process_time() - started) / len(targets)
    found = psnr(images, targets)
    a, b = (judge(tf.constant(one)).numpy() for one in (targets, images))
    line = {
        "network": args.network.rpartition("/")[2],
        "distance": args.distance,
        "part": part,
        "pictures": len(targets),
        "psnr_min": round(float(found.min()), 1),
        "psnr_median": round(float(np.median(found)), 1),
        "psnr_mean": round(float(found.mean()), 1),
        "at_least_30_db": int((found >= 30).sum()),
        "lite0": round(float(np.sum((a - b) ** 2, axis=1).mean()), 3),
        "cpu_seconds": round(seconds, 1),
    }
    print(line, flush=True)
    with open(args.out, "a") as file:
        file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
