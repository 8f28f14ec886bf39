"""StyleGAN2-ADA in TensorFlow and Keras, and adaptive augmentation for any Keras GAN.

`__init__.pyi` lists the names and where they live. A name is imported on first use, so that the
augmentation works beside Keras 2, where the trainer cannot, and programs answer --help at once.
"""

import sys as _sys

from ada_tf.door import door
from ada_tf.version import __version__ as __version__

__getattr__, __dir__, __all__ = door(__name__)

if "ipykernel" in _sys.modules:  # a notebook, whose cells show all that TensorFlow prints
    from ada_tf import loading as _loading

    _loading.announce()
