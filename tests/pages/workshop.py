"""What the pages take for granted: a folder with pictures, runs and networks, all tiny."""

import shutil

import numpy as np
import PIL.Image

from ada_tf.data.creatures import creature, draw
from ada_tf.images import save_png
from ada_tf.interop.find_network import NETWORKS
from tests.inference.runs import save_run
from tests.interop import published_networks
from tests.interop.published_writer import pytorch, to_pickle
from tests.pages import shortened
from tests.pages.programs import run

PICTURES = 40  # enough for a batch of the presets at 256 pixels
FOLDERS = {"photos": 0, "others": 100, "fakes": 200}  # name -> number of the first creature


def furnish(folder) -> None:
    """Fill an empty folder, which is the current one."""
    for name, first in FOLDERS.items():
        (folder / name).mkdir()
        for number in range(first, first + PICTURES):
            save_png(picture(number), folder / name / f"{number}.png")
    save_png(picture(300), folder / "me.png")
    PIL.Image.fromarray(picture(301)).save(folder / "you.jpg")
    run(["ada-train", "--data=photos/", "--metrics=none", *shortened.TRAINED["README.md"]])
    ranges = {"smiling": (0.0, 0.0, 1.0), "age": (0.0, 0.4, 1.0)}
    save_run(
        folder / shortened.RUN["docs/labels.md"], classes=2, names=("cat", "dog"), ranges=ranges
    )
    shutil.copytree(NETWORKS["creatures"], folder / "runs" / "00000-neon-tiny-from_creatures")
    shutil.copytree(NETWORKS["creatures"], folder / "runs" / "00000-photos-tiny-from_faces")
    of = published_networks.architecture()
    content = to_pickle(pytorch(of, published_networks.build(of)))
    (folder / "stylegan2-ada.pkl").write_bytes(content)
    run(
        [
            "ada-project",
            "creatures",
            "--target=me.png",
            "--outdir=me",
            *shortened.ADDED["ada-project"],
        ]
    )


def picture(number: int) -> np.ndarray:
    """A creature, uint8 [16, 16, 3]."""
    return draw(creature(number), 16)
