"""StyleGAN2-ADA in TensorFlow and Keras, and adaptive augmentation for any Keras GAN.

Names are imported on first use, so that the augmentation works beside Keras 2, where the trainer
cannot, and programs answer --help at once.
"""

import importlib
from typing import TYPE_CHECKING

from ada_tf.version import __version__ as __version__

_HOME = {
    "AdaCallback": "ada_tf.augment",
    "AdaController": "ada_tf.augment",
    "AdaptiveAugmentation": "ada_tf.augment",
    "AugmentPolicy": "ada_tf.augment",
    "LeCam": "ada_tf.augment",
    "Transform": "ada_tf.augment",
    "add_policy": "ada_tf.augment",
    "add_transform": "ada_tf.augment",
    "apply": "ada_tf.augment",
    "check_discriminator": "ada_tf.augment",
    "consistency": "ada_tf.augment",
    "pseudo_reals": "ada_tf.augment",
    "sample_params": "ada_tf.augment",
    "DataConfig": "ada_tf.data",
    "ImageDataset": "ada_tf.data",
    "open_dataset": "ada_tf.data",
    "UserError": "ada_tf.errors",
    "checksum_sign": "ada_tf.models.methods",
    "progressive_bits": "ada_tf.models.methods",
    "adaptive_dropout": "ada_tf.models.methods",
    "rotation_loss": "ada_tf.models.methods",
    "rotations": "ada_tf.models.methods",
    "Discriminator": "ada_tf.models",
    "Generator": "ada_tf.models",
    "LatentGenerator": "ada_tf.models",
    "NetworkConfig": "ada_tf.models.config",
    "AugmentConfig": "ada_tf.training.config",
    "RunConfig": "ada_tf.training.config",
    "EmaConfig": "ada_tf.training.iteration.config",
    "LossConfig": "ada_tf.training.iteration.config",
    "OptimizerConfig": "ada_tf.training.iteration.config",
    "discriminator_relativistic_loss": "ada_tf.training.iteration.losses",
    "generator_relativistic_loss": "ada_tf.training.iteration.losses",
    "gradient_penalty": "ada_tf.training.iteration.losses",
    "squared_norm": "ada_tf.training.iteration.losses",
    "with_gradients": "ada_tf.training.iteration.losses",
    "StyleGAN2ADA": "ada_tf.training.model",
    "build_model": "ada_tf.training.train",
    "train": "ada_tf.training.train",
    "ada_callbacks": "ada_tf.training.callbacks.control",
    "GridCallback": "ada_tf.training.callbacks.grids",
    "GuardCallback": "ada_tf.training.callbacks.nan_guard",
    "NotebookCallback": "ada_tf.training.callbacks.notebook",
    "SavingCallback": "ada_tf.training.callbacks.saving",
    "ProgressCallback": "ada_tf.training.callbacks.status",
    "StatusCallback": "ada_tf.training.callbacks.status",
    "TickCallback": "ada_tf.training.callbacks.ticks",
    "ValidationCallback": "ada_tf.training.callbacks.control",
    "Checkpoints": "ada_tf.training.runs.checkpoint",
    "Snapshots": "ada_tf.training.runs.snapshots",
    "MetricsCallback": "ada_tf.metrics.callback",
    "metrics_callbacks": "ada_tf.metrics.callback",
    "evaluate": "ada_tf.metrics.evaluate",
    "blend": "ada_tf.inference.blend",
    "class_number": "ada_tf.inference.label_arguments",
    "film": "ada_tf.inference.film",
    "generate": "ada_tf.inference.generate",
    "direction_between": "ada_tf.inference.find_directions",
    "find_directions": "ada_tf.inference.find_directions",
    "read_directions": "ada_tf.inference.directions",
    "save_directions": "ada_tf.inference.directions",
    "steered": "ada_tf.inference.directions",
    "preset": "ada_tf.training.presets",
    "ProjectionConfig": "ada_tf.inference.projection",
    "project": "ada_tf.inference.projection",
    "tune": "ada_tf.inference.tuning",
    "load_generator": "ada_tf.inference.generate",
    "map_latents": "ada_tf.inference.generate",
    "synthesize": "ada_tf.inference.generate",
    "training_film": "ada_tf.inference.training_film",
    "mix_styles": "ada_tf.inference.styles",
    "export_saved_model": "ada_tf.interop.export.saved_model",
    "read_network": "ada_tf.interop.find_network",
    "save_film": "ada_tf.films.film_file",
    "save_grid": "ada_tf.images",
    "Shape": "ada_tf.shape",
}

__all__ = sorted(_HOME)

if TYPE_CHECKING:  # the same for editors and type checkers, which import nothing
    from ada_tf.augment import AdaCallback as AdaCallback
    from ada_tf.augment import AdaController as AdaController
    from ada_tf.augment import AdaptiveAugmentation as AdaptiveAugmentation
    from ada_tf.augment import AugmentPolicy as AugmentPolicy
    from ada_tf.augment import LeCam as LeCam
    from ada_tf.augment import Transform as Transform
    from ada_tf.augment import add_policy as add_policy
    from ada_tf.augment import add_transform as add_transform
    from ada_tf.augment import apply as apply
    from ada_tf.augment import check_discriminator as check_discriminator
    from ada_tf.augment import consistency as consistency
    from ada_tf.augment import pseudo_reals as pseudo_reals
    from ada_tf.augment import sample_params as sample_params
    from ada_tf.data import DataConfig as DataConfig
    from ada_tf.data import ImageDataset as ImageDataset
    from ada_tf.data import open_dataset as open_dataset
    from ada_tf.errors import UserError as UserError
    from ada_tf.films.film_file import save_film as save_film
    from ada_tf.images import save_grid as save_grid
    from ada_tf.inference.blend import blend as blend
    from ada_tf.inference.directions import read_directions as read_directions
    from ada_tf.inference.directions import save_directions as save_directions
    from ada_tf.inference.directions import steered as steered
    from ada_tf.inference.film import film as film
    from ada_tf.inference.find_directions import direction_between as direction_between
    from ada_tf.inference.find_directions import find_directions as find_directions
    from ada_tf.inference.generate import generate as generate
    from ada_tf.inference.generate import load_generator as load_generator
    from ada_tf.inference.generate import map_latents as map_latents
    from ada_tf.inference.generate import synthesize as synthesize
    from ada_tf.inference.label_arguments import class_number as class_number
    from ada_tf.inference.projection import ProjectionConfig as ProjectionConfig
    from ada_tf.inference.projection import project as project
    from ada_tf.inference.styles import mix_styles as mix_styles
    from ada_tf.inference.training_film import training_film as training_film
    from ada_tf.inference.tuning import tune as tune
    from ada_tf.interop.export.saved_model import export_saved_model as export_saved_model
    from ada_tf.interop.find_network import read_network as read_network
    from ada_tf.metrics.callback import MetricsCallback as MetricsCallback
    from ada_tf.metrics.callback import metrics_callbacks as metrics_callbacks
    from ada_tf.metrics.evaluate import evaluate as evaluate
    from ada_tf.models import Discriminator as Discriminator
    from ada_tf.models import Generator as Generator
    from ada_tf.models import LatentGenerator as LatentGenerator
    from ada_tf.models.config import NetworkConfig as NetworkConfig
    from ada_tf.models.methods import adaptive_dropout as adaptive_dropout
    from ada_tf.models.methods import checksum_sign as checksum_sign
    from ada_tf.models.methods import progressive_bits as progressive_bits
    from ada_tf.models.methods import rotation_loss as rotation_loss
    from ada_tf.models.methods import rotations as rotations
    from ada_tf.shape import Shape as Shape
    from ada_tf.training.callbacks.control import ValidationCallback as ValidationCallback
    from ada_tf.training.callbacks.control import ada_callbacks as ada_callbacks
    from ada_tf.training.callbacks.grids import GridCallback as GridCallback
    from ada_tf.training.callbacks.nan_guard import GuardCallback as GuardCallback
    from ada_tf.training.callbacks.notebook import NotebookCallback as NotebookCallback
    from ada_tf.training.callbacks.saving import SavingCallback as SavingCallback
    from ada_tf.training.callbacks.status import ProgressCallback as ProgressCallback
    from ada_tf.training.callbacks.status import StatusCallback as StatusCallback
    from ada_tf.training.callbacks.ticks import TickCallback as TickCallback
    from ada_tf.training.config import AugmentConfig as AugmentConfig
    from ada_tf.training.config import RunConfig as RunConfig
    from ada_tf.training.iteration.config import EmaConfig as EmaConfig
    from ada_tf.training.iteration.config import LossConfig as LossConfig
    from ada_tf.training.iteration.config import OptimizerConfig as OptimizerConfig
    from ada_tf.training.iteration.losses import (
        discriminator_relativistic_loss as discriminator_relativistic_loss,
    )
    from ada_tf.training.iteration.losses import (
        generator_relativistic_loss as generator_relativistic_loss,
    )
    from ada_tf.training.iteration.losses import gradient_penalty as gradient_penalty
    from ada_tf.training.iteration.losses import squared_norm as squared_norm
    from ada_tf.training.iteration.losses import with_gradients as with_gradients
    from ada_tf.training.model import StyleGAN2ADA as StyleGAN2ADA
    from ada_tf.training.presets import preset as preset
    from ada_tf.training.runs.checkpoint import Checkpoints as Checkpoints
    from ada_tf.training.runs.snapshots import Snapshots as Snapshots
    from ada_tf.training.train import build_model as build_model
    from ada_tf.training.train import train as train
else:  # where they could see this, every name would exist

    def __getattr__(name):
        if name not in _HOME:
            raise AttributeError(f"ada_tf has no {name!r}; it has {', '.join(__all__)}.")
        return getattr(importlib.import_module(_HOME[name]), name)


def __dir__():
    return __all__
