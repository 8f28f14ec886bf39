"""Projection of the pictures of ada-project, one after the other, each kept whole."""

import functools
import json
import pathlib
import shutil
import tempfile
import time

import numpy as np
import tensorflow as tf

from ada_tf.cli._pictures import SELF_CHECK
from ada_tf.errors import UserError
from ada_tf.files import listed, printable, read_json, reading, sha256_of, write_text, writing
from ada_tf.images import save_grid
from ada_tf.inference.generate import generate, generator_of, synthesize
from ada_tf.inference.latents import read_ws, save_ws
from ada_tf.inference.marks import mark_of
from ada_tf.inference.open_networks import check_can_be_written, write_changed
from ada_tf.inference.picture_distance import psnr
from ada_tf.inference.projection import ProjectionConfig, Projector
from ada_tf.inference.read_picture import read_picture
from ada_tf.inference.tuning import Tuner
from ada_tf.marking import COMPOSITE
from ada_tf.metrics.perceptual import perceptual
from ada_tf.ops.pixels import to_signed

_WS, _PICTURE, _REPORT, NETWORK = "projected_w.npz", "projection.png", "report.json", "network"
_UNFINISHED = ".unfinished-"
# PSNR in dB that people take for the same picture, and for a likeness.
SAME, _ALIKE = 30, 20


class Projecting:
    """Projects the pictures of a call.

    Args:
        flags: of ada-project.
        trained: the networks, a `Trained`.
        label: of the pictures.

    Raises:
        UserError: a picture cannot be read, or there is something else under its name.
    """

    def __init__(self, flags, trained, label):
        self._flags, self._trained, self._label = flags, trained, label
        self._targets, self._outdir = flags.target, flags.outdir
        if flags.tune:
            check_can_be_written(trained)
        self._config = ProjectionConfig(
            flags.space,
            flags.steps,
            flags.lr,
            starts=flags.starts,
            tries=flags.tries,
            seed=flags.seed,
        )
        self._distance = perceptual(
            flags.distance,
            trained.architecture.shape,
            flags.weights,
            flags.cache_dir,
            flags.download,
        )
        self._asked = {
            name: self._asked_of(sha256_of(path, "a picture"))
            for name, path in self._targets.items()
        }
        for path in self._targets.values():  # better said before an hour of work than after it
            self._read(path)
        self._asked[SELF_CHECK] = self._asked_of(f"seed {flags.check_seed}") | {"tune": None}
        names = [*([SELF_CHECK] if flags.self_check else []), *self._targets]
        self._todo = {name for name in names if not self._is_finished(name)}
        self._refuse_other_summary()

    def run(self) -> None:
        """Project what is not finished, and sum up."""
        for left in self._outdir.glob(f"{_UNFINISHED}*"):  # left by a killed call
            shutil.rmtree(left, ignore_errors=True)
        print(f"Distance: {self._distance.title}.", flush=True)
        if SELF_CHECK in self._todo:
            image = generate(self._generator, seeds=[self._flags.check_seed], labels=self._label)
            self._project([SELF_CHECK], image)
        if self._flags.self_check:
            print(verdict(self._record(SELF_CHECK)["psnr"], self._flags), flush=True)
        waiting = [name for name in self._targets if name in self._todo]
        for start in range(0, len(waiting), self._flags.batch):
            names = waiting[start : start + self._flags.batch]
            self._project(names, np.stack([self._read(self._targets[name]) for name in names]))
        self._sum_up()

    @functools.cached_property
    def _generator(self):
        return generator_of(self._trained, fp32=True)

    @functools.cached_property
    def _mark(self):
        """The target stands beside what the generator made of it."""
        if self._flags.leaves_marks_out():
            return None
        return mark_of(self._generator, self._trained.name).replace(source=COMPOSITE)

    @functools.cached_property
    def _projector(self):
        return Projector(
            self._generator,
            self._distance.embed,
            label=self._label,
            config=self._config,
            batch=self._flags.batch,
        )

    @functools.cached_property
    def _tuner(self):
        flags = self._flags
        return Tuner(
            self._generator,
            self._distance.embed,
            steps=flags.tune_steps,
            learning_rate=flags.tune_lr,
        )

    def _read(self, path) -> np.ndarray:
        """A target, float32 [H, W, C] in [-1, 1]."""
        trained = self._trained
        data = getattr(trained.config, "data", None)
        pixels = read_picture(path, trained.architecture.shape, data and data.fit, trained.bits)
        return to_signed(tf.constant(pixels)).numpy()

    def _project(self, names, targets) -> None:
        """Project a batch of targets, float32 [N, H, W, C], and keep each."""
        project, started = self._projector, time.monotonic()
        ws = project(targets, f"projecting {printable(names[0])}")
        seconds = (time.monotonic() - started) / len(names)
        for name, w, target in zip(names, ws, targets, strict=True):
            self._keep(name, w[np.newaxis], target[np.newaxis], seconds)

    def _keep(self, name, ws, target, seconds) -> None:
        """Tune if that is asked for, and write the folder of a picture, whole."""
        asked = self._asked[name]
        images, tuned = [target, synthesize(self._generator, ws)], None
        record = {"asked": asked, **self._likeness("", target, images[-1])}
        if asked["tune"]:
            started = time.monotonic()
            tuned = self._tuner(ws, target, f"tuning {printable(name)}")
            images.append(synthesize(tuned, ws))
            record |= self._likeness("tuned_", target, images[-1])
            seconds += time.monotonic() - started
        final = self._outdir / name
        with writing(final):
            work = pathlib.Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._outdir))
            try:
                if tuned is not None:
                    origin = f"ada-project --tune of {printable(self._trained.name)}"
                    write_changed(self._trained, tuned, work / NETWORK, origin)
                save_ws(work / _WS, ws)
                save_grid(np.concatenate(images), work / _PICTURE, len(images), self._mark)
                write_text(work / _REPORT, _text(record))
                if final.exists():
                    shutil.rmtree(final)
                work.chmod(0o755)  # as other folders; those of tempfile are private
                work.rename(final)
            finally:
                shutil.rmtree(work, ignore_errors=True)  # is there only if the disk was full, say
        print(f"{described(name, record)} ({seconds:.1f} s)", flush=True)

    def _likeness(self, prefix, target, image) -> dict:
        """PSNR and distance between two pictures, as JSON values."""
        seen = [
            np.asarray(self._distance.embed(tf.constant(one)), np.float64)
            for one in (target, image)
        ]
        return {
            f"{prefix}psnr": round(float(min(psnr(target, image)[0], 99)), 2),
            f"{prefix}distance": float(f"{np.sum((seen[0] - seen[1]) ** 2):.4g}"),
        }

    def _asked_of(self, target: str) -> dict:
        """All that decides a projection, as JSON values."""
        flags, label = self._flags, self._label
        tune = {"steps": flags.tune_steps, "learning_rate": flags.tune_lr}
        return {
            "network": str(self._trained.name),
            "target": target,
            "label": None if label is None else np.asarray(label).tolist(),
            "distance": self._distance.title,
            "space": flags.space,
            "steps": flags.steps,
            "learning_rate": flags.lr,
            "starts": flags.starts,
            "tries": flags.tries,
            "seed": flags.seed,
            "tune": tune if flags.tune else None,
        }

    def _is_finished(self, name) -> bool:
        """True for a picture that was projected before with the same flags.

        Raises:
            UserError: there is something else under its name.
        """
        folder = self._outdir / name
        if self._flags.overwrite or not folder.exists():
            return False
        if (folder / _REPORT).is_file() and self._record(name).get("asked") == self._asked[name]:
            return True
        raise UserError(
            f"outdir={printable(self._outdir)!r} already holds {printable(name)}, of another call; choose"
            " another folder or give --overwrite."
        )

    def _refuse_other_summary(self) -> None:
        """Refuse to replace what sums up other pictures.

        Raises:
            UserError: there is something of that kind.
        """
        path = self._outdir / _REPORT
        if self._flags.overwrite or not (path.exists() or (self._outdir / _WS).exists()):
            return
        with reading(path, "a report of ada-project"):
            others = set(read_json(path).get("pictures", ())) - set(self._targets)
        if others:
            raise UserError(
                f"outdir={printable(self._outdir)!r} already sums up {listed(sorted(others))}; give"
                " these with --target as well, choose another folder or give --overwrite."
            )

    def _record(self, name) -> dict:
        path = self._outdir / name / _REPORT
        with reading(path, "a report of ada-project"):
            return read_json(path)

    def _sum_up(self) -> None:
        """Write what is known of all pictures, and their latents."""
        records = {name: self._record(name) for name in self._targets}
        check = {SELF_CHECK: self._record(SELF_CHECK)} if self._flags.self_check else {}
        ws = [read_ws(self._outdir / name / _WS, self._generator) for name in self._targets]
        with writing(self._outdir):
            save_ws(self._outdir / _WS, np.concatenate(ws))
            report = {"distance": self._distance.title, **check, "pictures": records}
            write_text(self._outdir / _REPORT, _text(report))


def verdict(found: float, flags) -> str:
    """Judge the generator by the self-check, in a sentence."""
    if found >= SAME:
        meant = "it comes back; what is lost of your pictures, the generator cannot make"
    elif found >= _ALIKE:
        meant = "alike, not the same: expect no more of your pictures; more --steps may help"
    else:
        meant = "it is not found again, so do not judge the generator by your pictures; give more --steps"
    return f"Self-check: the picture of seed {flags.check_seed}, {found:.1f} dB after {flags.steps} steps: {meant}."


def described(name, record) -> str:
    """A picture in a line."""
    line = f"{printable(name)}: {record['psnr']:.1f} dB, distance {record['distance']:.4g}"
    if "tuned_psnr" in record:
        line += f"; tuned {record['tuned_psnr']:.1f} dB, distance {record['tuned_distance']:.4g}"
    return line


def _text(values) -> str:
    return json.dumps(values, indent=2) + "\n"
