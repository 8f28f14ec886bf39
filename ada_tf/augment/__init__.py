"""Adaptive discriminator augmentation (ADA), for our trainer and for any other Keras GAN.

Three layers: pure functions (`sample_params`, `apply`), a Keras layer that holds the probability p
(`AdaptiveAugmentation`), and what moves p: `AdaCallback` beside `fit`, `AdaController` in a loop
without. Runs under Keras 2 and Keras 3.
"""

from ada_tf.door import door

__getattr__, __dir__, __all__ = door(__name__)
