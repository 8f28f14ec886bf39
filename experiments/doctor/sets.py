"""Near twins and kinds of sets of pictures: what `ada-doctor` sees in them.

    python -m experiments.doctor.sets [FOLDER ...] > experiments/doctor/sets.txt

Looks at creatures, digits and mixtures of both, at creatures that are there in four versions, and at
300 pictures of each folder.
"""

import pathlib
import sys

import numpy as np
from PIL import Image

from ada_tf.diagnosis.image_statistics import look_at_reals
from experiments.doctor.run import drawn, handwritten, versions_of

MOST, SIDE = 300, 32


def pictures_in(folder) -> np.ndarray:
    """Pictures of a folder on white, uint8 [N, SIDE, SIDE, 3]."""
    files = [
        p for p in sorted(pathlib.Path(folder).rglob("*")) if p.suffix in (".png", ".jpg", ".webp")
    ]
    return np.stack([_on_white(path) for path in files[:MOST]])


def _on_white(path) -> np.ndarray:
    with Image.open(path) as image:
        picture = image.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    return np.asarray(white.convert("RGB").resize((SIDE, SIDE)))


def describe(name: str, images) -> str:
    """What is seen of a set, in a line."""
    images = np.unique(images, axis=0)
    found = look_at_reals(images, len(images))
    return (
        f"{name:24s} pictures {found.looked_at:3d}  twins {found.twins:3d}"
        f"  joined {found.joined:.4f}  smaller {found.smaller:.2f}"
    )


def main():
    creatures, digits = drawn(range(MOST)), handwritten(MOST)
    sets = {"creatures": creatures, "creatures, 20 of them": creatures[:20], "digits": digits}
    for count in (15, 37, 75, 150):
        sets[f"150 creatures, {count} digits"] = np.concatenate([creatures[:150], digits[:count]])
    sets["60 creatures, 4 versions"] = versions_of(creatures[:60])
    for folder in sys.argv[1:]:
        sets[pathlib.Path(folder).name] = pictures_in(folder)
    for name, images in sets.items():
        print(describe(name, images), flush=True)


if __name__ == "__main__":
    main()
