"""Feature networks, one row each; a new one is a row here and a file beside it.

Nothing of this imports TensorFlow, so that a mistyped name is answered at once.
"""

import dataclasses

from ada_tf.errors import UserError
from ada_tf.metrics.features.published import WEIGHT_FILES

FEATURES, PROBABILITIES = "features", "probabilities"


@dataclasses.dataclass(frozen=True)
class Network:
    """A public network that looks at images.

    Attributes:
        name: as --features and `load_network` take it.
        end: of the names of metrics that look through it. A kind of metric needs no end for the
            network that papers use for it, see `kinds`.
        outputs: what it gives: "features", and "probabilities" of classes if it is a classifier.
        weights: key of `published.WEIGHT_FILES`.
        load: module of this folder and its function: (path, **options) -> (Keras model of uint8
            [N, H, W, 3] -> {output: float32 [N, D]}, weights that decide it as name -> array).
        options: of that function.
        revision: goes up when the code makes other features of the same weights, so that
            statistics of the reals that an older version has kept are made again.
        title: for the protocol; that of its weights if it says no other.
    """

    name: str
    end: str
    outputs: tuple[str, ...]
    weights: str
    load: str
    options: dict = dataclasses.field(default_factory=dict)
    revision: int = 1
    title: str = ""

    def __post_init__(self):
        if not self.title:
            object.__setattr__(self, "title", WEIGHT_FILES[self.weights].title)


_ROWS = (
    Network(
        "inception", "_inception", (FEATURES, PROBABILITIES), "inception",
        "inception_weights.load",
    ),
    Network(
        "inception_clean", "_clean", (FEATURES, PROBABILITIES), "inception",
        "inception_weights.load", {"resize": "clean_bicubic"},
        title="Inception of 2015-12-05, resized as clean-fid does",
    ),
    # Its revision 2: resized as TensorFlow 1 did.
    Network("vgg16", "_vgg16", (FEATURES,), "vgg16", "vgg16.load", revision=2),
    Network("lite0", "_lite0", (FEATURES, PROBABILITIES), "lite0", "lite0.load"),
    Network("mobilenet", "_mnv2", (FEATURES,), "mobilenet", "mobilenet.load"),
    Network("clip", "_clip", (FEATURES,), "clip", "clip.load"),
    Network(
        "dinov2_s", "_dinov2_s", (FEATURES,), "dinov2_s", "dinov2.load",
        {"width": 384, "depth": 12, "heads": 6},
    ),
    Network(
        "dinov2_b", "_dinov2_b", (FEATURES,), "dinov2_b", "dinov2.load",
        {"width": 768, "depth": 12, "heads": 12},
    ),
    Network(
        "dinov2_l", "_dinov2_l", (FEATURES,), "dinov2_l", "dinov2.load",
        {"width": 1024, "depth": 24, "heads": 16},
    ),
)  # fmt: skip
NETWORKS = {row.name: row for row in _ROWS}
RESERVED = ("_full", "_train", "_held")  # parts of names of metrics that are no ends
LPIPS = "lpips"  # looks at pairs, see `registry.load_perceptual`


def network(name: str) -> Network:
    """The row of a network.

    Raises:
        UserError: there is none of that name.
    """
    if name not in NETWORKS:
        raise UserError(
            f"features={name!r} is no network; choose {', '.join(NETWORKS)}, or give the .json"
            " file that declares your own."
        )
    return NETWORKS[name]
