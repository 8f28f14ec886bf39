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
    "apply": "ada_tf.augment",
    "check_discriminator": "ada_tf.augment",
    "sample_params": "ada_tf.augment",
    "DataConfig": "ada_tf.data",
    "open_dataset": "ada_tf.data",
    "Discriminator": "ada_tf.models",
    "Generator": "ada_tf.models",
    "StyleGAN2ADA": "ada_tf.training.model",
    "UserError": "ada_tf.errors",
    "generate": "ada_tf.inference.generate",
    "load_generator": "ada_tf.inference.generate",
}

__all__ = sorted(_HOME)

if TYPE_CHECKING:  # the same for editors and type checkers, which import nothing
    from ada_tf.augment import AdaCallback as AdaCallback
    from ada_tf.augment import AdaController as AdaController
    from ada_tf.augment import AdaptiveAugmentation as AdaptiveAugmentation
    from ada_tf.augment import AugmentPolicy as AugmentPolicy
    from ada_tf.augment import apply as apply
    from ada_tf.augment import check_discriminator as check_discriminator
    from ada_tf.augment import sample_params as sample_params
    from ada_tf.data import DataConfig as DataConfig
    from ada_tf.data import open_dataset as open_dataset
    from ada_tf.errors import UserError as UserError
    from ada_tf.inference.generate import generate as generate
    from ada_tf.inference.generate import load_generator as load_generator
    from ada_tf.models import Discriminator as Discriminator
    from ada_tf.models import Generator as Generator
    from ada_tf.training.model import StyleGAN2ADA as StyleGAN2ADA
else:  # where they could see this, every name would exist

    def __getattr__(name):
        if name not in _HOME:
            raise AttributeError(f"ada_tf has no {name!r}; it has {', '.join(__all__)}.")
        return getattr(importlib.import_module(_HOME[name]), name)


def __dir__():
    return __all__
