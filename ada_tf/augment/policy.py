"""Which transforms may happen, how often and how strongly: the named policies of ADA.

Table 1 and Appendix B of "Training Generative Adversarial Networks with Limited Data"
(arXiv:2006.06676) compare the sets that are named here. `bgc` is the paper's default. `diffaugment` is
that of arXiv:2006.10738, which has p = 1 from the start; `diffusion` the noise of arXiv:2206.02262,
which p makes stronger; and with `none` p decides of no transform.
"""

import dataclasses
from collections.abc import Mapping

from ada_tf.errors import UserError

# How geometric transforms find values between pixels: see `ada_tf.augment.apply`.
RESAMPLINGS = ("supersampled", "bilinear")

_BLIT = ("xflip", "rotate90", "xint")
_GEOM = ("scale", "rotate", "aniso", "xfrac")
_COLOR = ("brightness", "contrast", "lumaflip", "hue", "saturation")
_DIFFAUGMENT = ("shade", "vivid", "tone", "shift", "cutout")


@dataclasses.dataclass(frozen=True)
class AugmentPolicy:
    """The multipliers and strengths of all transforms.

    A transform happens to an image with probability `multiplier * p`, on its own, whatever happens
    to other images and by other transforms. A multiplier of 0 (the default) takes it out.
    Strengths are those of arXiv:2006.06676, Appendix B.

    Attributes:
        xflip: multiplier of the mirror image.
        rotate90: multiplier of rotations by multiples of 90 degrees.
        xint: multiplier of shifts by whole pixels, up to `xint_max` of the image size.
        scale: multiplier of isotropic scaling by 2**N(0, `scale_std`).
        rotate: multiplier of rotation by up to `rotate_max` times 180 degrees.
        aniso: multiplier of anisotropic scaling by 2**N(0, `aniso_std`).
        xfrac: multiplier of shifts by N(0, `xfrac_std`) image sizes.
        brightness: multiplier of adding N(0, `brightness_std`).
        contrast: multiplier of scaling the values by 2**N(0, `contrast_std`).
        lumaflip: multiplier of inverting the luma.
        hue: multiplier of hue rotation by up to `hue_max` times 180 degrees.
        saturation: multiplier of scaling the saturation by 2**N(0, `saturation_std`).
        imgfilter: multiplier of amplifying or damping a frequency band by 2**N(0,
            `imgfilter_std`); `imgfilter_bands` weighs the four bands, low to high.
        noise: multiplier of adding noise of standard deviation |N(0, `noise_std`)|.
        cutout: multiplier of greying out a rectangle of `cutout_size` of the image size.
        shade: multiplier of adding up to `shade_max`.
        vivid: multiplier of stretching the colours of a pixel about their mean by 1 +- `vivid_max`.
        tone: multiplier of stretching the values of an image about their mean by 1 +- `tone_max`.
        shift: multiplier of shifts by whole pixels, up to `shift_max` of the image size, which leave
            nothing behind.
        diffusion: half of it is the chance of noise of a chain that grows with p, at any p.
    """

    xflip: float = 0.0
    rotate90: float = 0.0
    xint: float = 0.0
    xint_max: float = 0.125
    scale: float = 0.0
    rotate: float = 0.0
    aniso: float = 0.0
    xfrac: float = 0.0
    scale_std: float = 0.2
    rotate_max: float = 1.0
    aniso_std: float = 0.2
    xfrac_std: float = 0.125
    brightness: float = 0.0
    contrast: float = 0.0
    lumaflip: float = 0.0
    hue: float = 0.0
    saturation: float = 0.0
    brightness_std: float = 0.2
    contrast_std: float = 0.5
    hue_max: float = 1.0
    saturation_std: float = 1.0
    imgfilter: float = 0.0
    imgfilter_bands: tuple = (1.0, 1.0, 1.0, 1.0)
    imgfilter_std: float = 1.0
    noise: float = 0.0
    cutout: float = 0.0
    noise_std: float = 0.1
    cutout_size: float = 0.5
    shade: float = 0.0
    vivid: float = 0.0
    tone: float = 0.0
    shift: float = 0.0
    shade_max: float = 0.5
    vivid_max: float = 1.0
    tone_max: float = 0.5
    shift_max: float = 0.125
    diffusion: float = 0.0

    def __post_init__(self):
        object.__setattr__(self, "imgfilter_bands", tuple(self.imgfilter_bands))
        if len(self.imgfilter_bands) != 4:
            raise UserError(
                f"imgfilter_bands={self.imgfilter_bands} is refused: four weights are expected, "
                "one for each frequency band from low to high."
            )

    @property
    def follows_p(self) -> bool:
        """Whether nothing happens at p = 0; noise of a diffusion does at any p."""
        return not self.diffusion


def _named(*transforms) -> AugmentPolicy:
    return AugmentPolicy(**dict.fromkeys(transforms, 1.0))


POLICIES = {
    "blit": _named(*_BLIT),
    "geom": _named(*_GEOM),
    "color": _named(*_COLOR),
    "filter": _named("imgfilter"),
    "noise": _named("noise"),
    "cutout": _named("cutout"),
    "none": AugmentPolicy(),
    "diffaugment": _named(*_DIFFAUGMENT),
    "diffusion": _named("diffusion"),
    "bgc+diffusion": _named(*_BLIT, *_GEOM, *_COLOR, "diffusion"),
    "bg": _named(*_BLIT, *_GEOM),
    "bgc": _named(*_BLIT, *_GEOM, *_COLOR),
    "bgcf": _named(*_BLIT, *_GEOM, *_COLOR, "imgfilter"),
    "bgcfn": _named(*_BLIT, *_GEOM, *_COLOR, "imgfilter", "noise"),
    "bgcfnc": _named(*_BLIT, *_GEOM, *_COLOR, "imgfilter", "noise", "cutout"),
}


def get_policy(policy) -> AugmentPolicy:
    """Find a policy.

    Args:
        policy: a name ("bgc"), an `AugmentPolicy`, or a mapping of its attributes.

    Returns:
        The `AugmentPolicy`.

    Raises:
        UserError: if there is no policy of that name, or no such attribute.
    """
    if isinstance(policy, AugmentPolicy):
        return policy
    if isinstance(policy, str) and policy in POLICIES:
        return POLICIES[policy]
    if isinstance(policy, Mapping):
        known = {field.name for field in dataclasses.fields(AugmentPolicy)}
        unknown = sorted(set(policy) - known)
        if unknown:
            raise UserError(
                f"policy has the unknown attributes {', '.join(unknown)}: "
                f"accepted are {', '.join(sorted(known))}."
            )
        return AugmentPolicy(**policy)
    raise UserError(
        f"policy={policy!r} is not known: give one of {', '.join(POLICIES)}, or an AugmentPolicy."
    )
