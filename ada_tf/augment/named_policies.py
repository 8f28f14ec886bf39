"""Named sets of transforms, read without TensorFlow: they are the choices of `--augpipe`.

Table 1 and Appendix B of "Training Generative Adversarial Networks with Limited Data"
(arXiv:2006.06676) compare most of them; `bgc` is the default of the paper. `diffaugment` is the set of
arXiv:2006.10738, which has p = 1 from the start. `diffusion` is the noise of arXiv:2206.02262, which
grows with p; the discriminator is not told its step, as there. `none` has no transform.
"""

import types
from collections.abc import Mapping

from ada_tf.registry import Registry

# Ways to find values between pixels; see `ada_tf.augment.apply`.
RESAMPLINGS = ("supersampled", "bilinear")

_BLIT = ("xflip", "rotate90", "xint")
_GEOM = ("scale", "rotate", "aniso", "xfrac")
_COLOR = ("brightness", "contrast", "lumaflip", "hue", "saturation")
_BGC = (*_BLIT, *_GEOM, *_COLOR)

# Name -> settings of an `AugmentPolicy`.
POLICIES: Registry[Mapping[str, float]] = Registry("policy", form=r"[a-z][a-z0-9_+]{0,39}")


def add_policy(name: str, settings: Mapping[str, float]) -> None:
    """Name a policy, for `AdaptiveAugmentation(name)` and `--augpipe=name`.

    Args:
        name: small letters, digits, _ and +, such as "bgc+blur".
        settings: multipliers and strengths; see `ada_tf.AugmentPolicy`.

    Raises:
        UserError: the name is taken or malformed.
    """
    POLICIES.add(name, types.MappingProxyType(dict(settings)))


# All multipliers are 1: p alone says how often each happens (Appendix B).
for _name, _transforms in {
    "blit": _BLIT,
    "geom": _GEOM,
    "color": _COLOR,
    "filter": ("imgfilter",),
    "noise": ("noise",),
    "cutout": ("cutout",),
    "none": (),
    "diffaugment": ("shade", "vivid", "tone", "shift", "cutout"),
    "diffusion": ("diffusion",),
    "bgc+diffusion": (*_BGC, "diffusion"),
    "bg": (*_BLIT, *_GEOM),
    "bgc": _BGC,
    "bgcf": (*_BGC, "imgfilter"),
    "bgcfn": (*_BGC, "imgfilter", "noise"),
    "bgcfnc": (*_BGC, "imgfilter", "noise", "cutout"),
}.items():
    add_policy(_name, dict.fromkeys(_transforms, 1.0))
