"""Adaptive discriminator augmentation (ADA), for our trainer and for any other Keras GAN.

Three layers: pure functions (`sample_params`, `apply`), a Keras layer that holds the probability p
(`AdaptiveAugmentation`), and what moves p: `AdaCallback` beside `fit`, `AdaController` in a loop
without. Runs under Keras 2 and Keras 3.
"""

import typing

from ada_tf.door import door

if typing.TYPE_CHECKING:
    from ada_tf.augment.callback import AdaCallback
    from ada_tf.augment.control import next_p, rt, rv
    from ada_tf.augment.controller import AdaController
    from ada_tf.augment.layer import AdaptiveAugmentation
    from ada_tf.augment.methods import LeCam, consistency, pseudo_reals
    from ada_tf.augment.named_policies import POLICIES, add_policy
    from ada_tf.augment.params import AugmentParams, sample_params
    from ada_tf.augment.pipeline import apply
    from ada_tf.augment.policy import TRANSFORMS, AugmentPolicy, add_transform, get_policy
    from ada_tf.augment.transform_row import Transform
    from ada_tf.augment.use import check_discriminator

__all__ = [
    "POLICIES",
    "TRANSFORMS",
    "AdaCallback",
    "AdaController",
    "AdaptiveAugmentation",
    "AugmentParams",
    "AugmentPolicy",
    "LeCam",
    "Transform",
    "add_policy",
    "add_transform",
    "apply",
    "check_discriminator",
    "consistency",
    "get_policy",
    "next_p",
    "pseudo_reals",
    "rt",
    "rv",
    "sample_params",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "callback": ("AdaCallback",),
        "use": ("check_discriminator",),
        "control": (
            "next_p",
            "rt",
            "rv",
        ),
        "controller": ("AdaController",),
        "layer": ("AdaptiveAugmentation",),
        "methods": (
            "LeCam",
            "consistency",
            "pseudo_reals",
        ),
        "named_policies": (
            "POLICIES",
            "add_policy",
        ),
        "params": (
            "AugmentParams",
            "sample_params",
        ),
        "pipeline": ("apply",),
        "policy": (
            "TRANSFORMS",
            "AugmentPolicy",
            "add_transform",
            "get_policy",
        ),
        "transform_row": ("Transform",),
    },
)
