"""Kill a training run again and again; it must end as if nothing had happened, to the last bit.

    python tools/fetch_mobilenet.py
    python tools/torture_resume.py --kills=50

Trains `tiny` on digits with labels, mirrored copies, held-out images and scores, once without
interruption, and once dying `kills` times, always started by the same command. Each death is at a
place that is counted, so that a failure can be repeated (--seed); see `PLACES`. Half of the deaths
are followed by damage to what is on the disk. Then everything that a run leaves is compared: all
tensors of checkpoint, snapshots and best/, all images, statistics and scores.
"""

import hashlib
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from absl import flags

from ada_tf.cli import _program

FLAGS = flags.FLAGS
TRAIN = ("--preset=tiny", "--data=digits", "--resolution=8", "--subset=64", "--batch=16",
         "--seed=3", "--checkpoint_minutes=0", "--cond", "--mirror", "--aug=adarv",
         "--validation=16", "--snapshot_kimg=0.1")  # fmt: skip
# A tick is 10 batches; images and scores come at every second one.
TICKS = ("--set=kimg_per_tick=0.16", "--snap=2")
SCORES = "--metrics=kid64_full_mnv2,fid64_full_mnv2"
# Where a run dies: after so many batches; while a checkpoint is written (after so many bytes);
# between its last byte and its entry in the list; between a checkpoint and its snapshot; between a
# score and the best checkpoint; so many tenths of a second after the start; or by a signal that asks.
PLACES = ("batch", "write", "list", "snapshot", "score", "time", "SIGTERM", "SIGHUP")
GRACEFUL = ("SIGTERM", "SIGHUP")

# The program, with a place to die: argv[1] is the place, argv[2] the count.
PROGRAM = """
import os, resource, signal, sys, threading
place, count = sys.argv[1], int(sys.argv[2])
del sys.argv[1:3]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
left = count
def counted(end=die):
    global left
    left -= 1
    if left == 0:
        end()
def before(owner, name, action):
    original = getattr(owner, name)
    def function(*arguments, **named):
        action()
        return original(*arguments, **named)
    setattr(owner, name, function)
if place == "time":
    timer = threading.Timer(count / 10, die)
    timer.daemon = True
    timer.start()
from ada_tf.cli import train
from ada_tf.metrics import report
from ada_tf.training.runs import checkpoint
from ada_tf.training.runs import run_dir
from ada_tf.training.callbacks import saving
from ada_tf.training.runs import snapshots
if place == "batch":
    before(saving.SavingCallback, "on_train_batch_end", counted)
if place.startswith("SIG"):
    signal.signal(getattr(signal, place), signal.SIG_DFL)  # nohup would have it ignored
    ask = lambda: os.kill(os.getpid(), getattr(signal, place))
    before(saving.SavingCallback, "on_train_batch_end", lambda: counted(ask))
if place == "snapshot":
    before(snapshots, "link", counted)
if place == "score":  # the line of a score is there, what follows from it is not
    append = report.append
    def appended(*arguments):
        append(*arguments)
        counted()
    report.append = appended
if place == "list":  # the files are complete, the list is as it was before
    save = checkpoint.Checkpoints.save
    def saved(self):
        names = self.folder / "checkpoint"
        held = names.read_bytes() if names.exists() else None
        path = save(self)
        if left == 1:
            names.unlink() if held is None else names.write_bytes(held)
        counted()
        return path
    checkpoint.Checkpoints.save = saved
if place == "write":  # the kernel ends a process whose file becomes longer than this
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, resource.RLIM_INFINITY))
train.run()
"""


def start(outdir, kimg: float, place="", count=0, more=(), ticks=TICKS) -> int:
    """Run to the end, or to a death; returns the exit code.

    Raises:
        RuntimeError: it ended in another way.
    """
    command = [
        sys.executable, "-c", PROGRAM, place, str(count), *TRAIN, *ticks, *more,
        f"--kimg={kimg:g}", f"--outdir={outdir}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in ((0, -signal.SIGKILL, -signal.SIGXFSZ) if place else (0,)):
        raise RuntimeError(f"{place} {count}: exit code {done.returncode}: {done.stderr[-2000:]}")
    return done.returncode


def damage(outdir, draw: random.Random) -> str:
    """Damage something that a run must make up for; returns what."""
    (run_dir,) = pathlib.Path(outdir).iterdir()
    folder = run_dir / "checkpoints"
    whole = sorted(folder.glob("images-*.index"), key=lambda p: int(p.stem.split("-")[1]))
    kind = draw.choice(("bit", "cut", "index", "list", "lost list", "line"))
    if kind == "line":  # as if killed while it was written
        for path in run_dir.glob("*.jsonl"):
            with open(path, "ab") as file:
                file.write(b'{"Progress/tick": {"num": 1, "me')
    elif kind in ("list", "lost list"):
        names = folder / "checkpoint"
        names.unlink() if kind == "lost list" else names.write_bytes(b"")
    elif len(whole) < 2:
        return "none"  # there would be nothing left to go back to
    else:
        path = whole[-1] if kind == "index" else next(folder.glob(f"{whole[-1].stem}.data-*"))
        content = bytearray(path.read_bytes())
        if kind == "cut":
            del content[draw.randrange(len(content)) :]
        else:
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        path.write_bytes(content)  # a snapshot of the same file has the same damage
    return kind


def fingerprint(outdir) -> dict[str, str]:
    """Everything that must be equal: name of a tensor, image, statistic or score -> hash."""
    import numpy as np
    import tensorflow as tf

    from ada_tf.training.runs import json_lines
    from ada_tf.training.runs.checkpoint_folder import newest

    (run_dir,) = pathlib.Path(outdir).iterdir()
    found = {p.name: p.read_bytes() for p in run_dir.glob("*.png")}
    kept = [str(p.with_suffix("")) for p in (run_dir / "snapshots").glob("images-*.index")]
    best = [newest(run_dir / "best")] if (run_dir / "best").is_dir() else []
    for checkpoint in [newest(run_dir), *best, *kept]:
        reader = tf.train.load_checkpoint(checkpoint)
        for name in reader.get_variable_to_shape_map():
            if name.startswith("state/") and "/config/" not in name:
                key = f"{pathlib.Path(checkpoint).relative_to(run_dir)} {name}"
                found[key] = np.asarray(reader.get_tensor(name)).tobytes()
    for path in run_dir.glob("*.jsonl"):
        for number, record in enumerate(json_lines.read(path)):
            for name, value in record.items():
                if name.startswith(("Loss/", "Progress/")) or name == "results":
                    found[f"{path.name} {number} {name}"] = json.dumps(value).encode()
    return {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}


def differences(ours: dict, theirs: dict) -> list[str]:
    """Names that one lacks or that differ."""
    return sorted(n for n in ours.keys() | theirs.keys() if ours.get(n) != theirs.get(n))


def complete(outdir, kimg: float) -> bool:
    """Whether a run has come to its end."""
    found = pathlib.Path(outdir).glob("*/checkpoints/images-*.index")
    return max((int(p.stem.split("-")[1]) for p in found), default=0) >= kimg * 1000


def checkpoint_bytes(outdir) -> int:
    """Size of the largest file of the newest checkpoint."""
    return max(p.stat().st_size for p in pathlib.Path(outdir).glob("*/checkpoints/*"))


def main(argv):
    """Train, torture, compare."""
    draw = random.Random(FLAGS.seed)
    work = pathlib.Path(FLAGS.work or tempfile.mkdtemp(prefix="torture-"))
    whole, torn = work / "whole", work / "torn"
    more = [SCORES] if FLAGS.scores else []
    begun = time.monotonic()
    start(whole, FLAGS.kimg, more=more)
    size = checkpoint_bytes(whole)
    counts = {
        "write": (size // 2, size - 1),  # other files are shorter
        "time": (10, 120),
        "snapshot": (1, 2),
        "score": (1, 2),
    }
    deaths, damages = dict.fromkeys(PLACES, 0), {}
    for number in range(FLAGS.kills):
        place = draw.choice(PLACES)
        count = draw.randint(*counts.get(place, (1, 4)))
        died = start(torn, FLAGS.kimg, place, count, more) != 0 or place in GRACEFUL
        deaths[place] += died
        if complete(torn, FLAGS.kimg):
            print("The run is complete; the rest of its deaths wants a larger --kimg.")
            break
        kind = "none"
        if torn.is_dir() and any(torn.glob("*/checkpoints/*.index")) and draw.random() < 0.5:
            kind = damage(torn, draw)
        damages[kind] = damages.get(kind, 0) + 1
        spent = time.monotonic() - begun
        print(
            f"{number + 1}/{FLAGS.kills}: {place} {count}, damage {kind}, {spent:.0f} s", flush=True
        )
    start(torn, FLAGS.kimg, more=more)
    ours, theirs = fingerprint(torn), fingerprint(whole)
    found = differences(ours, theirs)
    print(
        json.dumps(
            {"deaths": deaths, "damages": damages, "compared": len(theirs), "differences": found},
            indent=1,
        )
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    flags.DEFINE_integer("kills", 50, "How often the run dies.", lower_bound=0)
    flags.DEFINE_float("kimg", 8.0, "Length of the run; 500 batches for 8.")
    flags.DEFINE_boolean("scores", True, "With metrics; needs the weights of fetch_mobilenet.py.")
    flags.DEFINE_integer("seed", 0, "Decides where it dies.")
    flags.DEFINE_string("work", None, "Folder of both runs; default a temporary one.")
    _program.run_tool(main)
