"""Export a generator, run the export, compare, then publish the folder."""

import dataclasses
import json
import pathlib
import time
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.inference.generate import generate
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.interop.export import card
from ada_tf.interop.export.card import Facts
from ada_tf.interop.export.export_formats import FORMATS, Tolerance
from ada_tf.interop.export.folders import CONFIG, check_carried, describe, kind_of
from ada_tf.interop.new_folder import new_folder
from ada_tf.models.build import check_export
from ada_tf.models.config import architecture_of
from ada_tf.models.label_vectors import by_label, label_means, label_vectors
from ada_tf.progress import progress

_PICTURES, _TRUNCATION = 16, 0.7  # as the card says


def card_pictures(generator, truncation: str = "class") -> np.ndarray:
    """Images of sixteen seeds for the grid of a card, all classes in turn: float32 [16, H, W, C]."""
    labels = None
    if generator.c_dim:
        labels = np.eye(generator.c_dim, dtype=np.float32)[np.arange(_PICTURES) % generator.c_dim]
    return generate(
        generator,
        seeds=range(_PICTURES),
        labels=labels,
        truncation_psi=_TRUNCATION,
        truncation=truncation,
    )


_SEEDS = 16  # that are compared
_CHUNK = 4  # pictures at a time, where the format leaves it open
_SECONDS = 1.0  # that a pace is measured


@dataclasses.dataclass(frozen=True)
class Report:
    """Result of an export: files, deviation and pace.

    Attributes:
        export: the format.
        weights: in what numbers they are stored.
        batch: pictures a call, None for any.
        deviation: largest and mean difference from the generator's pictures, in their range [-1, 1].
        megabytes: name of a file -> 10^6 bytes.
        operators: that are used.
        pictures_per_second: here, as many at a time as `batch`, one where that is None.
    """

    export: str
    weights: str
    batch: int | None
    deviation: Tolerance
    megabytes: dict[str, float]
    operators: list[str]
    pictures_per_second: float

    def as_json(self) -> dict:
        """Return the record kept beside an export: all but the pace, which no second call repeats."""
        kept = dataclasses.asdict(self) | {"deviation": self.deviation._asdict()}
        del kept["pictures_per_second"]
        return kept

    def lines(self) -> list[str]:
        """Return the lines that people read."""
        largest, mean = (127.5 * value for value in self.deviation)
        size = ", ".join(f"{name} {mb:.2f} MB" for name, mb in self.megabytes.items())
        return [
            f"Files: {size}; weights in {self.weights}, {self.batch or 'any number of'} picture"
            f"{'' if self.batch == 1 else 's'} a call.",
            f"Deviation over {_SEEDS} seeds: {largest:.2g} levels of 255 at most, {mean:.2g} in the mean.",
            f"Pace: {self.pictures_per_second:.3g} pictures a second here.",
            f"Operators: {', '.join(self.operators)}.",
        ]


def export_generator(
    generator,
    config,
    path,
    format: str,
    *,
    weights: str | None = None,
    batch: int | None = None,
    truncation: str = "class",
    overwrite: bool = False,
    facts: Facts | None = None,
) -> Report:
    """Write a generator in a format of others; it appears only when it computes the same there.

    Args:
        generator: usually the averaged one; it leaves in float32, whatever it was trained in, but in a
            SavedModel, which computes as it does.
        config: RunConfig or Architecture, as `load_generator` gives it.
        path: a new folder.
        format: a name of `FORMATS` with a `writer`, such as "savedmodel", "onnx" or "litert".
        weights: a number format of its row in `FORMATS`; default: the first.
        batch: the only number of pictures a call; default: that of the row.
        truncation: what `truncation_psi` pulls toward; see `generate`.
        overwrite: replace an export of this name and format.
        facts: what its README.md tells, with a grid of pictures beside; None writes none.

    Returns:
        What was found; it is kept in the folder, in ada_tf.json.

    Raises:
        UserError: the folder cannot be written or replaced, a package is missing, or the pictures are
            further from those of the generator than the format may be.
    """
    row = FORMATS[format]
    module = row.module
    check_export(architecture_of(config), format)
    check_carried(path, format, overwrite)
    path = pathlib.Path(path)
    weights, batch = weights or row.weights[0], batch or row.batch
    whole = generator.in_float32()
    numbers = weights if whole is generator or not row.as_trained else "16 bits"
    generator = generator if row.as_trained else whole
    attributes = architecture_of(config).num_attributes > 0
    with new_folder(path, overwrite, kind_of(path, format)) as folder:
        files = module.write(
            generator, config, folder, weights=weights, batch=batch, truncation=truncation
        )
        runner = module.Runner(folder)
        checks = list(_checks(generator, truncation, attributes, batch or _CHUNK))
        deviation = deviation_of(runner, checks, f"Comparing {format}")
        _check(deviation, row.tolerances[numbers], format)
        report = Report(
            format,
            weights,
            batch,
            deviation,
            {file.name: file.stat().st_size / 1e6 for file in files},
            module.operators(folder),
            pace(runner, checks[0], batch or 1),
        )
        record = {**describe(config), "export": report.as_json()}
        (folder / CONFIG).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        if facts is not None:
            card.write(folder, facts, format, card_pictures(generator, truncation))
    return report


def _checks(generator, truncation: str, attributes: bool, rows: int) -> Iterator[tuple]:
    """(inputs, expected images) of all seeds, `rows` at a time, from no truncation to nothing else.

    Labels are all classes in turn, or vectors that hold one number.
    """
    toward_label = by_label(generator, truncation)
    for start in range(0, _SEEDS, rows):
        seeds = [seed % _SEEDS for seed in range(start, start + rows)]
        z = latents_from_seeds(seeds, generator.z_dim)
        psi = np.linspace(0, 1, _SEEDS, dtype=np.float32)[seeds]
        inputs, vectors, means = {"z": z, "truncation_psi": psi}, None, None
        if generator.c_dim:
            numbers = np.array(seeds, np.int32) % generator.c_dim
            labels = np.eye(generator.c_dim, dtype=np.float32)[numbers] if attributes else numbers
            inputs["labels" if attributes else "label"] = labels
            vectors = label_vectors(labels, generator.c_dim)
            means = label_means(generator, labels) if toward_label else None
        # On the CPU float32 is float32: cards may multiply in fewer bits.
        with tf.device("CPU"):
            ws = generator.map(z, vectors, psi[:, np.newaxis, np.newaxis], mean=means)
            yield inputs, generator.synthesis(ws, noise_mode="const").numpy()


def deviation_of(runner, checks, words: str = "Comparing") -> Tolerance:
    """Measure how far pictures of an export are from those of the generator.

    Args:
        runner: (function, **inputs) -> array.
        checks: (inputs, expected images) of some pictures each.
        words: of the progress.

    Returns:
        The largest and the mean difference, of the images and of the synthesis after the mapping,
        where magnitudes beyond 1 count as 1.
    """
    largest, total, count = 0.0, 0.0, 0
    with progress(len(checks), words, "batch") as bar:
        for inputs, expected in checks:
            ws = runner("mapping", **inputs)
            scale = max(1.0, float(np.abs(expected).max()))
            for images in (runner("images", **inputs), runner("synthesis", ws=ws)):
                difference = np.abs(images.astype(np.float64) - expected) / scale
                largest = max(largest, float(np.nan_to_num(difference.max(), nan=np.inf)))
                total, count = total + difference.sum(), count + difference.size
            bar.update(1)
    return Tolerance(largest, float(total / count))


def _check(found: Tolerance, allowed: Tolerance, format: str) -> None:
    # Written so that what is no number is refused, too.
    if found.largest <= allowed.largest and found.mean <= allowed.mean:
        return
    levels = [127.5 * value for value in (*found, *allowed)]
    raise UserError(
        "format={}: the pictures differ by {:.2g} levels of 255, {:.2g} in the mean, where {:.2g} and"
        " {:.2g} are accepted; nothing was written.".format(format, *levels)
    )


def pace(runner, check, rows: int) -> float:
    """Pictures a second of an export, a call after another.

    Args:
        runner: (function, **inputs) -> array.
        check: (inputs, images) of at least `rows` pictures.
        rows: pictures a call.
    """
    inputs = {name: array[:rows] for name, array in check[0].items()}
    begin, calls = time.perf_counter(), 0
    while calls < 2 or time.perf_counter() - begin < _SECONDS:
        runner("images", **inputs)
        calls += 1
    return calls * rows / (time.perf_counter() - begin)
