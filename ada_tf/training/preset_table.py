"""The table of presets: their names, what the papers trained with, and the formulas of `auto`."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Preset:
    """One row of the table. `reference_gpus` is the number that fixes the images per GPU and round."""

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
NAMES = ("auto", *PRESETS, "tiny", "small", "medium")


def auto_preset(resolution: int, replicas: int = 1) -> Preset:
    """Settings by resolution and number of GPUs, for when nothing is known of the data.

    `resolution` is the side of squares, or of those that have as many pixels: `Shape.side`.
    """
    batch = max(min(replicas * min(4096 // resolution, 32), 64), replicas)
    return Preset(
        kimg=25000,
        batch=batch,
        reference_gpus=replicas,
        mbstd=min(batch // replicas, 4),
        feature_maps=1 if resolution >= 512 else 0.5,
        learning_rate=0.002 if resolution >= 1024 else 0.0025,
        gamma=r1_gamma(resolution, batch),
        ema_kimg=batch * 10 / 32,
        ema_rampup=0.05,
        mapping_layers=2,
    )


def r1_gamma(side: int, batch: int) -> float:
    """Weight of R1 by the side of the pictures and the batch: the formula of the original's `auto`."""
    return 0.0002 * side**2 / batch
