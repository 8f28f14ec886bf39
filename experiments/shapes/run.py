"""Do pictures of other shapes, with alpha, and of several attributes show what they are asked to?

    python experiments/shapes/run.py --case=icons --out=/tmp/shapes --minutes=60
    python experiments/shapes/run.py --case=traits --out=/tmp/shapes --minutes=60

Every call trains for so many minutes on, measures the snapshots that are new, and prints the table of
all; what is done is not done again. `--minutes=0` measures alone.
"""

import json
import pathlib
import subprocess
import sys

import keras
import numpy as np
import reader as readers
from absl import app, flags
from PIL import Image

import ada_tf

FLAGS = flags.FLAGS
# Case -> (source of creatures, size, channels): icons have classes, traits have attributes.
CASES = {
    "bodies": ("creatures", 32, 3),
    "icons": ("creatures", "32x24", 4),
    "traits": ("creatures:traits", 32, 3),
}
flags.DEFINE_enum("case", None, list(CASES), "What is trained.", required=True)
flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
flags.DEFINE_float("minutes", 30.0, "How long to train on; 0 is not at all.")
flags.DEFINE_integer("kimg", 2000, "Where training ends.")
flags.DEFINE_string("picture", None, "PNG of the newest snapshot.")

TRAINED_ON = "10000"  # the first of them: so many that nothing has to be augmented
SETTINGS = (
    "--preset=tiny", "--cond", "--batch=16", "--lr=0.005", "--aug=noaug", "--set=ema.kimg=3", "--metrics=none",
    "--snapshots=generator", "--snapshot_kimg=20",
)  # fmt: skip
SCALE, COLUMNS = 2, 16


def train(folder: pathlib.Path, name: str, options: dict) -> None:
    """Train for some minutes, or continue; what is stopped keeps its state."""
    command = [
        sys.executable, "-m", "ada_tf.cli.train", *SETTINGS, f"--data={name}:{TRAINED_ON}",
        f"--kimg={FLAGS.kimg}", f"--outdir={folder / 'runs'}",
        *(f"--{key}={value}" for key, value in options.items()),
    ]  # fmt: skip
    process = subprocess.Popen(command)
    try:
        if process.wait(60 * FLAGS.minutes):
            raise SystemExit(f"training ended with {process.returncode}")
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


def snapshots(folder: pathlib.Path) -> dict[float, pathlib.Path]:
    """Kimg -> snapshot, in order."""
    found = folder.glob("runs/*/snapshots/images-*.index")
    by_kimg = {int(path.stem.rpartition("-")[2]) / 1000: path.with_suffix("") for path in found}
    return dict(sorted(by_kimg.items()))


def measured(folder: pathlib.Path, name: str, options: dict) -> dict[str, dict]:
    """kimg, or "drawn" -> what is read right; measures what was not."""
    file = folder / "measured.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    todo = {f"{k:g}": path for k, path in snapshots(folder).items() if f"{k:g}" not in known}
    if "drawn" in known and not todo:
        return known
    reader = readers.trained(folder / "reader.keras", name, options)
    pictures, asked = readers.drawn(name, readers.HELD_OUT, options)
    names, classes = meaning(name)
    if "drawn" not in known:
        known["drawn"] = readers.right(reader.predict(pictures, verbose=0), asked, names, classes)
    for kimg, path in todo.items():
        generator, _ = ada_tf.load_generator(path)
        images = ada_tf.generate(generator, seeds=range(len(asked)), labels=asked, batch=50)
        read = reader.predict(np.clip(images, -1, 1), verbose=0)
        known[kimg] = readers.right(read, asked, names, classes)
        file.write_text(json.dumps(known, indent=1))
    file.write_text(json.dumps(known, indent=1))
    return known


def meaning(name: str) -> tuple[tuple[str, ...], int]:
    """(names of the attributes, number of classes)."""
    from ada_tf.data import creatures

    if name == "creatures":
        return (), len(creatures.CHOICES["body"])
    return tuple(creatures.TRAITS), 0


def table(known: dict[str, dict]) -> str:
    """A row a snapshot, a column an attribute."""
    columns = list(known["drawn"])
    lines = [f"| kimg | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    for kimg, shares in known.items():
        lines.append(f"| {kimg} | " + " | ".join(f"{shares[c]:.1%}" for c in columns) + " |")
    return "\n".join(lines)


def save_picture(path, snapshot: pathlib.Path, name: str) -> None:
    """A class a row; or an attribute a row, without it, or at its lowest, on the left half."""
    generator, _ = ada_tf.load_generator(snapshot)
    names, classes = meaning(name)
    if classes:
        labels = np.repeat(np.eye(classes), COLUMNS, axis=0)
        seeds = np.tile(np.arange(COLUMNS), classes)
    else:
        values = readers.drawn(name, readers.HELD_OUT, {"resolution": 32})[1]
        low, high = values.min(axis=0), values.max(axis=0)
        rows = np.tile(np.median(values, axis=0), (len(names), COLUMNS, 1))
        for number in range(len(names)):
            rows[number, : COLUMNS // 2, number] = np.rint(low[number])
            rows[number, COLUMNS // 2 :, number] = np.rint(high[number])
        labels = rows.reshape(-1, len(names))
        seeds = np.tile(np.arange(COLUMNS // 2), 2 * len(names))
    images = ada_tf.generate(generator, seeds=seeds, labels=labels.astype(np.float32), batch=50)
    pixels = on_checks(np.clip(127.5 * images + 128, 0, 255).astype(np.uint8))
    rows = pixels.reshape(-1, COLUMNS, *pixels.shape[1:])
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    image = Image.fromarray(sheet)
    image.resize((SCALE * image.width, SCALE * image.height), Image.Resampling.NEAREST).save(path)


def on_checks(pixels: np.ndarray) -> np.ndarray:
    """What has alpha on a chessboard, as editors show it: uint8 [N, H, W, C] -> [N, H, W, 3]."""
    if pixels.shape[-1] < 4:
        return pixels
    _, height, width, _ = pixels.shape
    dark = (np.arange(height)[:, None] // 4 + np.arange(width) // 4) % 2
    ground = (245 - 30 * dark)[..., None]
    alpha = pixels[..., 3:] / 255
    return np.rint(pixels[..., :3] * alpha + ground * (1 - alpha)).astype(np.uint8)


def main(_):
    name, resolution, channels = CASES[FLAGS.case]
    out = pathlib.Path(FLAGS.out).absolute()
    options = {"resolution": resolution, "channels": channels, "cache_dir": str(out / "cache")}
    folder = out / FLAGS.case
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    if FLAGS.minutes:
        train(folder, name, options)
    print(table(measured(folder, name, options)))
    if FLAGS.picture and snapshots(folder):
        save_picture(FLAGS.picture, [*snapshots(folder).values()][-1], name)


if __name__ == "__main__":
    app.run(main)
