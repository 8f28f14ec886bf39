"""StyleGAN2-ADA in TensorFlow and Keras, and adaptive augmentation for any Keras GAN.

Names are imported on first use, so that the augmentation works beside Keras 2, where the trainer
cannot, and programs answer --help at once.
"""

import importlib

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
    "preset": "ada_tf.training.presets",
    "load_generator": "ada_tf.inference.generate",
}

__all__ = sorted(_HOME)
__version__ = "0.1.0"


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"ada_tf has no {name!r}; it has {', '.join(__all__)}.")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__():
    return __all__
