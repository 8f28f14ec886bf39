"""Which paths between latents a path length measures; what its name says, without TensorFlow."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Path:
    """Which paths are measured.

    Attributes:
        space: "w" interpolates linearly in W, "z" along great circles in Z.
        ends: measure at the start of each path only, else at a uniformly random point.
        crop: look at the part of the image where aligned faces are.
    """

    space: str = "w"
    ends: bool = True
    crop: bool = False

    def describe(self, count: int) -> str:
        """The protocol of so many paths in words."""
        where = "ends" if self.ends else "random points"
        crop = "cropped to the face" if self.crop else "whole images"
        return (
            f"{count} pairs at {where} of paths in {self.space.upper()}, {crop},"
            " LPIPS 0.1 of VGG16, float32"
        )


W_ENDS = Path()  # of StyleGAN2
