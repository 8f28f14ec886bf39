"""Do pictures of other shapes, with alpha, and of several attributes show what they are asked to?

    python experiments/shapes/run.py --case=icons --out=/tmp/shapes --minutes=60
    python experiments/shapes/run.py --case=traits --out=/tmp/shapes --minutes=60

Every call draws what is not drawn, trains for so many minutes on, measures the snapshots that are new,
and prints the table of all; what is done is not done again. `--minutes=0` measures alone.
"""

import json
import pathlib
import subprocess
import sys

import icons
import keras
import numpy as np
import reader as readers
from absl import app, flags
from PIL import Image

import ada_tf

FLAGS = flags.FLAGS
CASES = ("icons", "traits")
flags.DEFINE_enum("case", None, CASES, "What is trained.", required=True)
flags.DEFINE_string("out", None, "Folder of pictures and runs.", required=True)
flags.DEFINE_float("minutes", 30.0, "How long to train on; 0 is not at all.")
flags.DEFINE_integer("kimg", 2000, "Where training ends.")
flags.DEFINE_float(
    "psi", 1.0, "Truncation; with another than 1 the newest snapshot is measured alone."
)
flags.DEFINE_string("picture", None, "PNG of the newest snapshot.")

# Numbers of creatures: so many are trained on that nothing has to be augmented; the others are shown to
# the network that reads, and held out from both.
TRAINED_ON, SHOWN = range(10_000), range(1_000_000, 1_012_000)
HELD_OUT = range(2_000_000, 2_001_000)
SETTINGS = (
    "--preset=tiny", "--cond", "--batch=16", "--lr=0.005", "--aug=noaug", "--set=ema.kimg=3",
    # Attributes are learnt sooner by a shallow mapping of labels that learns as fast as the rest.
    "--set=network.discriminator_mapping_layers=2", "--set=network.discriminator_mapping_lr=1",
    "--gamma=1",
    "--metrics=none", "--snapshots=generator", "--snapshot_kimg=20",
)  # fmt: skip
SCALE, COLUMNS = 2, 8


def data(out: pathlib.Path, numbers: range) -> ada_tf.DataConfig:
    """Creatures of the case: icons in a folder, or those of the package with their traits."""
    if FLAGS.case == "icons":
        folder = icons.write(out / f"icons-{numbers[0]}-{numbers[-1]}", numbers)
        shape = {"resolution": f"{icons.WIDTH}x{icons.HEIGHT}", "channels": 4}
        return ada_tf.DataConfig(str(folder), cond=True, cache_dir=str(out / "cache"), **shape)
    source = f"creatures:traits:{numbers[0]}-{numbers[-1]}"
    return ada_tf.DataConfig(
        source, cond=True, cache_dir=str(out / "cache"), resolution=32, channels=3
    )


def train(folder: pathlib.Path, config: ada_tf.DataConfig) -> None:
    """Train for some minutes, or continue; what is stopped keeps its state."""
    given = {"data": config.source, "resolution": config.resolution, "channels": config.channels}
    given |= {"cache_dir": config.cache_dir, "kimg": FLAGS.kimg, "outdir": folder / "runs"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ada_tf.cli.train", *SETTINGS]
        + [f"--{name}={value}" for name, value in given.items()]
    )
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


def measured(folder: pathlib.Path) -> dict[str, dict]:
    """Row of the table, as kimg or "drawn" -> what is read right; measures what was not."""
    file, out = folder / "measured.json", folder.parent
    known = json.loads(file.read_text()) if file.exists() else {}
    found = {f"{kimg:g}": path for kimg, path in snapshots(folder).items()}
    if FLAGS.psi != 1:
        found = {f"{kimg}, psi {FLAGS.psi:g}": path for kimg, path in list(found.items())[-1:]}
    todo = {row: path for row, path in found.items() if row not in known}
    if "drawn" in known and not todo:
        return known
    shown = lambda: ada_tf.open_dataset(data(out, SHOWN))  # noqa: E731
    reader = readers.trained(folder / "reader.keras", shown)
    held_out = ada_tf.open_dataset(data(out, HELD_OUT))
    pictures, asked = readers.drawn(held_out)
    space = held_out.label_space

    def judged(images):
        read = reader.predict(images, verbose=0)
        return readers.right(read, asked, space.attributes, space.num_classes)

    known |= {"drawn": judged(pictures), "drawn, others": judged(np.roll(pictures, 1, axis=0))}
    options = {"labels": asked, "truncation_psi": FLAGS.psi, "batch": 50}
    for row, path in todo.items():
        generator, _ = ada_tf.load_generator(path)
        images = ada_tf.generate(generator, seeds=range(len(asked)), **options)
        known[row] = judged(np.clip(images, -1, 1))
    file.write_text(json.dumps(known, indent=1))
    return known


def table(known: dict[str, dict]) -> str:
    """A row a snapshot, a column an attribute, and their mean."""
    columns = list(known["drawn"])
    lines = [f"| kimg | {' | '.join(columns)} | mean |", "|---" * (2 + len(columns)) + "|"]
    for row, shares in known.items():
        numbers = [shares[c] for c in columns]
        numbers.append(sum(numbers) / len(numbers))
        lines.append(f"| {row} | " + " | ".join(f"{number:.1%}" for number in numbers) + " |")
    return "\n".join(lines)


def rows_of(space, usual: np.ndarray) -> np.ndarray:
    """Labels of the picture, float32 [rows, COLUMNS, D].

    First a class a row; then an attribute a row, low on its left half and high on its right.
    """
    rows = []
    for number in range(space.label_dim):
        row = np.tile(usual, (COLUMNS, 1))
        if number < space.num_classes:
            row[:, : space.num_classes] = np.eye(space.num_classes)[number]
        else:
            low, _, high = space.ranges[number - space.num_classes]
            row[: COLUMNS // 2, number], row[COLUMNS // 2 :, number] = low, high
        rows.append(row)
    return np.array(rows, np.float32)


def save_picture(path, snapshot: pathlib.Path) -> None:
    """What a snapshot makes of `rows_of`, the same seeds in every row and half."""
    generator, config = ada_tf.load_generator(snapshot)
    space = config.label_space
    # What is there or not is not there, and the rest as in most pictures, where it is not asked for.
    ranges = zip(space.attributes, space.ranges, strict=True)
    absent = {name: low for name, (low, _, high) in ranges if (low, high) == (0, 1)}
    usual = np.array(space.vector({0: 1.0} if space.num_classes else {}, absent))
    labels = rows_of(space, usual)
    seeds = [np.arange(COLUMNS)] * space.num_classes
    seeds += [np.tile(np.arange(COLUMNS // 2), 2)] * len(space.attributes)
    options = {"labels": np.concatenate(labels), "truncation_psi": FLAGS.psi, "batch": 50}
    images = ada_tf.generate(generator, seeds=np.concatenate(seeds), **options)
    pixels = on_checks(np.clip(127.5 * images + 128, 0, 255).astype(np.uint8))
    rows = pixels.reshape(-1, COLUMNS, *pixels.shape[1:])
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    image = Image.fromarray(sheet)
    image.resize((SCALE * image.width, SCALE * image.height), Image.Resampling.NEAREST).save(
        path, optimize=True
    )


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
    out = pathlib.Path(FLAGS.out).absolute()
    folder = out / FLAGS.case
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    if FLAGS.minutes:
        train(folder, data(out, TRAINED_ON))
    print(table(measured(folder)))
    if FLAGS.picture and snapshots(folder):
        save_picture(FLAGS.picture, [*snapshots(folder).values()][-1])


if __name__ == "__main__":
    app.run(main)
