"""The presets between `tiny` and `auto`: how wide, how many pictures at a time, and for how long."""

import dataclasses
import math

from ada_tf.training.preset_table import r1_gamma


@dataclasses.dataclass(frozen=True)
class Size:
    """What a preset is made for.

    Attributes:
        channel_base: see `NetworkConfig`. Half of it is a quarter of the arithmetic.
        channel_max: likewise.
        latent: numbers of z and of w, as many as there are feature maps.
        most: images of a batch, on each device.
        ada_kimg: see `AugmentConfig`. What lasts less than a million images wants p to move faster.
        snap: ticks between pictures.
        snapshot_kimg: between checkpoints that are kept.
    """

    channel_base: int
    channel_max: int
    latent: int
    most: int
    ada_kimg: float
    snap: int
    snapshot_kimg: float


# Widths so that `kimg` at 64 pixels is a night of two CPU cores, or at 256 a day of a free GPU
# (docs/presets.md has the hours).
SIZES = {
    "small": Size(2048, 128, 128, most=16, ada_kimg=200.0, snap=5, snapshot_kimg=100.0),
    "medium": Size(8192, 256, 256, most=32, ada_kimg=500.0, snap=10, snapshot_kimg=200.0),
}
MBSTD_GROUP = 4
MOST = 64  # images of a batch on all devices, as in `auto`
USUAL_PICTURES = 1000  # where nobody has counted them


@dataclasses.dataclass(frozen=True)
class Schedule:
    """What follows from resolution and number of pictures.

    Attributes:
        batch: images.
        mbstd_group: images of a minibatch-std group.
        gamma: weight of R1.
        ema_kimg: half-life of the averaged generator.
        kimg: until results are usually good.
    """

    batch: int
    mbstd_group: int
    gamma: float
    ema_kimg: float
    kimg: float


def schedule(size: Size, side: int, pictures: int | None, replicas: int = 1) -> Schedule:
    """For some pictures.

    Args:
        size: of `SIZES`.
        side: of the pictures in pixels, `Shape.side`.
        pictures: how many there are, without mirror images; None is not known.
        replicas: devices that train together.
    """
    batch = batch_of(size.most, side, pictures, replicas)
    return Schedule(
        batch,
        min(batch // replicas, MBSTD_GROUP),
        r1_gamma(side, batch),
        batch * 10 / 32,  # as in `auto`
        kimg_of(side, pictures),
    )


def batch_of(most: int, side: int, pictures: int | None, replicas: int) -> int:
    """As in `auto`, with `most` instead of 32, and never more images than there are.

    Each device has a power of two of them, which divides into minibatch-std groups.
    """
    limit = MOST if pictures is None else min(pictures, MOST)
    each = min(4096 // side, most)
    while each > 1 and each * replicas > limit:
        each //= 2
    return max(each, 1) * replicas


def kimg_of(side: int, pictures: int | None) -> float:
    """After how many thousands of images results are usually good, to two digits.

    In proportion to the side: 439 at 32 pixels (experiments/creatures), 1,000 to 5,000 at 64 to 256.
    In proportion to the root of the number of pictures, for what overfits sooner has less to gain
    from more (arXiv 2006.06676, figure 1): half of that for 250 pictures, twice for 4,000.
    """
    share = math.sqrt((pictures or USUAL_PICTURES) / USUAL_PICTURES)
    kimg = 1000 * side / 64 * min(max(share, 0.5), 2.0)
    return float(f"{kimg:.2g}")
