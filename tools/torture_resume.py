"""Kill a training run again and again; it must end as if nothing had happened, to the last bit.

    python tools/torture_resume.py --kills=50

Trains `tiny` on digits once without interruption, and once dying `kills` times, always started by
the same command. Each death is a signal that cannot be caught, at a place that is counted, so that
a failure can be repeated (--seed): after so many batches, while a checkpoint is written (after so
many bytes), and between its last byte and its entry in the list of checkpoints. Then weights,
averages, moments, p, counters and all pictures of both runs are compared.
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
         "--seed=3", "--checkpoint_minutes=0")  # fmt: skip
PLACES = ("batch", "write", "list")

# The program, with a place to die: argv[1] is the place, argv[2] the count.
VICTIM = """
import os, resource, signal, sys
place, count = sys.argv[1], int(sys.argv[2])
del sys.argv[1:3]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
left = count
def counted():
    global left
    left -= 1
    if left == 0:
        die()
from ada_tf.cli import train
from ada_tf.training import checkpoint, saving
if place == "batch":
    end = saving.SavingCallback.on_train_batch_end
    def on_train_batch_end(self, batch, logs=None):
        counted()
        end(self, batch, logs)
    saving.SavingCallback.on_train_batch_end = on_train_batch_end
if place == "list":  # the files are complete, the list is as it was before
    save = checkpoint.Checkpoints.save
    def saved(self):
        names = self.folder / "checkpoint"
        before = names.read_bytes() if names.exists() else None
        path = save(self)
        if left == 1:
            names.unlink() if before is None else names.write_bytes(before)
        counted()
        return path
    checkpoint.Checkpoints.save = saved
if place == "write":  # the kernel ends a process whose file becomes longer than this
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, resource.RLIM_INFINITY))
train.run()
"""


def arguments(outdir, kimg: float) -> list[str]:
    """Flags of the run in `outdir`."""
    return [*TRAIN, f"--kimg={kimg:g}", f"--outdir={outdir}"]


def finish(outdir, kimg: float) -> None:
    """Run to the end."""
    command = [sys.executable, "-m", "ada_tf.cli.train", *arguments(outdir, kimg)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])


def kill(outdir, kimg: float, place: str, count: int) -> bool:
    """Run until death; returns False if the run was complete before."""
    command = [sys.executable, "-c", VICTIM, place, str(count), *arguments(outdir, kimg)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, -signal.SIGKILL, -signal.SIGXFSZ):
        raise RuntimeError(f"{place} {count}: exit code {done.returncode}: {done.stderr[-2000:]}")
    return done.returncode != 0


def fingerprint(outdir) -> dict[str, str]:
    """Everything that must be equal: name of a tensor or a picture -> hash."""
    import numpy as np
    import tensorflow as tf

    from ada_tf.training.checkpoint import newest

    (run_dir,) = pathlib.Path(outdir).iterdir()
    found = {p.name: p.read_bytes() for p in run_dir.glob("*.png")}
    reader = tf.train.load_checkpoint(newest(run_dir))
    for name in reader.get_variable_to_shape_map():
        if name.startswith("state/") and "/config/" not in name:
            found[name] = np.asarray(reader.get_tensor(name)).tobytes()
    return {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}


def differences(ours: dict, theirs: dict) -> list[str]:
    """Names that one lacks or that differ."""
    return sorted(n for n in ours.keys() | theirs.keys() if ours.get(n) != theirs.get(n))


def checkpoint_bytes(outdir) -> int:
    """Size of the largest file of the newest checkpoint."""
    return max(p.stat().st_size for p in pathlib.Path(outdir).glob("*/checkpoints/*"))


def main(argv):
    """Train, torture, compare."""
    draw = random.Random(FLAGS.seed)
    work = pathlib.Path(FLAGS.work or tempfile.mkdtemp(prefix="torture-"))
    whole, torn = work / "whole", work / "torn"
    start = time.time()
    finish(whole, FLAGS.kimg)
    size, deaths = checkpoint_bytes(whole), dict.fromkeys(PLACES, 0)
    for number in range(FLAGS.kills):
        place = draw.choice(PLACES)
        # Half of the checkpoint or more: other files are shorter.
        count = draw.randint(size // 2, size - 1) if place == "write" else draw.randint(1, 3)
        deaths[place] += kill(torn, FLAGS.kimg, place, count)
        print(
            f"{number + 1}/{FLAGS.kills}: {place} {count}, {time.time() - start:.0f} s", flush=True
        )
    finish(torn, FLAGS.kimg)
    ours, theirs = fingerprint(torn), fingerprint(whole)
    found = differences(ours, theirs)
    print(json.dumps({"deaths": deaths, "compared": len(theirs), "differences": found}, indent=1))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    flags.DEFINE_integer("kills", 50, "How often the run dies.", lower_bound=0)
    flags.DEFINE_float("kimg", 1.6, "Length of the run; 100 batches for 1.6.")
    flags.DEFINE_integer("seed", 0, "Decides where it dies.")
    flags.DEFINE_string("work", None, "Folder of both runs; default a temporary one.")
    _program.run(main)
