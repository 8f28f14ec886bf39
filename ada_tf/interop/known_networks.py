"""Networks that have a name: those of the package, and published ones that are downloaded.

Imports nothing heavy, for programs, which look a name up before they load TensorFlow.
"""

import dataclasses
import pathlib

_FOLDER = pathlib.Path(__file__).parent / "networks"
_NVIDIA = "NVIDIA's Source Code License, which allows non-commercial use only"
_BY_NVIDIA = "https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained/transfer-learning-source-nets/"

# Name -> folder. A folder of the user's that is called so is ./NAME.
NETWORKS = {"creatures": _FOLDER / "creatures"}


@dataclasses.dataclass(frozen=True)
class Source:
    """Networks that somebody has published, to start a training from.

    Attributes:
        title: what they make images of.
        resolution: side of the images in pixels.
        url: of their file.
        licence: under which they may be used.
    """

    title: str
    resolution: int
    url: str
    licence: str = _NVIDIA


# No SHA-256 of these files is known. A folder of the user's that is called so is ./NAME.
PUBLISHED = {
    "ffhq256": Source(
        "faces of FFHQ", 256, f"{_BY_NVIDIA}ffhq-res256-mirror-paper256-noaug.pkl"
    ),
    "ffhq512": Source(
        "faces of FFHQ", 512, f"{_BY_NVIDIA}ffhq-res512-mirror-stylegan2-noaug.pkl"
    ),
    "ffhq1024": Source(
        "faces of FFHQ", 1024, f"{_BY_NVIDIA}ffhq-res1024-mirror-stylegan2-noaug.pkl"
    ),
    "celebahq256": Source(
        "faces of CelebA-HQ", 256,
        f"{_BY_NVIDIA}celebahq-res256-mirror-paper256-kimg100000-ada-target0.5.pkl",
    ),
    "lsundog256": Source(
        "dogs of LSUN", 256, f"{_BY_NVIDIA}lsundog-res256-paper256-kimg100000-noaug.pkl"
    ),
}  # fmt: skip
