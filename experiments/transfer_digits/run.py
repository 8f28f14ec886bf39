"""How much earlier does a network that starts from a trained one reach what one from nothing reaches?

    python experiments/transfer_digits/run.py --out=/tmp/transfer
    python experiments/transfer_digits/run.py --out=/tmp/transfer --table

The source knows the digits 0 to 4; the target has 100 pictures of the digits 5 to 9. Every step is
left out if it is done, and training continues where it stopped, so the same command goes on.
"""

import json
import pathlib
import statistics
import subprocess
import sys

import numpy as np
from absl import app, flags
from PIL import Image

from ada_tf.data import DataConfig, open_dataset

FLAGS = flags.FLAGS
flags.DEFINE_string("out", None, "Folder of pictures and runs.", required=True)
flags.DEFINE_integer("seeds", 3, "Runs of each kind.")
flags.DEFINE_integer("source_kimg", 120, "Length of the source's training.")
flags.DEFINE_integer("kimg", 32, "Length of each run.")
flags.DEFINE_integer("few", 100, "Pictures of the target.")
flags.DEFINE_boolean("table", False, "Print the table of what is there, and stop.")

EVERY = 8  # kimg between scores
# Of 7 layers: all of the first resolution.
FREEZED = 4
KINDS = ("scratch", "transfer", "freezed")


def write_pictures(folder: pathlib.Path) -> None:
    """The folders source, few and held_out."""
    dataset = open_dataset(DataConfig("digits", cond=True))
    late = np.flatnonzero(dataset.labels > 4)
    np.random.RandomState(0).shuffle(late)
    parts = {
        "source": np.flatnonzero(dataset.labels < 5),
        "few": late[: FLAGS.few],
        "held_out": late[FLAGS.few :],
    }
    for name, indices in parts.items():
        if (folder / name).exists():
            continue
        work = folder / f"{name}.unfinished"
        work.mkdir(parents=True, exist_ok=True)
        for index, image in zip(indices, dataset.images(indices), strict=True):
            Image.fromarray(image[..., 0]).save(work / f"{index:04d}.png")
        work.rename(folder / name)


def program(name: str, *arguments) -> None:
    """Run a program of ada_tf."""
    subprocess.run([sys.executable, "-m", f"ada_tf.cli.{name}", *map(str, arguments)], check=True)


def train(out: pathlib.Path, name: str, data: str, kimg: int, *more) -> pathlib.Path:
    """Train or continue a run, whose directory is returned."""
    runs = out / "runs" / name
    program(
        "train", "--preset=tiny", "--batch=32", "--lr=0.0025", "--ada_kimg=100", "--set=ema.kimg=1",
        f"--data={out / data}", "--resolution=16", f"--kimg={kimg}",
        f"--outdir={runs}", "--snapshots=generator", f"--snapshot_kimg={EVERY}", *more,
    )  # fmt: skip
    (run,) = runs.iterdir() if runs.exists() else ()
    return run


def scores_file(run: pathlib.Path, held_out: int) -> pathlib.Path:
    return run / f"metric-kid{held_out}_full_mnv2.jsonl"


def main(_):
    out = pathlib.Path(FLAGS.out).absolute()
    if not FLAGS.table:
        write_pictures(out)
        source = train(out, "source", "source", FLAGS.source_kimg)
        held_out = len([*(out / "held_out").iterdir()])
        for seed in range(FLAGS.seeds):
            for kind in KINDS:
                more = [f"--seed={seed}"]
                if kind != "scratch":
                    more.append(f"--resume={source}")
                if kind == "freezed":
                    more.append(f"--freezed={FREEZED}")
                run = train(out, f"{kind}-{seed}", "few", FLAGS.kimg, *more)
                if not scores_file(run, held_out).exists():
                    metric = f"--metrics=kid{held_out}_full_mnv2"
                    program("evaluate", run, "--all", f"--data={out / 'held_out'}", metric)
    print(table(out))


def table(out: pathlib.Path) -> str:
    """KID x 1000 by kimg: the mean over seeds, and the range."""
    found = {}
    for kind in KINDS:
        for run in sorted((out / "runs").glob(f"{kind}-*/*")):
            for file in run.glob("metric-*.jsonl"):
                for line in file.read_text().splitlines():
                    record = json.loads(line)
                    images = int(record["snapshot_pkl"].rpartition("-")[2])
                    (value,) = record["results"].values()
                    found.setdefault((images, kind), {})[run] = 1000 * value
    lines = ["| kimg | " + " | ".join(KINDS) + " |", "|---" * (1 + len(KINDS)) + "|"]
    for images in sorted({images for images, _ in found}):
        cells = []
        for kind in KINDS:
            values = [*found.get((images, kind), {}).values()]
            cells.append(
                f"{statistics.mean(values):.0f} ({min(values):.0f} to {max(values):.0f})"
                if values
                else ""
            )
        lines.append(f"| {images / 1000:g} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    app.run(main)
