"""Table of presets: settings of the papers, formulas of `auto`, sizes of `small` and `medium`."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Preset:
    """A row of the table; batch / `reference_gpus` images are computed at a time."""

    kimg: float
    batch: int
    reference_gpus: int
    mbstd: int
    feature_maps: float  # relative to channel_base 32768
    learning_rate: float
    gamma: float
    ema_kimg: float
    ema_rampup: float | None
    mapping_layers: int


# arXiv 1912.04958 (stylegan2) and arXiv 2006.06676, appendix C (the rest).
PRESETS = {
    "stylegan2": Preset(25000, 32, 8, 4, 1, 0.002, 10, 10, None, 8),
    "paper256": Preset(25000, 64, 8, 8, 0.5, 0.0025, 1, 20, None, 8),
    "paper512": Preset(25000, 64, 8, 8, 1, 0.0025, 0.5, 20, None, 8),
    "paper1024": Preset(25000, 32, 8, 4, 1, 0.002, 2, 10, None, 8),
    "cifar": Preset(100000, 64, 2, 32, 1, 0.0025, 0.01, 500, 0.05, 2),
}
# Presets of the family of this name; see `r3gan_presets`.
R3GAN = {"r3gan": "r3gan", "r3gan_small": "r3gan", "r3gan_tiny": "r3gan"}
NAMES = ("auto", *PRESETS, "tiny", "small", "medium", *R3GAN)


def auto_preset(resolution: int, replicas: int = 1) -> Preset:
    """Return settings by resolution and number of GPUs, for any data.

    Args:
        resolution: side of a square with as many pixels, `Shape.side`.
        replicas: devices that train together.
    """
    # As `auto` of the paper's code: 32 images a GPU up to 128 pixels, 64 in all, one each at least.
    batch = max(min(replicas * min(4096 // resolution, 32), 64), replicas)
    return Preset(
        kimg=25000,
        batch=batch,
        reference_gpus=replicas,
        mbstd=min(batch // replicas, 4),
        feature_maps=1 if resolution >= 512 else 0.5,
        learning_rate=0.002 if resolution >= 1024 else 0.0025,
        gamma=r1_gamma(resolution, batch),
        # 10 kimg at a batch of 32, as for stylegan2: as many iterations for any batch.
        ema_kimg=batch * 10 / 32,
        ema_rampup=0.05,
        mapping_layers=2,
    )


def r1_gamma(side: int, batch: int) -> float:
    """Return the weight of R1 for images of a side and a batch, as `auto` of the paper's code does."""
    return 0.0002 * side**2 / batch


@dataclasses.dataclass(frozen=True)
class _Size:
    """Sizes of a preset between `tiny` and `auto`.

    Attributes:
        channel_base: see `NetworkConfig`. Half of it is a quarter of the arithmetic.
        channel_max: likewise.
        latent: width of z and of w, as of the feature maps.
        most: images of a batch on each device, at most.
        ada_kimg: see `AugmentConfig`; p has to move faster in runs below a million images.
        snap: ticks between grids.
        snapshot_kimg: kimg between checkpoints that are kept for good.
    """

    channel_base: int
    channel_max: int
    latent: int
    most: int
    ada_kimg: float
    snap: int
    snapshot_kimg: float


# `small` takes a night of two CPU cores at 64 pixels, `medium` a day of a free GPU at 256
# (docs/presets.md has the hours).
SIZES = {
    "small": _Size(2048, 128, 128, most=16, ada_kimg=200.0, snap=5, snapshot_kimg=100.0),
    "medium": _Size(8192, 256, 256, most=32, ada_kimg=500.0, snap=10, snapshot_kimg=200.0),
}
_MBSTD_GROUP = 4
MOST = 64  # images of a batch on all devices, as in `auto`
_USUAL_PICTURES = 1000  # number of images, if unknown


@dataclasses.dataclass(frozen=True)
class _SettingsForData:
    """Settings that follow from resolution and number of images.

    Attributes:
        batch: images.
        mbstd_group: images of a minibatch-std group.
        gamma: weight of R1.
        ema_kimg: half-life of the averaged generator.
        kimg: length after which results are usually good.
    """

    batch: int
    mbstd_group: int
    gamma: float
    ema_kimg: float
    kimg: float


def settings_for_data(
    size: _Size, side: int, pictures: int | None, replicas: int = 1
) -> _SettingsForData:
    """Return the settings for a data set.

    Args:
        size: of `SIZES`.
        side: of the images in pixels, `Shape.side`.
        pictures: number of images without mirror images; None if unknown.
        replicas: devices that train together.
    """
    batch = batch_of(size.most, side, pictures, replicas)
    return _SettingsForData(
        batch,
        min(batch // replicas, _MBSTD_GROUP),
        r1_gamma(side, batch),
        batch * 10 / 32,  # as in `auto`
        kimg_of(side, pictures),
    )


def batch_of(most: int, side: int, pictures: int | None, replicas: int) -> int:
    """Return the batch of `auto` with `most` instead of 32, and never more images than there are.

    Each device gets a power of two, which divides into minibatch-std groups.
    """
    limit = MOST if pictures is None else min(pictures, MOST)
    each = min(4096 // side, most)
    while each > 1 and each * replicas > limit:
        each //= 2
    return max(each, 1) * replicas


def kimg_of(side: int, pictures: int | None) -> float:
    """Return the kimg after which results are usually good, to two digits.

    It grows with the side: 439 at 32 pixels (experiments/creatures), 1,000 to 5,000 at 64 to 256. It
    grows with the root of the number of images, because small sets overfit sooner (arXiv
    2006.06676, figure 1): half for 250 images, twice for 4,000.
    """
    share = math.sqrt((pictures or _USUAL_PICTURES) / _USUAL_PICTURES)
    kimg = 1000 * side / 64 * min(max(share, 0.5), 2.0)
    return float(f"{kimg:.2g}")
