"""Time and memory of the metrics on this machine, on images of noise.

    python tools/bench_metrics.py --images=10000 --side=64

The features of one network are made once and shared, so a second metric of the same network costs
only its own line below.
"""

import resource
import time

import numpy as np
from absl import app, flags

from ada_tf.metrics.features.feature_network import FeatureNetwork, load_network
from ada_tf.metrics.features.inception import build_inception
from ada_tf.metrics.features.vgg16 import build_vgg16
from ada_tf.metrics.measures.frechet import frechet_distance_of, moments_of
from ada_tf.metrics.measures.inception_score import inception_score
from ada_tf.metrics.measures.kernel import kernel_distance
from ada_tf.metrics.measures.precision_recall import precision_recall

_IMAGES = flags.DEFINE_integer("images", 10_000, "Images through the offline network.")
_OTHERS = flags.DEFINE_integer("others", 256, "Images through the other networks.")
_SIDE = flags.DEFINE_integer("side", 64, "Pixels of a side.")
_COUNT = flags.DEFINE_integer("count", 10_000, "Real and generated features of each metric.")


def timed(name, function):
    start = time.perf_counter()
    found = function()
    # ru_maxrss counts kilobytes; it never falls.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{name:<44s} {time.perf_counter() - start:8.1f} s   peak so far {peak:.2f} GB", flush=True
    )
    return found


def main(argv) -> None:
    del argv
    rng = np.random.default_rng(0)
    side = _SIDE.value
    images = rng.integers(0, 256, [_IMAGES.value, side, side, 3]).astype(np.uint8)
    networks = (
        (load_network("mobilenet"), _IMAGES.value),
        (FeatureNetwork("inception", build_inception(), "random"), _OTHERS.value),
        (FeatureNetwork("vgg16", build_vgg16(), "random"), _OTHERS.value),
    )
    for network, count in networks:
        network(images[:32])  # tracing
        timed(f"{network.name}, {count} images", lambda n=network, c=count: n(images[:c]))
    count = _COUNT.value
    for width in (1280, 2048):
        real, fake = (rng.standard_normal([count, width], np.float32) for _ in range(2))
        a, b = (
            timed(f"moments, {count} x {width}", lambda x=x: moments_of(x)) for x in (real, fake)
        )
        timed(f"FID, {width} features", lambda a=a, b=b: frechet_distance_of(a, b))
        timed(f"KID, {count} of {width} features", lambda r=real, f=fake: kernel_distance(r, f))
    real, fake = (rng.standard_normal([count, 4096], np.float32) for _ in range(2))
    timed(f"precision, recall, {count} of 4096", lambda: precision_recall(real, fake))
    p = rng.dirichlet(np.ones(1008), count)
    timed(f"IS, {count} of 1008", lambda: inception_score(p))


if __name__ == "__main__":
    app.run(main)
