"""Presets of R3GAN: the paper's settings of FFHQ at 256 pixels (arXiv 2501.05441), and rules that scale them.

Every schedule is half a cosine over the burn-in, and stays at its end:

| setting | from | to | elsewhere than in FFHQ at 256 pixels |
|---|---|---|---|
| `optimizer.learning_rate` | 2e-4 | 5e-5 | times 768 / W: a step is a share of weights of W inputs (arXiv 2203.03466) |
| `loss.r1_gamma`, `r2_gamma` | 150 | 15 | 2 (R / 64)^3.1 to a tenth of it: through 2 at 64 pixels and 150 at 256 |
| `optimizer.beta_2` | 0.9 | 0.99 | the same |
| `ema.kimg` | 0 | 500 | a 40th of the burn-in |
| `augment.p` | 0 | 0.3 | the same, with --aug=fixed |
| burn-in, kimg | | 20,000 | half of the usual length: 60, and that for 1,000 pictures |

W is the width of the smallest block, R the side of the pictures. Nothing follows from `kimg`: a run
that is made longer goes on exactly.
"""

import dataclasses
import math

from ada_tf.data.config import DataConfig
from ada_tf.settings import Schedule
from ada_tf.shape import Shape
from ada_tf.training.config import AugmentConfig, RunConfig
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig
from ada_tf.training.preset_table import batch_of, kimg_of

_WIDTH = 768  # of the paper's networks: half as wide again as StyleGAN2, sections 3.4 and 3.5
_Z = 64  # ours


@dataclasses.dataclass(frozen=True)
class _Size:
    """A row of the presets; None follows the data.

    Attributes:
        channel_base: see `R3GANConfig`.
        channel_max: likewise.
        most: images of a batch on each device, at most; None is the paper's 256 on 8 GPUs.
        kimg: length.
        burn_in: kimg of the schedules.
        mode: rule for p: the paper's schedule, or ADA, for few pictures.
        ada_kimg: see `AugmentConfig`.
        snap: ticks between grids.
        snapshot_kimg: kimg between checkpoints that are kept for good.
    """

    channel_base: int
    channel_max: int
    most: int | None
    kimg: float | None
    burn_in: float | None
    mode: str
    ada_kimg: float
    snap: int
    snapshot_kimg: float


# Widths, batches and lengths of the small ones are those of `small` and `tiny`.
_SIZES = {
    "r3gan": _Size(24576, _WIDTH, None, 25000.0, 20000.0, "fixed", 500.0, 50, 200.0),
    "r3gan_small": _Size(2048, 128, 16, None, None, "ada", 200.0, 5, 100.0),
    "r3gan_tiny": _Size(1024, 64, 16, 120.0, 60.0, "ada", 200.0, 5, 20.0),
}


def gamma_of(side: int) -> float:
    """Weight of R1 and of R2 at the start: the paper's at 64 and 256 pixels, a power of the side."""
    return 2 * (side / 64) ** math.log(150 / 2, 256 / 64)


def r3gan(
    name: str, data: DataConfig, networks, replicas: int, pictures: int | None, mode: str | None
) -> RunConfig:
    """Return a preset without further settings.

    Args:
        name: "r3gan", "r3gan_small" or "r3gan_tiny".
        data: complete.
        networks: makes the settings of networks.
        replicas: devices that train together.
        pictures: number of images without mirror images; None if unknown.
        mode: rule for p, if somebody gave one; "fixed" brings the paper's schedule.
    """
    size, side = _SIZES[name], Shape.parse(data.resolution).side
    burn_in = size.burn_in or kimg_of(side, None) / 2
    if size.most is None:
        batch, part = 256, 32
    else:
        batch = batch_of(size.most, side, pictures, replicas)
        part = batch // replicas

    def cosine(start: float, end: float) -> Schedule:
        # Four digits: these numbers are read in files and on command lines.
        return Schedule("cosine", [float(f"{v:.4g}") for v in (start, end)], (0, burn_in))

    gamma = gamma_of(side)
    rate = 2e-4 * _WIDTH / size.channel_max
    mode = mode or size.mode
    return RunConfig(
        preset=name,
        data=data,
        network=networks(
            # Settings of StyleGAN2, for a family that is given instead.
            z_dim=_Z, w_dim=_Z, mapping_layers=2, mbstd_group=min(part, 4),
            channel_base=size.channel_base, channel_max=size.channel_max,
        ),
        loss=LossConfig(
            adversarial="relativistic",
            r1_gamma=cosine(gamma, gamma / 10),
            r2_gamma=cosine(gamma, gamma / 10),
            r1_interval=0,
            pl_weight=0.0,
            style_mixing_prob=0.0,
        ),
        optimizer=OptimizerConfig(
            learning_rate=cosine(rate, rate / 4), beta_2=cosine(0.9, 0.99)
        ),
        ema=EmaConfig(cosine(0.0, burn_in / 40), None),
        augment=AugmentConfig(
            mode=mode, p=cosine(0.0, 0.3) if mode == "fixed" else 0.0, kimg=size.ada_kimg
        ),
        batch=batch,
        batch_gpu=part,
        kimg=size.kimg or kimg_of(side, pictures),
        snap=size.snap,
        snapshot_kimg=size.snapshot_kimg,
    )  # fmt: skip
