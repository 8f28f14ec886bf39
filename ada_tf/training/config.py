"""The whole configuration of a run: one frozen tree of dataclasses."""

import dataclasses
from collections.abc import Mapping

from ada_tf.augment.named_policies import POLICIES, RESAMPLINGS
from ada_tf.data.config import DataConfig
from ada_tf.label_space import LabelSpace
from ada_tf.models.config import CLASSES, Architecture
from ada_tf.models.families import NetworkSettings, pair_with, settings_class
from ada_tf.settings import Named, SettingError, check, narrowed, renamable, setting
from ada_tf.shape import Shape
from ada_tf.training.iteration.config import EmaConfig, LossConfig, OptimizerConfig
from ada_tf.training.preset_table import NAMES, R3GAN

MODES = ("ada", "adarv", "fixed", "noaug")
XLA = ("auto", "on", "off")
CONVOLUTIONS = ("strided", "folded")
_SNAPSHOTS = ("state", "generator")
# A run is at least one image long, and ends far before the 2**48 images of a seed stream.
_IMAGE, _END = 0.001, 1e9  # kimg


@renamable
@dataclasses.dataclass(frozen=True)
class AugmentConfig:
    """Adaptive discriminator augmentation (arXiv 2006.06676).

    In Python `pipe` may be an `AugmentPolicy`, too; `train` takes names alone, which a file keeps.
    """

    mode: str = setting(
        "ada",
        "Rule for p: ada (by r_t), adarv (by r_v), fixed, or noaug (no augmentation).",
        choices=MODES,
        flag="aug",
        names_run="",
    )
    pipe: str = setting(
        "bgc",
        "Augmentations, such as blit, bg (with geometry) or bgc (with colour).",
        choices=POLICIES,
        flag="augpipe",
        names_run="",
    )
    resample: str = setting(
        "supersampled",
        "Interpolation of transforms; bilinear costs less, and blurs.",
        choices=RESAMPLINGS,
    )
    pseudo_reals: bool = setting(
        False,
        "With probability p, show generated images as real ones (APA).",
        flag="apa",
        names_run="apa",
    )
    p: float = setting(
        0.0,
        "Augmentation probability: at the start, or throughout with --aug=fixed.",
        at_least=0,
        at_most=1,
        flag="p",
        names_run="p",
        scheduled=True,
    )
    target: float | None = setting(
        0.6,
        "Target of r_t (ada) or r_v (adarv), the overfitting statistic.",
        at_least=0,
        at_most=1,
        flag="target",
        names_run="target",
        scheduled=True,
    )
    kimg: float = setting(
        500.0,
        "Thousands of images in which p can move by 1.",
        above=0,
        flag="ada_kimg",
        scheduled=True,
    )
    interval: int = setting(4, "Batches between updates of p.", at_least=1)
    cap: float | None = setting(
        0.8,
        "Highest p; above, augmentations leak into generated images. none: no limit.",
        above=0,
        at_most=1,
        flag="ada_cap",
        scheduled=True,
    )

    def __post_init__(self):
        check(self, free=["pipe"] if isinstance(self.pipe, Mapping) else [])


# Also the defaults of callbacks that are used without a configuration.
SNAP, TICK_KIMG, CHECKPOINT_MINUTES = 50, 4.0, 10.0


@renamable
@dataclasses.dataclass(frozen=True)
class RunConfig:
    """A training run."""

    preset: str = setting(
        help="Preset of all settings that are not given; default: auto.",
        choices=NAMES,
        flag="preset",
    )
    data: DataConfig
    network: NetworkSettings
    loss: LossConfig
    optimizer: OptimizerConfig
    ema: EmaConfig
    augment: AugmentConfig
    batch: int = setting(help="Images per iteration.", at_least=1, flag="batch", names_run="batch")
    batch_gpu: int = setting(
        help="Images per device at a time; gradients accumulate to a batch.",
        at_least=1,
        flag="batch_gpu",
    )
    kimg: float = setting(
        help="Length of training in thousands of images.",
        at_least=_IMAGE,
        at_most=_END,
        flag="kimg",
    )
    num_classes: int = setting(
        0,
        "Number of classes; 0: none.",
        at_least=0,
        at_most=CLASSES,
        decided_by="the labels of the data",
    )
    class_names: tuple[str, ...] = setting(
        (), "Names of the classes; empty: numbers alone.", decided_by="the labels of the data"
    )
    attributes: tuple[str, ...] = setting(
        (), "Names of the attributes.", decided_by="the labels of the data"
    )
    attribute_ranges: tuple[tuple[float, float, float], ...] = setting(
        (),
        "Lowest, median and highest value of each attribute in the data.",
        decided_by="the labels of the data",
    )
    attribute_scales: tuple[tuple[float, float], ...] = setting(
        (),
        "Mean and deviation by which networks standardise each attribute; empty: none.",
        decided_by="the labels of the data",
    )
    class_shares: tuple[float, ...] = setting(
        (), "Share of each class in the data.", decided_by="the labels of the data"
    )
    resume: str | None = setting(
        None,
        "Networks to start a new run from: run, checkpoint, network folder, .pkl, .pt, .safetensors or address.",
        flag="resume",
    )
    resume_partial: bool = setting(
        False, "With --resume, take the weights that fit, however few.", flag="resume_partial"
    )
    seed: int = setting(
        0, "Seed of everything random.", at_least=-(2**63), at_most=2**63 - 1, flag="seed"
    )
    snap: int = setting(
        SNAP, "Ticks between images, and between kept checkpoints.", at_least=1, flag="snap"
    )
    kimg_per_tick: float = setting(
        TICK_KIMG, "Thousands of images between ticks.", at_least=_IMAGE, at_most=_END
    )
    checkpoint_minutes: float = setting(
        CHECKPOINT_MINUTES, "Minutes between checkpoints.", at_least=0, flag="checkpoint_minutes"
    )
    snapshot_kimg: float = setting(
        200.0,
        "Thousands of images between checkpoints that are kept for good.",
        at_least=_IMAGE,
        at_most=_END,
        flag="snapshot_kimg",
    )
    snapshots: str = setting(
        "state",
        "Content of these: the whole state, or averaged generator and configuration.",
        choices=_SNAPSHOTS,
        flag="snapshots",
    )
    xla: str = setting("auto", "Compile with XLA; auto: on a GPU.", choices=XLA, flag="xla")
    conv: str = setting(
        "strided",
        "Convolutions that resample: strided, or folded into plain ones for cards that refuse those.",
        choices=CONVOLUTIONS,
        flag="conv",
    )
    tf32: bool = setting(True, "Multiply float32 in TF32 on a GPU.", flag="tf32")
    use: tuple[tuple[str, str], ...] = setting(
        (), "Modules from outside, with the SHA-256 of their files.", decided_by="modules of --use"
    )

    def __post_init__(self):
        check(self)
        problem = self.label_space.problem()
        if problem is not None:
            raise SettingError(Named("class_names"), f": labels {problem}.")
        # Without a resolution it is still to be found from the data.
        if self.data.resolution is not None:
            self.network.check_shape(Shape.parse(self.data.resolution))

    @property
    def label_space(self) -> LabelSpace:
        """Meaning of the labels of the data."""
        return LabelSpace(
            self.num_classes,
            self.class_names,
            self.attributes,
            self.attribute_ranges,
            self.attribute_scales,
            self.class_shares,
        )

    @property
    def architecture(self) -> Architecture:
        """Architecture of both networks.

        Raises:
            SettingError: resolution or channels are missing.
        """
        try:
            shape = self.data.shape
        except SettingError as error:
            raise error.inside("data") from error
        return Architecture(
            network=self.network,
            shape=shape,
            num_classes=self.num_classes,
            num_attributes=len(self.attributes),
            attribute_scales=self.attribute_scales,
        )

    @property
    def images(self) -> int:
        """Image counter at the end of the run."""
        return round(self.kimg * 1000)

    @property
    def tick_images(self) -> int:
        """Images between ticks."""
        return round(self.kimg_per_tick * 1000)


def families_in(values: Mapping) -> dict[str, str]:
    """The families of networks that settings name: "generator", "discriminator" -> family.

    A discriminator that is not named follows the generator, see `pair_with`; both follow a preset that
    is of a family.

    Args:
        values: settings by path, by the end of a path, or by section, as for `preset`.
    """
    # Settings come by path, by the end of a path, or by section; a family may be in any of them.
    section = values.get("network")
    named = {**values, **(section if isinstance(section, Mapping) else {})}
    found = {}
    for part in ("generator", "discriminator"):
        for name in (part, f"network.{part}"):
            if name in named:
                found[part] = named[name]
    usual = R3GAN.get(values.get("preset"))
    if usual is not None:
        found.setdefault("generator", usual)
    return found | pair_with(found)


def schema_for(values: Mapping) -> type:
    """RunConfig as a description, with `network` of the class of the families that `values` name.

    Raises:
        SettingError: a family is not known, or two do not go together.
    """
    try:
        return narrowed(RunConfig, network=settings_class(families_in(values)))
    except SettingError as error:
        raise error.inside("network") from error
