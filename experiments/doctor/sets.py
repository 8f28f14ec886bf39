"""Sets of pictures for the runs, and what `ada-doctor` sees in sets: near twins and blank pictures.

python -m experiments.doctor.sets [FOLDER ...] > experiments/doctor/sets.txt
"""

import pathlib
import sys

import numpy as np
from PIL import Image, ImageDraw

from ada_tf.images import save_png

SIDE, MOST = 16, 300
VERSIONS = 4  # of a picture that is there several times


def creatures(numbers, side: int = SIDE) -> np.ndarray:
    """Creatures, uint8 [N, side, side, 3]."""
    from ada_tf.data.creatures import creature, draw

    return np.stack([np.asarray(draw(creature(n), side, side)) for n in numbers])


def digits(count: int) -> np.ndarray:
    """Digits in grey, uint8 [N, SIDE, SIDE, 3]."""
    from sklearn.datasets import load_digits

    found = np.kron(load_digits().images[:count] * 15.9, np.ones([2, 2]))  # 8 x 8 in the set
    return np.repeat(found.astype(np.uint8)[..., np.newaxis], 3, axis=3)


def shapes(count: int = MOST) -> np.ndarray:
    """Circles, squares and triangles on one ground, as icons are: alike on purpose."""
    rng, made = np.random.default_rng(0), []
    for number in range(count):
        image = Image.new("RGB", (64, 64), (240, 240, 235))
        pen, colour = ImageDraw.Draw(image), tuple(int(c) for c in rng.integers(20, 220, 3))
        (x, y), r = rng.uniform(24, 40, 2), rng.uniform(12, 22)
        if number % 3 == 0:
            pen.ellipse((x - r, y - r, x + r, y + r), colour)
        elif number % 3 == 1:
            pen.rectangle((x - r, y - r, x + r, y + r), colour)
        else:
            pen.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], colour)
        made.append(np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)))
    return np.stack(made)


def patches(count: int = MOST) -> np.ndarray:
    """Cut pieces out of scikit-learn's two photographs."""
    from sklearn.datasets import load_sample_images

    rng, made = np.random.default_rng(0), []
    photographs = load_sample_images().images
    for number in range(count):
        whole = photographs[number % 2]
        y, x = (int(rng.integers(0, size - 64)) for size in whole.shape[:2])
        piece = Image.fromarray(whole[y : y + 64, x : x + 64])
        made.append(np.asarray(piece.resize((SIDE, SIDE), Image.Resampling.BOX)))
    return np.stack(made)


def blank(count: int = MOST) -> np.ndarray:
    """Pictures of one colour, with the noise of a scanner."""
    rng = np.random.default_rng(0)
    return rng.integers(250, 254, [count, SIDE, SIDE, 3]).astype(np.uint8)


def versions_of(images) -> np.ndarray:
    """Each picture several times, with noise of up to 3 grey levels: uint8 [N * VERSIONS, R, R, 3]."""
    rng = np.random.default_rng(0)
    several = np.repeat(images.astype(int), VERSIONS, axis=0)
    return np.clip(several + rng.integers(-3, 4, several.shape), 0, 255).astype(np.uint8)


# Name -> its pictures.
DRAWN = {
    "SHAPES": shapes,
    "PATCHES": patches,
    "BLANK": blank,
    "TWO_KINDS": lambda: np.concatenate([creatures(range(150)), digits(150)]),
    "FORTY_DIGITS": lambda: digits(40),
    "ONE_A_CLASS": lambda: digits(10),  # 0 to 9
}


def folder(out, name: str) -> pathlib.Path:
    """Folder of a drawn set."""
    return pathlib.Path(out).absolute() / "sets" / name.lower()


def write(out) -> None:
    """Write the drawn sets as folders of PNG files."""
    for name, make in DRAWN.items():
        target = folder(out, name)
        if target.exists():
            continue
        for number, image in enumerate(make()):
            # Classes are sub-folders.
            into = target / str(number) if name == "ONE_A_CLASS" else target
            into.mkdir(parents=True, exist_ok=True)
            save_png(image, into / f"{number:04d}.png")


def pictures_in(folder) -> np.ndarray:
    """Pictures of a folder on white, uint8 [N, 32, 32, 3]."""
    files = [
        p for p in sorted(pathlib.Path(folder).rglob("*")) if p.suffix in (".png", ".jpg", ".webp")
    ]
    return np.stack([_on_white(path) for path in files[:MOST]])


def _on_white(path) -> np.ndarray:
    with Image.open(path) as image:
        picture = image.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    return np.asarray(white.convert("RGB").resize((32, 32)))


def describe(name: str, images) -> str:
    """What is seen of a set, in a line."""
    from ada_tf.diagnosis.image_statistics import look_at_reals

    images = np.unique(images, axis=0)
    found = look_at_reals(images, len(images))
    return (
        f"{name:24s} pictures {found.looked_at:3d}  twins {found.twins:3d}  blank {found.blank:3d}"
    )


def main():
    sets = {"creatures": creatures(range(MOST), 32), "digits": digits(MOST)}
    sets |= {name.lower(): make() for name, make in DRAWN.items()}
    sets["60 creatures, 4 versions"] = versions_of(creatures(range(60), 32))
    for given in sys.argv[1:]:
        sets[pathlib.Path(given).name] = pictures_in(given)
    for name, images in sets.items():
        print(describe(name, images), flush=True)


if __name__ == "__main__":
    main()
